/* exception_chain.h: an exception with its causes and contexts, if they need nothing special to be
 * printed.
 *
 * Owns which exceptions are plain, and when str() of each is called.  All others are left to
 * Python. */
#ifndef LASTWORDS_EXCEPTION_CHAIN_H
#define LASTWORDS_EXCEPTION_CHAIN_H

#include "traceback/capture.h"

enum { LW_MOST_LINKS = 32 }; /* a longer chain of exceptions goes the Python way */

/* An exception of a chain: it and what is printed of it, all owned. */
struct lw_link {
    PyObject *value;
    PyObject *name;    /* of its class */
    PyObject *message; /* NULL: not read yet */
    PyObject *earlier; /* its cause, or the context that is printed; NULL: none */
    PyObject *before;  /* borrowed: the message between that and this one */
};

/* The exceptions of a chain, the last one first. */
struct lw_exception_chain {
    int count;
    struct lw_link link[LW_MOST_LINKS];
};

/* Context: GIL held.  Follows causes and contexts, and calls no code of the user's.  1: the chain is
 * plain, 0: it isn't, -1: error. */
int lw_exception_chain_collect(struct lw_capture *self, struct lw_exception_chain *chain,
                               PyObject *value);

/* Context: GIL held.  Calls str() of each exception, the last one first, as captures do.  1: done, 0: a
 * message is no exact str, or a call changed the chain, -1: error. */
int lw_exception_chain_read_messages(struct lw_capture *self, struct lw_exception_chain *chain);

/* Context: GIL held.  Returns the messages read so far as {id() of the exception: (exception,
 * message)}, or None if there are none.  The dict holds the exceptions, so that their addresses are
 * not used again. */
PyObject *lw_exception_chain_messages(const struct lw_exception_chain *chain);

/* Context: GIL held. */
void lw_exception_chain_drop(struct lw_exception_chain *chain);

#endif
