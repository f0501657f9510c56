/* frame_line.h: the line of one frame, remembered during a dump.
 *
 * Owns the memory of what was rendered: a code object's names once, and the line of each
 * instruction. */
#ifndef LASTWORDS_FRAME_LINE_H
#define LASTWORDS_FRAME_LINE_H

#include "dump/dump.h"

/* Context: signal handler | any thread.
 * The whole line of a frame; NULL when it runs no code object.  `before` is the entry of the frame
 * called last: in a recursion it is often the same, and was looked at a moment ago. */
const struct lw_line_entry *lw_frame_line(struct lw_dump *dump, const struct lw_frame *frame,
                                          const struct lw_line_entry *before);

#endif
