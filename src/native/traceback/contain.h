/* contain.h: exceptions that must not fail a report.
 *
 * Owns the rule for them in C, the same as in lastwords/_contained.py: an exception raised by a
 * call into an object of the user's is dropped; one that a signal handler raised meanwhile is the
 * program's. */
#ifndef LASTWORDS_CONTAIN_H
#define LASTWORDS_CONTAIN_H

#include <Python.h>

/* Context: GIL held.  Takes the function of this interpreter that raises an exception again if a signal
 * handler raised it; -1 with an exception. */
int lw_contain_with(PyObject *pass_on);

/* Context: GIL held.  Drops the exception that is set, if any: 0.  One that a signal handler raised
 * stays: -1.  Call it if code of the user's may have run; otherwise PyErr_Clear() is enough. */
int lw_contain(void);

#endif
