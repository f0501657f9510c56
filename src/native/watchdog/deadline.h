/* deadline.h: one timer thread and a heap of deadlines.
 *
 * Owns the thread, started with the first deadline, and the order in which deadlines come.  Arming
 * wakes the thread only for a deadline earlier than all others, cancelling never does, and nobody
 * waits for what a deadline does.  After fork the child has only the deadlines that asked for it. */
#ifndef LASTWORDS_DEADLINE_H
#define LASTWORDS_DEADLINE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Part of a larger record, which release() frees when nobody refers to it: the owner, the heap and
 * the timer thread at work each count one. */
struct lw_deadline {
    int64_t when;     /* nanoseconds as lw_now() counts */
    int64_t interval; /* 0: once */
    size_t slot;      /* place in the heap from 1; 0: not armed */
    atomic_uint references;
    const void *owner;                          /* whose end is its end: an interpreter */
    uint8_t after_fork;                         /* stays armed in a child */
    void (*fire)(struct lw_deadline *deadline); /* on the timer thread, no lock held */
    void (*release)(struct lw_deadline *deadline);
};

/* Context: any thread.
 * Arms or moves a deadline.  0, or an errno when there is no memory or no thread. */
int lw_deadline_arm(struct lw_deadline *deadline, int64_t when);

/* Context: any thread.
 * Disarms.  1 when it was armed; what has begun goes on. */
int lw_deadline_cancel(struct lw_deadline *deadline);

/* Context: any thread.  1 while armed. */
int lw_deadline_is_armed(struct lw_deadline *deadline);

/* Context: any thread.  Gives up one reference. */
void lw_deadline_release(struct lw_deadline *deadline);

/* Context: any thread, in the child after fork.
 * Starts the timer thread anew when deadlines were kept.  0 or an errno. */
int lw_deadline_restart(void);

/* Context: any thread.
 * Disarms all that are wanted, and ends the timer thread if none is left. */
void lw_deadline_cancel_all(int (*wanted)(struct lw_deadline *deadline, void *argument),
                            void *argument);

#endif
