/* fault_args.h: arguments as the standard faulthandler takes them, with its errors.
 *
 * Context of everything here: GIL held. */
#ifndef LASTWORDS_FAULT_ARGS_H
#define LASTWORDS_FAULT_ARGS_H

#include <Python.h>
#include <stdint.h>

/* The descriptor of `file` (NULL or None: sys.stderr; an int; or an object with fileno(), which is
 * flushed).  -1 with an exception set.  *keep is a new reference to what must stay alive with the
 * descriptor, or NULL. */
int lw_file_descriptor(PyObject *file, PyObject **keep);

/* Seconds as an int or float to nanoseconds, rounded up; 0, or -1 with an exception set. */
int lw_timeout_nanoseconds(PyObject *seconds, int64_t *out);

/* 0, or -1 with an exception set when signal `signum` can't be registered. */
int lw_check_signal(int signum);

/* Forgets objects that belonged to a main interpreter that was finalised. */
void lw_fault_args_reset(void);

#endif
