/* deadline.h: one timer thread and a heap of deadlines.
 *
 * Owns the thread.  Arming wakes it only for a deadline earlier than all others, and no caller
 * waits for a deadline's action.  The thread ends with the last cancel; if a program arms and
 * cancels in turn, a moment later, and before os.fork().
 *
 * After a fork the child has only the deadlines with after_fork, and no thread until it is
 * started. */
#ifndef LASTWORDS_DEADLINE_H
#define LASTWORDS_DEADLINE_H

#include <stdint.h>

#include "watchdog/deadline_heap.h"

/* Context: any thread.
 * Arms or moves a deadline.  0, or an errno if there is no memory or no thread. */
int lw_deadline_arm(struct lw_deadline *deadline, int64_t when);

/* Context: any thread.
 * Disarms.  1 if it was armed; an action that has begun goes on. */
int lw_deadline_cancel(struct lw_deadline *deadline);

/* Context: any thread.  1 while armed. */
int lw_deadline_is_armed(struct lw_deadline *deadline);

/* Context: any thread.  Gives up one reference. */
void lw_deadline_release(struct lw_deadline *deadline);

/* Context: any thread.
 * Disarms all deadlines of an interpreter, and waits for one that is firing. */
void lw_deadline_cancel_all(const void *interpreter);

/* Context: any thread, before a fork.
 * Ends the timer thread if nothing is armed, and waits a moment for its end. */
void lw_deadline_before_fork(void);

/* Context: any thread, in the child after a fork.
 * Starts the timer thread anew if deadlines were kept.  0 or an errno. */
int lw_deadline_restart(void);

#endif
