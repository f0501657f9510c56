/* excerpt.c: see excerpt.h. */
#include "excerpt/excerpt.h"

#include <string.h>

#include "excerpt/scan.h"

static int
is_blank(const char *p, const char *end)
{
    return lw_scan_spaces(p, end) == end;
}

static char *
put(char *out, char c, size_t count)
{
    memset(out, c, count);
    return out + count;
}

/* Writes the marks: `start` to `end` are marked, and the anchors within it. */
static char *
put_marks(char *out, size_t start, size_t end, const struct lw_expression *segment)
{
    out = put(out, ' ', LW_EXCERPT_MARGIN);
    if (start < end) {
        out = put(out, ' ', start);
        if (segment->kind == LW_EXPRESSION_OTHER) {
            out = put(out, '^', end - start);
        }
        else {
            out = put(out, '~', segment->left);
            out = put(out, '^', segment->right - segment->left);
            out = put(out, '~', end - start - segment->right);
        }
    }
    return put(out, '\n', 1);
}

ptrdiff_t
lw_excerpt_draw(const char *line, size_t length, size_t column, size_t end_column, char *out)
{
    const char *end_of_line = line + length;
    const char *text = lw_scan_spaces(line, end_of_line);
    size_t removed = (size_t)(text - line);
    size_t text_length = length - removed;
    if (length > LW_EXPRESSION_LENGTH || !lw_expression_is_ascii(line, length)) {
        return LW_EXCERPT_UNSURE;
    }
    if (text_length == 0) {
        return 0;
    }
    size_t start = column < removed ? 0 : column < length ? column - removed : text_length;
    size_t end = end_column < removed  ? 0
                 : end_column < length ? end_column - removed
                                       : text_length;
    size_t segment_length = start < end ? end - start : 0;
    struct lw_expression segment = lw_expression_read(text + start, segment_length);
    int hides = lw_excerpt_is_whole_call(&segment, segment_length, text, start, text + end,
                                         text_length - end);
    if (hides == LW_EXCERPT_UNSURE || *text == '#') {
        return LW_EXCERPT_UNSURE;
    }
    if (segment.kind == LW_EXPRESSION_OTHER && is_blank(text, text + start) &&
        is_blank(text + end, end_of_line)) {
        hides = 1;
    }
    char *p = put(out, ' ', LW_EXCERPT_MARGIN);
    memcpy(p, text, text_length);
    p = put(p + text_length, '\n', 1);
    if (!hides) {
        p = put_marks(p, start, end, &segment);
    }
    return p - out;
}

ptrdiff_t
lw_excerpt_draw_lines(const char *text, size_t length, size_t rows, size_t column,
                      size_t end_column, char *out)
{
    if (rows > 1) {
        return lw_excerpt_draw_range(text, length, rows, column, end_column, out);
    }
    length -= text[length - 1] == '\n';
    if (memchr(text, '\n', length) != NULL) {
        return LW_EXCERPT_UNSURE;
    }
    return lw_excerpt_draw(text, length, column, end_column, out);
}

ptrdiff_t
lw_excerpt_draw_unmarked(const char *line, size_t length, char *out)
{
    const char *text = lw_scan_spaces(line, line + length);
    size_t text_length = (size_t)(line + length - text);
    if (!lw_expression_is_ascii(line, length) || memchr(line, '\n', length) != NULL) {
        return LW_EXCERPT_UNSURE;
    }
    if (text_length == 0) {
        return 0;
    }
    char *p = put(out, ' ', LW_EXCERPT_MARGIN);
    memcpy(p, text, text_length);
    return put(p + text_length, '\n', 1) - out;
}
