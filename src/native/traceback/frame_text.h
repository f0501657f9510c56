/* frame_text.h: the text of one frame, header and excerpt, if both are plain.
 *
 * Plain: an ordinary file, its lines ASCII, no colours.  Other frames are rendered in Python
 * (lastwords/traceback/_stack_text.py), by the same rules. */
#ifndef LASTWORDS_FRAME_TEXT_H
#define LASTWORDS_FRAME_TEXT_H

#include <Python.h>

#include "traceback/frame_record.h"

/* Context: GIL held.  Returns the text (new reference); NULL without an exception: not plain. */
PyObject *lw_frame_text(const struct lw_raw_frame *raw);

#endif
