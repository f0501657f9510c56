/* offer.h: a fault that another runtime may have made on purpose is offered to it first.
 *
 * JVMs, Julia, Go, WebAssembly engines and collectors read and write pages that are closed, or let
 * compiled code run into null, and go on from their own signal handler.  Owns which faults can be such,
 * and how to find out whether the handler took the fault. */
#ifndef LASTWORDS_OFFER_H
#define LASTWORDS_OFFER_H

#include <signal.h>

#include "fault/earlier_call.h"

/* Context: signal handler | any thread.
 * Whether an earlier action is a function that a runtime may have, and not the interpreter's own: its
 * handlers end the process, or return and leave the fault as it is. */
int lw_offer_is_runtime(const struct sigaction *earlier);

/* Context: signal handler.
 * Whether a fault can be one that the runtime with this action makes on purpose: memory that is
 * there and closed; or an instruction of the runtime's own file, or of no file, as compiled at run
 * time.  Other faults are reported first: a crash reporter's handler can't be distinguished from a
 * runtime's, and doesn't return. */
int lw_offer_is_plausible(const struct sigaction *earlier, const struct lw_delivery *delivery);

/* Context: signal handler.
 * Calls the action, whose name is `which`.  1 if the fault is mended, or the instruction is to be tried
 * once more; 0 if the fault is not the runtime's.  A runtime may jump away instead. */
int lw_offer(const void *which, const struct sigaction *earlier,
             const struct lw_delivery *delivery);

/* Context: signal handler.
 * How many times in a row this thread has called this with the same failure at the same place. */
int lw_offer_repeats(const struct lw_delivery *delivery);

#endif
