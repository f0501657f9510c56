/* user_signals.h: dumps on request, by a signal that the user chose.
 *
 * Owns the actions of registered signals.  Dumps of several threads are made one after the other; a
 * dump inside a dump of the same thread is dropped.  A chained handler gets the signal's own
 * siginfo. */
#ifndef LASTWORDS_USER_SIGNALS_H
#define LASTWORDS_USER_SIGNALS_H

#include "fault/choices.h"

enum { LW_USER_SIGNAL_SECONDS = 3 }; /* before a dump into a full pipe is given up */

/* Context: any thread, one at a time.
 * Registers a signal, or replaces its options; takes over the outlet of `wanted`.  0, or an errno. */
int lw_user_register(int signum, const struct lw_choice *wanted);

/* Context: any thread, one at a time.
 * Puts the earlier action back if ours is still in force.  1 if it was registered. */
int lw_user_unregister(int signum);

/* Context: any thread.
 * Whether chain would end the process: the signal is one for programs to use, and its action is the
 * default. */
int lw_user_chain_kills(int signum);

/* Context: any thread.  lw_user_unregister() for every signal. */
void lw_user_unregister_all(void);

#endif
