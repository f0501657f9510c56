/* handler_chain.h: our place among the handlers of one fatal signal.
 *
 * Owns the list of actions beneath ours: the one in force before, and those that other code put
 * over ours before ours was put over them again.  Only our own action is ever replaced; the one
 * exception is the default, which ends the process when all handlers have passed the signal on.
 * Each action beneath ours gets the signal unchanged: an instruction that faulted faults again, a
 * signal that was sent is sent again with its own siginfo. */
#ifndef LASTWORDS_HANDLER_CHAIN_H
#define LASTWORDS_HANDLER_CHAIN_H

#include <signal.h>
#include <stdatomic.h>

#include "fault/earlier_call.h"
#include "memory/guard.h"

enum { LW_HANDLER_CHAIN_LENGTH = 8 }; /* actions beneath ours that are kept */

struct lw_handler_chain {
    int signum;
    lw_fault_handler ours;
    atomic_int installed; /* ours was put in force, and no signal handed over since */
    atomic_int count;     /* of the actions beneath that have not had a signal handed over */
    struct lw_beneath {
        struct sigaction action;
        int is_runtime; /* a fault that may be its own is offered to it first */
    } beneath[LW_HANDLER_CHAIN_LENGTH];
};

/* Context: signal handler | any thread.
 * Puts ours in force, over the action that is.  0, or an errno. */
int lw_handler_chain_install(struct lw_handler_chain *chain);

/* Context: any thread, one at a time.
 * If ours is in force, puts the next action beneath it in force again.  Otherwise another action above
 * may call ours as its own earlier one: ours stays, and passes everything on. */
void lw_handler_chain_put_back(struct lw_handler_chain *chain);

/* Context: signal handler | any thread.
 * Whether ours is in force; `now` is the action that is. */
int lw_handler_chain_is_in_force(const struct lw_handler_chain *chain, struct sigaction *now);

/* Context: signal handler.  Whether the instruction will fault again when the handler returns. */
int lw_comes_again(const siginfo_t *fault);

/* Context: signal handler.
 * Whether a runtime beneath has taken a fault: then our handler returns. */
int lw_handler_chain_offer(struct lw_handler_chain *chain, const struct lw_delivery *delivery);

/* Context: signal handler.
 * Whether the process has number 1 and the kernel would drop this signal, which was sent. */
int lw_handler_chain_is_ignored(struct lw_handler_chain *chain, const siginfo_t *sent);

/* Context: signal handler.
 * Gives a signal to the next action.  `was_ours`: ours was in force when it came. */
void lw_handler_chain_pass_on(struct lw_handler_chain *chain, const struct lw_delivery *delivery,
                              int was_ours);

/* Context: signal handler | any thread.
 * Sends a signal again, with the siginfo that it came with, to this thread, whose kernel id is
 * `thread`.  It comes when the handler returns. */
void lw_send_again(siginfo_t *sent, int thread);

#endif
