/* excerpt.h: the source line under a frame's header, and the marks under its failing part.
 *
 * Owns the layout of CPython 3.15's traceback for the common case: ASCII, no control characters.
 * It returns LW_EXCERPT_UNSURE for all else, which the caller draws in Python (lastwords/_excerpt). */
#ifndef LASTWORDS_EXCERPT_H
#define LASTWORDS_EXCERPT_H

#include <stddef.h>

#include "excerpt/expression.h"

enum {
    LW_EXCERPT_MARGIN = 4,
    LW_EXCERPT_UNSURE = -1,
};

/* Context: any thread.
 * The largest number of characters written for `length` characters on `rows` lines. */
static inline size_t
lw_excerpt_bound(size_t length, size_t rows)
{
    return 2 * (length + (LW_EXCERPT_MARGIN + 1) * rows + 64);
}

/* Context: any thread.
 * Draws `line` (indented as in the file; without its end) with the characters `column` to
 * `end_column` marked, and writes the text, each line ended, to `out`.  Returns its length: 0 for a
 * blank line, LW_EXCERPT_UNSURE if not sure. */
ptrdiff_t lw_excerpt_draw(const char *line, size_t length, size_t column, size_t end_column,
                          char *out);

/* Context: any thread.
 * The same for `text` of at least 2 lines, `rows` in number, each ended: from `column` of the first
 * to `end_column` of the last. */
ptrdiff_t lw_excerpt_draw_range(const char *text, size_t length, size_t rows, size_t column,
                                size_t end_column, char *out);

/* Context: any thread.
 * The same for `rows` ended lines, one or more. */
ptrdiff_t lw_excerpt_draw_lines(const char *text, size_t length, size_t rows, size_t column,
                                size_t end_column, char *out);

/* Context: any thread.
 * Writes one line (without its end) as `lw_excerpt_draw` does, but no marks. */
ptrdiff_t lw_excerpt_draw_unmarked(const char *line, size_t length, char *out);

/* Context: any thread.
 * Whether the marks are left out because the call `segment` is all that a statement returns or
 * assigns to a name; `before` and `behind` are the text around it on its first and last line.
 * 1 or 0, or LW_EXCERPT_UNSURE. */
int lw_excerpt_is_whole_call(const struct lw_expression *segment, size_t segment_length,
                             const char *before, size_t before_length, const char *behind,
                             size_t behind_length);

#endif
