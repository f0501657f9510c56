/* deadline.h: one timer thread and a heap of deadlines.
 *
 * Owns the thread, and the order in which deadlines come.  Arming wakes the thread only for a deadline
 * earlier than all others, and no caller waits for what a deadline does.  The thread ends with the last
 * cancel; of a program that arms and cancels in turn, a moment later, and before Python forks.
 *
 * After a fork the child has only the deadlines that asked for it, and no thread until it is started. */
#ifndef LASTWORDS_DEADLINE_H
#define LASTWORDS_DEADLINE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Part of a larger record, which release() frees when nothing refers to it: the owner, the heap and
 * the timer thread at work each count one. */
struct lw_deadline {
    int64_t when;        /* nanoseconds as lw_now() counts */
    int64_t interval;    /* 0: once */
    atomic_size_t slot;  /* place in the heap from 1; 0: not armed */
    atomic_uint process; /* in which process (as deadline.c counts them) the slot means something */
    atomic_uint references;
    uint8_t after_fork;                /* stays armed in a child */
    const void *interpreter;           /* ends with this one; NULL: with the process */
    struct lw_deadline *_Atomic next;  /* in the chain of those that stay armed in a child */
    struct lw_deadline *_Atomic *link; /* what leads to this one there */
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

/* Context: any thread.
 * Disarms all of an interpreter. */
void lw_deadline_cancel_all(const void *interpreter);

/* Context: any thread, before a fork.
 * Ends the timer thread if it has nothing to do, and waits a moment until it is gone. */
void lw_deadline_before_fork(void);

/* Context: any thread, in the child after a fork.
 * Starts the timer thread anew when deadlines were kept.  0 or an errno. */
int lw_deadline_restart(void);

#endif
