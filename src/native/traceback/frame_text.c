#include "traceback/frame_text.h"

#include "excerpt/excerpt.h"
#include "walker/linetable.h"

enum {
    SOURCE_LIMIT = 1024, /* bytes of a frame's source; longer ones go the Python way */
    ROWS_LIMIT = 32,
};

static int
is_blank(Py_UCS1 c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

/* Appends a line without the blanks at its end, and a line end.  Returns the new length, or -1. */
static Py_ssize_t
append_line(PyObject *line, char *out, Py_ssize_t used)
{
    if (!PyUnicode_CheckExact(line) || !PyUnicode_IS_COMPACT_ASCII(line)) {
        return -1;
    }
    Py_ssize_t length = PyUnicode_GET_LENGTH(line);
    const Py_UCS1 *text = PyUnicode_1BYTE_DATA(line);
    while (length > 0 && is_blank(text[length - 1])) {
        length--;
    }
    if (used + length + 1 > SOURCE_LIMIT) {
        return -1;
    }
    memcpy(out + used, text, (size_t)length);
    out[used + length] = '\n';
    return used + length + 1;
}

/* Copies lines `first` to `last` of a source.  Returns their length, or -1. */
static Py_ssize_t
gather(PyObject *source, int first, int last, char *out)
{
    Py_ssize_t used = 0;
    if (first < 1 || last < first || last - first >= ROWS_LIMIT || last > PyList_GET_SIZE(source)) {
        return -1;
    }
    for (int number = first; number <= last && used >= 0; number++) {
        used = append_line(PyList_GET_ITEM(source, number - 1), out, used);
    }
    return used;
}

/* Writes the excerpt; returns its length, or a negative number: not plain. */
static ptrdiff_t
draw(const char *text, size_t length, const struct lw_position *at, char *out)
{
    size_t rows = (size_t)(at->end_line - at->line + 1);
    if (at->column >= 0 && at->end_column >= 0) {
        return lw_excerpt_draw_lines(text, length, rows, (size_t)at->column, (size_t)at->end_column,
                                     out);
    }
    return rows == 1 ? lw_excerpt_draw_unmarked(text, length - 1, out) : LW_EXCERPT_UNSURE;
}

PyObject *
lw_frame_text(const struct lw_raw_frame *raw)
{
    PyObject *filename = raw->code->co_filename, *name = raw->code->co_name;
    struct lw_position at;
    char text[SOURCE_LIMIT];
    char drawn[2 * (SOURCE_LIMIT + (LW_EXCERPT_MARGIN + 1) * ROWS_LIMIT + 64) + 1];

    if (!PyUnicode_CheckExact(filename) || !PyUnicode_CheckExact(name) ||
        PyUnicode_GET_LENGTH(filename) == 0 || PyUnicode_READ_CHAR(filename, 0) == '<') {
        return NULL;
    }
    lw_raw_position(raw, &at);
    Py_ssize_t length = gather(raw->source, at.line, at.end_line, text);
    if (length < 0) {
        return NULL;
    }
    ptrdiff_t size = draw(text, (size_t)length, &at, drawn);
    if (size < 0) {
        return NULL;
    }
    drawn[size] = '\0';
    PyObject *result =
        PyUnicode_FromFormat("  File \"%U\", line %d, in %U\n%s", filename, at.line, name, drawn);
    if (result == NULL) {
        PyErr_Clear();
    }
    return result;
}
