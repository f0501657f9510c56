/* capture.h: tracebacks and iterators of frames to a StackSummary, without a Python call a frame.
 *
 * What needs more than that is left to Python. */
#ifndef LASTWORDS_CAPTURE_H
#define LASTWORDS_CAPTURE_H

#include <Python.h>

#include "traceback/frame_iterator.h"
#include "traceback/state.h"

struct lw_known_files;

/* Context: GIL held.  Fills `raw` from one entry of a traceback, with new references.
 * 1: done, 0: only Python can find the source, -1: error; it owns nothing then. */
int lw_read_entry(struct lw_capture *self, struct lw_known_files *known, PyTracebackObject *entry,
                  struct lw_raw_frame *raw);

/* Context: GIL held.  Each returns a new reference, Py_None if Python must do the work, or NULL
 * with an exception. */
PyObject *lw_capture_traceback(struct lw_capture *self, struct lw_known_files *known,
                               PyObject *traceback, Py_ssize_t skip, Py_ssize_t most);
PyObject *lw_capture_iterator(struct lw_capture *self, struct lw_frame_iterator *iterator,
                              Py_ssize_t most);

#endif
