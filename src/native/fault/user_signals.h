/* user_signals.h: dumps on request, by a signal that the user chose.
 *
 * Owns the actions of registered signals.  Dumps of several threads at once come one after the
 * other; one that would wait for itself is dropped.  A chained handler gets the signal's own siginfo. */
#ifndef LASTWORDS_USER_SIGNALS_H
#define LASTWORDS_USER_SIGNALS_H

#include <stdint.h>

#include "output/outlet.h"

enum { LW_USER_SIGNAL_SECONDS = 3 }; /* until a dump into a full pipe is given up */

struct lw_user_options {
    struct lw_outlet outlet; /* taken over */
    int64_t max_threads;
    uint8_t all_threads;
    uint8_t chain;
};

/* Context: any thread, one at a time.
 * Registers a signal or replaces its options.  0, or an errno. */
int lw_user_register(int signum, const struct lw_user_options *options);

/* Context: any thread, one at a time.  1 when it was registered. */
int lw_user_unregister(int signum);

/* Context: any thread.  1 when it is registered. */
int lw_user_is_registered(int signum);

/* Context: any thread.  lw_user_unregister() for every signal. */
void lw_user_unregister_all(void);

#endif
