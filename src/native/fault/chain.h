/* chain.h: our place among the handlers of one fatal signal.
 *
 * Owns what was in force before ours, and over that, what other code put over ours before ours was put
 * over that again.  Only an action of ours is ever replaced, but for the default, which ends the process,
 * when all handlers have passed the signal on.  Each action beneath ours gets a signal as it was: an
 * instruction that faulted faults again, a signal that was sent is sent again with its own siginfo. */
#ifndef LASTWORDS_CHAIN_H
#define LASTWORDS_CHAIN_H

#include <signal.h>
#include <stdatomic.h>

#include "fault/earlier_call.h"
#include "memory/guard.h"

enum { LW_CHAIN_LENGTH = 8 }; /* actions beneath ours that are known */

struct lw_chain {
    int signum;
    lw_fault_handler ours;
    atomic_int installed; /* ours was put in place, and nothing has been handed over since */
    atomic_int count;     /* of the actions beneath that have not been handed over to */
    struct lw_beneath {
        struct sigaction action;
        int is_runtime; /* it is asked first whether a fault is one of its own */
    } beneath[LW_CHAIN_LENGTH];
};

/* Context: signal handler | any thread.
 * Puts ours in force, over what is.  0, or an errno. */
int lw_chain_install(struct lw_chain *chain);

/* Context: any thread, one at a time.
 * Puts what is beneath in force again, if ours is.  Other code's action above keeps ours as its own
 * earlier one: then it stays, and passes everything on. */
void lw_chain_put_back(struct lw_chain *chain);

/* Context: signal handler | any thread.
 * Whether ours is in force; `now` is what is. */
int lw_chain_is_in_force(const struct lw_chain *chain, struct sigaction *now);

/* Context: signal handler.  Whether the instruction will fault again when the handler returns. */
int lw_comes_again(const siginfo_t *fault);

/* Context: signal handler.
 * Whether a runtime beneath has taken a fault: return then. */
int lw_chain_offer(struct lw_chain *chain, const struct lw_delivery *delivery);

/* Context: signal handler.
 * Whether the process may have number 1 and would live on after this signal, which was sent. */
int lw_chain_is_ignored(struct lw_chain *chain, const siginfo_t *sent);

/* Context: signal handler.
 * Gives a signal to the next action.  `was_ours`: ours was in force when it came. */
void lw_chain_pass_on(struct lw_chain *chain, const struct lw_delivery *delivery, int was_ours);

/* Context: signal handler | any thread.
 * Sends a signal again, with the siginfo that it came with, to this thread, whose kernel id is `thread`.
 * It comes when the handler returns. */
void lw_send_again(siginfo_t *sent, int thread);

#endif
