/* excerpt_range.c: excerpts of several lines; see excerpt.h. */
#include <string.h>

#include "excerpt/excerpt.h"
#include "system/decimal.h"

enum {
    MAX_ROWS = 200, /* longer ranges are rare: whole classes, tables of data */
};

struct range {
    const char *text; /* dedented, blank lines empty, lines joined by '\n' */
    size_t rows;
    size_t begin[MAX_ROWS + 1]; /* the begin of each line, and the end of the last */
    size_t start;               /* column on the first row */
    size_t end;                 /* column on the last row */
    struct lw_expression segment;
    size_t left_row, left;   /* the anchors' place */
    size_t right_row, right; /* the first place behind them */
};

static int
is_indent(char c)
{
    return c == ' ' || c == '\t';
}

static size_t
indent_of(const char *line, size_t length)
{
    size_t indent = 0;
    while (indent < length && is_indent(line[indent])) {
        indent++;
    }
    return indent;
}

static size_t
length_of(const struct range *range, size_t row)
{
    return range->begin[row + 1] - range->begin[row] - 1;
}

/* Finds the begin of each line of `text` and the indentation that all have in common: 1, or 0 if
 * there are not exactly `rows` of them, or the first or last one is blank. */
static int
survey(struct range *range, const char *text, size_t length, size_t rows, size_t *margin)
{
    const char *end = text + length;
    const char *p = text;
    *margin = SIZE_MAX;
    for (size_t row = 0; row < rows; row++) {
        const char *line_end = memchr(p, '\n', (size_t)(end - p));
        if (line_end == NULL) {
            return 0;
        }
        size_t indent = indent_of(p, (size_t)(line_end - p));
        int is_blank = p + indent == line_end;
        if (is_blank && (row == 0 || row == rows - 1)) {
            return 0;
        }
        if (!is_blank && *margin != SIZE_MAX) {
            size_t common = 0;
            while (common < indent && common < *margin && p[common] == text[common]) {
                common++;
            }
            indent = common;
        }
        *margin = is_blank ? *margin : indent;
        range->begin[row] = (size_t)(p - text);
        p = line_end + 1;
    }
    range->begin[rows] = length;
    range->rows = rows;
    return p == end;
}

/* Copies the lines without their first `margin` characters; blank lines become empty. */
static void
dedent(struct range *range, const char *text, size_t margin, char *out)
{
    size_t done = 0;
    for (size_t row = 0; row < range->rows; row++) {
        const char *line = text + range->begin[row];
        size_t length = length_of(range, row);
        int is_blank = indent_of(line, length) == length;
        range->begin[row] = done;
        if (!is_blank) {
            memcpy(out + done, line + margin, length - margin);
            done += length - margin;
        }
        out[done++] = '\n';
    }
    range->begin[range->rows] = done;
    range->text = out;
}

static void
place(const struct range *range, size_t offset, size_t *row, size_t *column)
{
    size_t at = range->start + offset;
    *row = 0;
    while (*row + 1 < range->rows && range->begin[*row + 1] <= at) {
        ++*row;
    }
    *column = at - range->begin[*row];
}

/* Whether the marks are wanted: 1 or 0, or LW_EXCERPT_UNSURE. */
static int
is_marked(const struct range *range, size_t segment_length)
{
    const char *last = range->text + range->begin[range->rows - 1];
    size_t last_length = length_of(range, range->rows - 1);
    const char *behind = last + range->end;
    size_t behind_length = last_length - range->end;
    int hides = lw_excerpt_is_whole_call(&range->segment, segment_length, range->text, range->start,
                                         behind, behind_length);
    if (hides != 0) {
        return hides == LW_EXCERPT_UNSURE ? hides : 0;
    }
    return range->segment.kind != LW_EXPRESSION_OTHER ||
           indent_of(range->text, range->start) < range->start ||
           indent_of(behind, behind_length) < behind_length;
}

