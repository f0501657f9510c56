/* frame_line.h: the line of one frame, remembered during a dump.
 *
 * Owns what is remembered: the names of each code object, and the line of each instruction. */
#ifndef LASTWORDS_FRAME_LINE_H
#define LASTWORDS_FRAME_LINE_H

#include "dump/dump.h"

/* Context: signal handler | any thread.
 * The whole line of a frame; NULL if it runs no code object.  `before` is the entry of the previous
 * call, or NULL: in a recursion it is often the same one, and is then not checked again. */
const struct lw_line_entry *lw_frame_line(struct lw_dump *dump, const struct lw_frame *frame,
                                          const struct lw_line_entry *before);

#endif
