/* bind_excerpt.c: excerpts of ASCII source, and the anchors of expressions in it. */
#include <Python.h>

#include "bindings/bindings.h"
#include "excerpt/excerpt.h"

enum {
    STACK_BUFFER = 1024, /* longer excerpts take a block of memory */
};

/* The characters of an ASCII string; NULL for every other object, without an exception. */
static const char *
ascii_of(PyObject *text, size_t *length)
{
    if (!PyUnicode_CheckExact(text) || !PyUnicode_IS_COMPACT_ASCII(text)) {
        return NULL;
    }
    *length = (size_t)PyUnicode_GET_LENGTH(text);
    return (const char *)PyUnicode_DATA(text);
}

/* A column that is a small int of at least 0; -1 for every other object, without an exception. */
static Py_ssize_t
column_of(PyObject *number)
{
    int overflow;
    if (!PyLong_CheckExact(number)) {
        return -1;
    }
    long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    return value > INT32_MAX || overflow ? -1 : (Py_ssize_t)value;
}

PyDoc_STRVAR(draw_lines_doc,
             "draw_lines($module, text, rows, colno, end_colno, /)\n--\n\n"
             "Return the excerpt of `text`, `rows` ended lines, or None if not sure.");

static PyObject *
draw_lines(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "draw_lines() takes 4 arguments");
        return NULL;
    }
    size_t length = 0;
    const char *text = ascii_of(args[0], &length);
    Py_ssize_t rows = column_of(args[1]);
    Py_ssize_t column = column_of(args[2]);
    Py_ssize_t end_column = column_of(args[3]);
    if (text == NULL || rows < 1 || (size_t)rows > length || column < 0 || end_column < 0 ||
        length > LW_EXPRESSION_LENGTH) {
        Py_RETURN_NONE;
    }
    char buffer[STACK_BUFFER];
    size_t bound = lw_excerpt_bound(length, (size_t)rows);
    char *out = bound <= sizeof(buffer) ? buffer : PyMem_Malloc(bound);
    if (out == NULL) {
        return PyErr_NoMemory();
    }
    ptrdiff_t size =
        lw_excerpt_draw_lines(text, length, (size_t)rows, (size_t)column, (size_t)end_column, out);
    PyObject *result = NULL;
    if (size >= 0) {
        result = PyUnicode_New(size, 127);
        if (result != NULL) {
            memcpy(PyUnicode_DATA(result), out, (size_t)size);
        }
    }
    if (out != buffer) {
        PyMem_Free(out);
    }
    if (size < 0) {
        Py_RETURN_NONE;
    }
    return result;
}

static void
row_and_column(const char *text, size_t offset, Py_ssize_t *row, Py_ssize_t *column)
{
    const char *line = text;
    const char *next;
    *row = 0;
    while ((next = memchr(line, '\n', (size_t)(text + offset - line))) != NULL) {
        line = next + 1;
        ++*row;
    }
    *column = text + offset - line;
}

PyDoc_STRVAR(find_anchors_doc,
             "find_anchors($module, segment, /)\n--\n\n"
             "Return (row, column, row, column) of the anchors of an expression, None for none,\n"
             "False if not sure.");

static PyObject *
find_anchors(PyObject *Py_UNUSED(module), PyObject *segment)
{
    size_t length = 0;
    const char *text = ascii_of(segment, &length);
    if (text == NULL) {
        Py_RETURN_FALSE;
    }
    struct lw_expression found = lw_expression_read(text, length);
    if (found.kind == LW_EXPRESSION_UNSURE) {
        Py_RETURN_FALSE;
    }
    if (found.kind == LW_EXPRESSION_OTHER) {
        Py_RETURN_NONE;
    }
    Py_ssize_t row, column, end_row, end_column;
    row_and_column(text, found.left, &row, &column);
    row_and_column(text, found.right, &end_row, &end_column);
    return Py_BuildValue("nnnn", row, column, end_row, end_column);
}

PyDoc_STRVAR(is_whole_call_doc,
             "is_whole_call($module, before, segment, behind, /)\n--\n\n"
             "Return whether the call `segment` is all that a statement returns or assigns to a\n"
             "name, or None if not sure.");

static PyObject *
is_whole_call(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    size_t lengths[3];
    const char *texts[3];
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "is_whole_call() takes 3 arguments");
        return NULL;
    }
    for (int i = 0; i < 3; i++) {
        texts[i] = ascii_of(args[i], &lengths[i]);
        if (texts[i] == NULL || !lw_expression_is_ascii(texts[i], lengths[i])) {
            Py_RETURN_NONE;
        }
    }
    struct lw_expression segment = lw_expression_read(texts[1], lengths[1]);
    int answer =
        lw_excerpt_is_whole_call(&segment, lengths[1], texts[0], lengths[0], texts[2], lengths[2]);
    if (answer == LW_EXCERPT_UNSURE) {
        Py_RETURN_NONE;
    }
    return PyBool_FromLong(answer);
}

static PyMethodDef excerpt_functions[] = {
    {"draw_lines", (PyCFunction)(void (*)(void))draw_lines, METH_FASTCALL, draw_lines_doc},
    {"find_anchors", find_anchors, METH_O, find_anchors_doc},
    {"is_whole_call", (PyCFunction)(void (*)(void))is_whole_call, METH_FASTCALL, is_whole_call_doc},
    {NULL, NULL, 0, NULL},
};

int
lw_bind_excerpt(PyObject *module)
{
    return PyModule_AddFunctions(module, excerpt_functions);
}
