/* escaped_text.h: text of the process that is read, as faulthandler writes it: printable ASCII as
 * it is, all other characters escaped. */
#ifndef LASTWORDS_ESCAPED_TEXT_H
#define LASTWORDS_ESCAPED_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "walker/object.h"

enum {
    LW_ESCAPE_SIZE = 10,      /* bytes of the longest: "\U0001f600" */
    LW_DUMP_CHARACTERS = 500, /* characters shown of a name */
};

/* Context: signal handler | any thread.
 * Appends a character: "\xNN" and so on unless it is printable ASCII.  There must be room for
 * LW_ESCAPE_SIZE bytes. */
char *lw_append_escaped(char *end, uint32_t character);

/* Context: signal handler | any thread.
 * Appends the characters of a str, up to LW_DUMP_CHARACTERS and then "..."; NULL if they can't be
 * read. */
char *lw_append_text(struct lw_target *target, const struct lw_text *text, char *end);

/* Context: signal handler | any thread.
 * Writes a str of the target to `into`, escaped; if it needs more than `room` bytes, as many characters
 * as fit, and "...".  Returns how many bytes; 0 if it can't be read. */
size_t lw_escape_text(struct lw_target *target, const struct lw_text *text, char *into,
                      size_t room);

#endif
