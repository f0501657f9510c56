/* process_state.h: memory that the child of a fork finds zeroed, and locks in it.
 *
 * A fork copies one thread: a lock that another one held would be held for ever in the child, and
 * the other threads are not there.  Locks can't be held across the fork, since other libraries'
 * fork handlers start threads and run Python code.  So what is true of one process only (locks,
 * threads, which thread does a piece of work) lives in a page that the kernel zeroes in the child,
 * before any handler runs there; what a child keeps lives elsewhere, and is consistent after each
 * single store. */
#ifndef LASTWORDS_PROCESS_STATE_H
#define LASTWORDS_PROCESS_STATE_H

#include <stdatomic.h>

enum lw_process_part {
    LW_PROCESS_LOCKS,    /* those of shared_lock.h */
    LW_PROCESS_TIMER,    /* the timer thread, and which deadlines it serves */
    LW_PROCESS_REPORT,   /* which thread reports a fatal signal */
    LW_PROCESS_ALSO,     /* how many other threads failed meanwhile */
    LW_PROCESS_DUMP,     /* which thread dumps for a signal that the user registered */
    LW_PROCESS_MAPS,     /* a thread is reading the list of mappings */
    LW_PROCESS_LEARNING, /* an interpreter is taking note of the modules */
    LW_PROCESS_HOOKING,  /* a thread is wrapping the allocators */
    LW_PROCESS_GUARD,    /* how many threads may be reading under the guard */
    LW_PROCESS_ACTIONS,  /* a thread is changing the action of a fatal signal */
    LW_PROCESS_PARTS
};

enum { LW_PROCESS_PART_SIZE = 128 };

/* Context: signal handler | any thread.
 * The memory of one part, LW_PROCESS_PART_SIZE bytes: zero at first, and in each child.  If the kernel
 * can't zero pages (before Linux 4.14), a fork handler does it. */
void *lw_process_state(enum lw_process_part part);

/* A lock; all zeros is free. */
struct lw_lock {
    atomic_uint word;
};

/* Context: any thread. */
void lw_lock_take(struct lw_lock *lock);
void lw_lock_release(struct lw_lock *lock);

/* Context: any thread.  1 when it was free, and is taken now. */
int lw_lock_try(struct lw_lock *lock);

#endif
