/* format.h: the text of stacks, and of exceptions that need nothing special, without a Python call
 * a frame. */
#ifndef LASTWORDS_FORMAT_H
#define LASTWORDS_FORMAT_H

#include <Python.h>

#include "traceback/state.h"

/* Context: GIL held.  Each returns a new reference, Py_None if Python must do the work, or NULL
 * with an exception.  In place of Py_None, lw_format_exception() returns the messages that it has read
 * already (see lw_exception_chain_messages()): str() is called once. */
PyObject *lw_format_stack(struct lw_capture *self, PyObject *frames, PyObject *palette);
PyObject *lw_format_exception(struct lw_capture *self, PyObject *value, PyObject *traceback,
                              PyObject *palette);

#endif
