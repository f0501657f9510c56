/* offer.h: a fault that another runtime may have made on purpose is offered to it first.
 *
 * JVMs, Julia, Go and WebAssembly engines read pages that are closed, and go on from their own signal
 * handler.  Owns the call of such an earlier handler, and how it is told whether it took the fault. */
#ifndef LASTWORDS_OFFER_H
#define LASTWORDS_OFFER_H

#include <signal.h>
#include <stdint.h>

enum {
    LW_OFFER_LEVELS = 2, /* runtimes that a fault may be offered to, one after the other */
};

enum lw_offer {
    LW_OFFER_TAKEN,   /* return: the program goes on, or the instruction is tried once more */
    LW_OFFER_REFUSED, /* the fault is nobody's */
};

/* Context: any thread.
 * Whether an earlier action is a function of another runtime, and not of the interpreter itself, whose
 * handlers end the process, or return and leave the fault as it is. */
int lw_offer_is_runtime(const struct sigaction *earlier);

/* Context: signal handler.
 * Whether the runtime of this level, to which this thread is offering, has passed the fault back to our
 * handler, whose frame is at `frame`.  One that has jumped away instead left its mark behind: a later
 * fault stands as high on the stack or higher. */
int lw_offer_came_back(int level, const void *context, int thread, uintptr_t frame);

/* Context: signal handler.
 * Calls `earlier` as the kernel would have.  `frame` is the address of our handler's frame. */
enum lw_offer lw_offer(int level, const struct sigaction *earlier, siginfo_t *fault, void *context,
                       int thread, uintptr_t frame);

/* Context: signal handler.
 * Calls the function of an action as the kernel would have: its mask, its arguments. */
void lw_call_action(const struct sigaction *action, siginfo_t *fault, void *context);

#endif
