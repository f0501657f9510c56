/* step_timer.h: interrupts a step of the report that doesn't return.
 *
 * Owns a timer of the kernel that sends the signal being handled to the thread that handles it, which
 * doesn't block that signal.  Its siginfo has the code SI_TIMER and the address of the struct.
 * Raw system calls: the C library's timer_create() may allocate. */
#ifndef LASTWORDS_STEP_TIMER_H
#define LASTWORDS_STEP_TIMER_H

#include <stdint.h>

struct lw_step_timer {
    int id;
    int exists;
};

/* Context: signal handler.
 * If the kernel refuses a timer, or may kill for it, steps have no deadline of their own. */
void lw_step_timer_start(struct lw_step_timer *timer, int signum, int thread);
void lw_step_timer_set(struct lw_step_timer *timer, int64_t nanoseconds);
void lw_step_timer_stop(struct lw_step_timer *timer);

#endif
