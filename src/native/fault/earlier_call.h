/* earlier_call.h: calls a handler that was there before ours, as the kernel would have.
 *
 * Owns the marks that say which thread is in which handler, so that ours recognises a fault or
 * signal that it gets back.  A handler that jumps away leaves its mark behind; a later fault
 * differs in its place on the stack. */
#ifndef LASTWORDS_EARLIER_CALL_H
#define LASTWORDS_EARLIER_CALL_H

#include <signal.h>
#include <stdint.h>

/* The arguments that the kernel gave our handler, and more. */
struct lw_delivery {
    siginfo_t *info;
    void *context;
    int thread;      /* the kernel's id */
    uintptr_t frame; /* address of our handler's frame */
};

/* Context: signal handler.
 * Whether the kernel made the arguments of our handler.  A handler that was put over ours may call
 * it with the number alone, as it may a handler without SA_SIGINFO. */
int lw_is_delivered(int signum, const siginfo_t *info, const void *context);

/* Context: signal handler.
 * Calls our handler as for a signal that was raised here. */
void lw_deliver(int signum, void (*handler)(int signum, siginfo_t *info, void *context));

/* Context: signal handler | any thread.
 * Whether an action calls a function. */
int lw_is_function(const struct sigaction *action);

/* Context: signal handler.
 * Calls the function of an action: its mask, its arguments.  `which` names the action for
 * lw_earlier_came_back().  Afterwards the signal is blocked on this thread: if the function raised
 * it, it arrives when our handler returns, as it would without ours. */
void lw_earlier_call(const void *which, const struct sigaction *action,
                     const struct lw_delivery *delivery);

/* Context: signal handler.
 * Whether the action `which`, which this thread is calling, has passed the signal back to ours. */
int lw_earlier_came_back(const void *which, const struct lw_delivery *delivery);

#endif
