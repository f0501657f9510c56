/* frame_text.h: the text of one frame, header and excerpt, where both are plain.
 *
 * Plain: an ordinary file, its lines ASCII, no colours.  What is not plain is rendered by
 * lastwords/stack.py, to the same text. */
#ifndef LASTWORDS_FRAME_TEXT_H
#define LASTWORDS_FRAME_TEXT_H

#include <Python.h>

#include "traceback/frame_record.h"

/* Context: GIL held.  Returns the text (new reference); NULL without an exception: not plain. */
PyObject *lw_frame_text(const struct lw_raw_frame *raw);

#endif
