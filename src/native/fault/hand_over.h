/* hand_over.h: gives a fatal signal, as it was, to whoever handled it before. */
#ifndef LASTWORDS_HAND_OVER_H
#define LASTWORDS_HAND_OVER_H

#include <signal.h>

/* Context: signal handler.  Whether the instruction will fault again when the handler returns. */
int lw_comes_again(const siginfo_t *fault);

/* Context: signal handler.
 * Puts `earlier` (NULL: nothing) in place.  A faulting instruction then faults again when the
 * handler returns, with its own siginfo; a signal that was sent is sent again, with the siginfo it
 * came with, to this thread, whose kernel id is `thread`. */
void lw_hand_over(siginfo_t *fault, const struct sigaction *earlier, int thread);

#endif
