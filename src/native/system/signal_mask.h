/* signal_mask.h: what the calling thread does with one signal: its mask, and what is pending. */
#ifndef LASTWORDS_SIGNAL_MASK_H
#define LASTWORDS_SIGNAL_MASK_H

#include <signal.h>

/* Context: signal handler | any thread.
 * Blocks or unblocks (`how`: SIG_BLOCK, SIG_UNBLOCK) one signal; `kept` is the mask before, unless
 * NULL. */
void lw_signal_mask(int how, int signum, sigset_t *kept);

/* Context: signal handler | any thread; the signal is blocked.
 * Takes one away if it is pending.  A write that failed with EPIPE has left a SIGPIPE, which is
 * blocked in our handlers (by their sa_mask) and must not end the process when they return. */
void lw_signal_discard(int signum);

#endif