/* The column of a place in `row`, moved into [begin, end] if it is outside. */
static size_t
column_in(size_t place_row, size_t column, size_t row, size_t begin, size_t end)
{
    if (place_row != row) {
        return place_row < row ? begin : end;
    }
    return column < begin ? begin : column > end ? end : column;
}

static char *
put(char *out, char c, size_t count)
{
    memset(out, c, count);
    return out + count;
}

static char *
put_row(char *out, const struct range *range, size_t row, int marked)
{
    const char *line = range->text + range->begin[row];
    size_t length = length_of(range, row);
    out = put(out, ' ', LW_EXCERPT_MARGIN);
    memcpy(out, line, length + 1);
    out += length + 1;
    if (!marked) {
        return out;
    }
    size_t begin = indent_of(line, length);
    size_t end = row == range->rows - 1 ? range->end : length;
    if (row == 0 && range->start > begin) {
        begin = range->start;
    }
    out = put(out, ' ', LW_EXCERPT_MARGIN);
    if (begin < end) {
        out = put(out, ' ', begin);
        if (range->segment.kind == LW_EXPRESSION_OTHER) {
            out = put(out, '^', end - begin);
        }
        else {
            size_t left = column_in(range->left_row, range->left, row, begin, end);
            size_t right = column_in(range->right_row, range->right, row, begin, end);
            right = right < left ? left : right;
            out = put(out, '~', left - begin);
            out = put(out, '^', right - left);
            out = put(out, '~', end - right);
        }
    }
    return put(out, '\n', 1);
}

/* Whether `row` is shown however long the range is. */
static int
is_near(const struct range *range, size_t row)
{
    if (row == 0 || row == range->rows - 1) {
        return 1;
    }
    return range->segment.kind != LW_EXPRESSION_OTHER &&
           ((row + 1 >= range->left_row && row <= range->left_row + 1) ||
            (row + 1 >= range->right_row && row <= range->right_row + 1));
}

/* Writes "...<N lines>...". */
static char *
put_gap(char *out, size_t hidden)
{
    memcpy(out, "    ...<", 8);
    out = lw_append_decimal(out + 8, hidden);
    memcpy(out, " lines>...\n", 11);
    return out + 11;
}

static char *
put_rows(char *out, const struct range *range, int marked)
{
    size_t row = 0;
    while (row < range->rows) {
        size_t next = row;
        while (!is_near(range, next)) { /* the last row is */
            next++;
        }
        if (next - row > 1) {
            out = put_gap(out, next - row);
            row = next;
        }
        out = put_row(out, range, row, marked);
        row++;
    }
    return out;
}

ptrdiff_t
lw_excerpt_draw_range(const char *text, size_t length, size_t rows, size_t column,
                      size_t end_column, char *out)
{
    struct range range;
    char dedented[LW_EXPRESSION_LENGTH];
    size_t margin;
    if (length > sizeof(dedented) || rows < 2 || rows > MAX_ROWS ||
        !lw_expression_is_ascii(text, length) || !survey(&range, text, length, rows, &margin)) {
        return LW_EXCERPT_UNSURE;
    }
    dedent(&range, text, margin, dedented);
    size_t last_length = length_of(&range, rows - 1);
    range.start = column < margin ? 0 : column - margin;
    range.end = end_column < margin ? 0 : end_column - margin;
    if (range.start > length_of(&range, 0)) {
        range.start = length_of(&range, 0);
    }
    if (range.end > last_length) {
        range.end = last_length;
    }
    char first = dedented[indent_of(dedented, length_of(&range, 0))];
    if (first == '#' || first == '\\') { /* there may be no statement at all */
        return LW_EXCERPT_UNSURE;
    }
    size_t segment_length = range.begin[rows - 1] + range.end - range.start;
    range.segment = lw_expression_read(dedented + range.start, segment_length);
    int marked = is_marked(&range, segment_length);
    if (marked == LW_EXCERPT_UNSURE) {
        return LW_EXCERPT_UNSURE;
    }
    place(&range, range.segment.left, &range.left_row, &range.left);
    place(&range, range.segment.right, &range.right_row, &range.right);
    return put_rows(out, &range, marked) - out;
}
