/* format.h: the text of stacks, and of exceptions that need nothing special, without a Python call a frame. */
#ifndef LASTWORDS_FORMAT_H
#define LASTWORDS_FORMAT_H

#include <Python.h>

#include "traceback/state.h"

/* Context: GIL held.  Each returns a new reference, Py_None where Python must do the work, or NULL
 * with an exception.  lw_format_exception() then returns a dict, if it has asked exceptions for their
 * messages already: they are asked once. */
PyObject *lw_format_stack(struct lw_capture *self, PyObject *frames, PyObject *palette);
PyObject *lw_format_exception(struct lw_capture *self, PyObject *value, PyObject *traceback,
                              PyObject *palette);

#endif
