/* relay.h: a dump that is asked for, into a pipe, a socket or a terminal.
 *
 * The dump is made while the caller holds the interpreter's lock, and goes into memory; then it is
 * written without the lock, so that a reader in this very process can read it. */
#ifndef LASTWORDS_RELAY_H
#define LASTWORDS_RELAY_H

#include <Python.h>

enum { LW_RELAY_SECONDS = 5 }; /* without a byte read: nobody reads, the rest is dropped */

struct lw_relay {
    int to;     /* where the dump is to be written */
    int behind; /* where it goes then; -1: `to` is that already */
};

/* Context: GIL held. */
void lw_relay_begin(struct lw_relay *relay, int fd);

/* Context: GIL held.
 * Writes what is in memory.  0, or -1 with an exception that a signal handler raised meanwhile. */
int lw_relay_end(struct lw_relay *relay);

#endif
