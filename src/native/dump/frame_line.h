/* frame_line.h: the line of one frame, remembered during a dump.
 *
 * Owns the escaping of names and the memory of what was rendered: a code object's names once, and the
 * line of each instruction. */
#ifndef LASTWORDS_FRAME_LINE_H
#define LASTWORDS_FRAME_LINE_H

#include "dump/dump.h"

enum { LW_DUMP_CHARACTERS = 500 }; /* characters shown of a name */

/* Context: signal handler | any thread.
 * Appends a character as faulthandler writes it: "\\xNN" and so on unless it is printable ASCII.
 * There must be room for ten bytes. */
char *lw_append_escaped(char *end, uint32_t character);

/* Context: signal handler | any thread.
 * Writes a str of the target to `into`, escaped; if it needs more than `room` bytes, as many characters as fit,
 * and "...".  Returns how many bytes; 0 if it can't be read. */
size_t lw_escape_text(struct lw_target *target, const struct lw_text *text, char *into,
                      size_t room);

/* Context: signal handler | any thread.
 * The whole line of a frame; NULL when it runs no code object.  `before` is the entry of the frame
 * called last: in a recursion it is often the same, and was looked at a moment ago. */
const struct lw_line_entry *lw_frame_line(struct lw_dump *dump, const struct lw_frame *frame,
                                          const struct lw_line_entry *before);

#endif
