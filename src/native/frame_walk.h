/* frame_walk.h: the iterators behind walk_tb() and walk_stack().
 *
 * They yield (frame, line number) as the standard generators do; `extract()` recognises them and
 * takes the frames without a Python call a frame. */
#ifndef LASTWORDS_FRAME_WALK_H
#define LASTWORDS_FRAME_WALK_H

#include <Python.h>

struct lw_frame_walk {
    PyObject_HEAD PyObject *next; /* a traceback or a frame; NULL at the end */
};

/* Context: GIL held.  Adds the type FrameWalk to the module; returns it (new reference) or NULL. */
PyTypeObject *lw_frame_walk_new_type(PyObject *module);

/* Context: GIL held.  Returns the line, or -1 for none, and the frame (borrowed).  walk->next must
 * not be NULL. */
int lw_frame_walk_line(struct lw_frame_walk *walk, PyFrameObject **frame);

/* Context: GIL held.  Goes on to the next frame. */
void lw_frame_walk_advance(struct lw_frame_walk *walk);

#endif
