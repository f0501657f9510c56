/* fault_args.h: arguments as the standard faulthandler takes them, with its errors; and what else the
 * functions of `lastwords._native.fault` share.
 *
 * Context of everything here: GIL held. */
#ifndef LASTWORDS_FAULT_ARGS_H
#define LASTWORDS_FAULT_ARGS_H

#include <Python.h>
#include <stdint.h>

#include "dump/report_header.h"

/* The descriptor of `file` (NULL or None: sys.stderr; an int; or an object with fileno(), which is
 * flushed).  -1 with an exception set.  *keep is a new reference to what must stay alive with the
 * descriptor, or NULL. */
int lw_file_descriptor(PyObject *file, PyObject **keep);

/* 0, or -1 with a RuntimeError that says why this process can't be walked. */
int lw_check_walkable(void);

/* lw_file_descriptor() for a dump, and lw_check_walkable(). */
int lw_dump_target(PyObject *file, PyObject **keep);

/* Keeps `file` (stolen; NULL: nothing) alive under `key` in place of what was kept there. */
int lw_keep_file(PyObject *kept, const char *key, PyObject *file);

/* Sets an OSError; returns NULL. */
PyObject *lw_errno_error(int error);

/* Seconds as an int or float to nanoseconds, rounded up; 0, or -1 with an exception set. */
int lw_timeout_nanoseconds(PyObject *seconds, int64_t *out);

/* 0, or -1 with an exception set when signal `signum` can't be registered. */
int lw_check_signal(int signum);

/* The argument `header` (NULL, None or False: no header; True; or the text that it ends with); 0,
 * or -1 with an exception set.  Characters that are not printable are escaped; a long text is cut,
 * and ends with "...". */
int lw_header_read(PyObject *argument, struct lw_report_header *header);

/* Its part of the docstrings. */
#define LW_HEADER_DOC \
    "header begins it with a line that says the process and the time: True, or a text\n" \
    "that this line ends with."

/* Takes the keyword `header` out of a call's `keywords` (a dict or NULL), for a function that has
 * all other arguments, and errors, of the standard one.  *others is a new reference to what is
 * left, or NULL.  0, or -1 with an exception set. */
int lw_header_take(PyObject *keywords, PyObject **others, struct lw_report_header *header);

/* Adds functions whose `self` is `self` and whose __module__ is `module_name`. */
int lw_add_functions(PyObject *into, PyMethodDef *definitions, PyObject *self,
                     const char *module_name);

/* Forgets objects that belonged to a main interpreter that was finalised. */
void lw_fault_args_reset(void);

#endif
