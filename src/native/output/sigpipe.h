
/* sigpipe.h: a dump into a pipe without a reader must not kill.
 *
 * Our handlers run with SIGPIPE blocked (it is in their sa_mask); a write that failed with EPIPE has
 * left one pending for this thread, which is taken away before the handler returns. */
#ifndef LASTWORDS_SIGPIPE_H
#define LASTWORDS_SIGPIPE_H

/* Context: signal handler, SIGPIPE blocked.
 * Takes away a pending SIGPIPE of this thread. */
void lw_sigpipe_discard(void);

#endif
