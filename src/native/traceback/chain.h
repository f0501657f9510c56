/* chain.h: an exception and its causes and contexts, if they need nothing special to be printed.
 *
 * Owns what counts as plain, and when exceptions are asked for their messages.  Everything else is
 * Python's to tell. */
#ifndef LASTWORDS_CHAIN_H
#define LASTWORDS_CHAIN_H

#include "traceback/capture.h"

enum { LW_MOST_LINKS = 32 }; /* a longer chain of exceptions goes the Python way */

/* An exception of a chain: it and what is printed of it, all owned. */
struct lw_link {
    PyObject *value;
    PyObject *name;    /* of its class */
    PyObject *message; /* NULL: not asked yet */
    PyObject *earlier; /* its cause, or the context that is printed; NULL: none */
    PyObject *before;  /* borrowed: what stands between that and this one */
};

/* The exceptions of a chain, the last one first. */
struct lw_chain {
    int count;
    struct lw_link link[LW_MOST_LINKS];
};

/* Context: GIL held.  Follows causes and contexts, and asks nothing of the user's.  1: the chain is plain,
 * 0: it isn't, -1: error. */
int lw_chain_collect(struct lw_capture *self, struct lw_chain *chain, PyObject *value);

/* Context: GIL held.  Asks each exception for its message, the last one first, as captures do.  1: done,
 * 0: a message is no plain string, or asking changed the chain, -1: error. */
int lw_chain_ask(struct lw_capture *self, struct lw_chain *chain);

/* Context: GIL held.  Returns what was asked as {address of the exception, as Python's id() gives it:
 * (exception, message)}; None if none was.  The exception is held, so that its address is no other's. */
PyObject *lw_chain_asked(const struct lw_chain *chain);

/* Context: GIL held. */
void lw_chain_drop(struct lw_chain *chain);

#endif
