/* relay.h: a dump that the program calls for, into a pipe, a socket or a terminal.
 *
 * The dump is made while the caller holds the interpreter's lock, and goes into memory; then it is
 * written without the lock, so that a reader in this very process can read it. */
#ifndef LASTWORDS_RELAY_H
#define LASTWORDS_RELAY_H

enum { LW_RELAY_SECONDS = 5 }; /* after so long without progress the rest is dropped */

struct lw_relay {
    int to;     /* write the dump to this descriptor */
    int behind; /* it is then copied to this one; -1: `to` is the final one */
};

/* Context: GIL held.
 * Chooses `to` for a dump to `fd`. */
void lw_relay_begin(struct lw_relay *relay, int fd);

/* Context: GIL held.
 * Copies what is in memory, without the lock.  0, or -1 with an exception that a signal handler
 * raised meanwhile. */
int lw_relay_end(struct lw_relay *relay);

#endif
