/* frame_iterator.h: the iterators behind walk_tb() and walk_stack().
 *
 * They yield (frame, line number) as the standard generators do; `extract()` recognises them and takes
 * their frames without a Python call a frame. */
#ifndef LASTWORDS_FRAME_ITERATOR_H
#define LASTWORDS_FRAME_ITERATOR_H

#include <Python.h>

#include "traceback/frame_record.h"

struct lw_frame_iterator {
    PyObject_HEAD PyObject *next; /* a traceback or a frame; NULL at the end */
};

extern PyType_Spec lw_frame_iterator_spec; /* of the type FrameIterator */

/* Context: GIL held.  Fills `raw` except its source, with the code as a new reference, from `at`, a
 * traceback or a frame, and returns the frame (a new reference). */
PyFrameObject *lw_frame_iterator_read(PyObject *at, struct lw_raw_frame *raw);

/* Context: GIL held.  Moves on from `at`; 0 if the iterator is no longer there: another thread, or code
 * that ran meanwhile, may have used it. */
int lw_frame_iterator_advance(struct lw_frame_iterator *iterator, PyObject *at);

#endif
