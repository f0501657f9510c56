#include "traceback/format.h"

#include "traceback/exception_chain.h"
#include "traceback/frame_text.h"
#include "traceback/source_lines.h"
#include "walker/linetable.h"

enum {
    CUTOFF = 3,             /* a repeated frame is printed this many times */
    SIGNAL_CHECK = 1 << 12, /* frames between two checks for signals */
};

/* The text under way: a list of strings, and the run of equal frames that is being counted. */
struct writer {
    struct lw_capture *self;
    PyObject *out;
    PyObject *palette; /* NULL: no colours */
    Py_ssize_t repeats;
    PyCodeObject *last_code; /* owned */
    int last_line;
};

static int
end_run(struct writer *writer)
{
    Py_ssize_t left = writer->repeats - CUTOFF;
    writer->repeats = 0;
    if (left <= 0) {
        return 0;
    }
    PyObject *text = PyUnicode_FromFormat("  [Previous line repeated %zd more time%s]\n", left,
                                          left > 1 ? "s" : "");
    int status = text == NULL ? -1 : PyList_Append(writer->out, text);
    Py_XDECREF(text);
    return status;
}

static int
same_frame(const struct writer *writer, PyCodeObject *code, int line)
{
    PyCodeObject *last = writer->last_code;
    if (last == NULL || line == -1 || line != writer->last_line) {
        return 0;
    }
    if (last == code) {
        return 1;
    }
    return PyUnicode_Compare(last->co_name, code->co_name) == 0 &&
           PyUnicode_Compare(last->co_filename, code->co_filename) == 0;
}

/* Returns the text.  Clears `is_whole` if marks had to be left out: then don't remember it. */
static PyObject *
render_in_python(struct writer *writer, const struct lw_raw_frame *raw, int *is_whole)
{
    struct lw_capture *self = writer->self;
    struct lw_raw_frame own = *raw;
    Py_INCREF(own.code);
    Py_INCREF(own.source);
    PyObject *record = lw_frame_record_from_raw(self->frame_type, &own);
    if (record == NULL) {
        return NULL;
    }
    PyObject *text = PyObject_CallFunctionObjArgs(
        self->render, record, writer->palette == NULL ? Py_None : writer->palette, NULL);
    Py_DECREF(record);
    if (text != NULL && PyTuple_CheckExact(text) && PyTuple_GET_SIZE(text) == 1) {
        *is_whole = 0;
        Py_SETREF(text, Py_NewRef(PyTuple_GET_ITEM(text, 0)));
    }
    if (text != NULL && !PyUnicode_CheckExact(text)) {
        Py_DECREF(text);
        PyErr_SetString(PyExc_TypeError, "render() must return a str");
        return NULL;
    }
    return text;
}

static PyObject *
render_anew(struct writer *writer, const struct lw_raw_frame *raw)
{
    int is_whole = 1;
    PyObject *text = writer->palette == NULL ? lw_frame_text(raw) : NULL;
    if (text == NULL) {
        text = render_in_python(writer, raw, &is_whole);
    }
    if (text != NULL && is_whole && writer->self->memo != NULL) {
        lw_memo_store(writer->self->memo, raw, writer->palette, text);
    }
    return text;
}

static int
write_frame(struct writer *writer, const struct lw_raw_frame *raw)
{
    struct lw_capture *self = writer->self;
    struct lw_remembered known = {-1, NULL};
    if (self->memo == NULL || !lw_memo_find(self->memo, raw, writer->palette, &known)) {
        struct lw_position at;
        lw_raw_position(raw, &at);
        known.line = at.line;
    }
    PyObject *text = known.text;
    int line = known.line;
    int status = 0;
    if (!same_frame(writer, raw->code, line)) {
        status = end_run(writer);
        writer->last_line = line;
        Py_XSETREF(writer->last_code, (PyCodeObject *)Py_NewRef((PyObject *)raw->code));
    }
    writer->repeats++;
    if (status == 0 && writer->repeats <= CUTOFF) {
        if (text == NULL) {
            text = render_anew(writer, raw);
        }
        status = text == NULL ? -1 : PyList_Append(writer->out, text);
    }
    Py_XDECREF(text);
    return status;
}

static void
close_writer(struct writer *writer)
{
    Py_CLEAR(writer->last_code);
}

PyObject *
lw_format_stack(struct lw_capture *self, PyObject *frames, PyObject *palette)
{
    struct writer writer = {.self = self, .palette = palette == Py_None ? NULL : palette};
    writer.out = PyList_New(0);
    if (writer.out == NULL) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(frames); i++) {
        PyObject *item = Py_NewRef(PyList_GET_ITEM(frames, i));
        struct lw_frame_record *record = (struct lw_frame_record *)item;
        int is_raw =
            Py_IS_TYPE(item, self->frame_type) && record->code != NULL && record->source != NULL;
        int status = 0;
        if (is_raw) {
            struct lw_raw_frame raw = {record->code, record->source, record->lasti, record->lineno};
            /* The record may settle while it is rendered: hold its code and source. */
            Py_INCREF(raw.code);
            Py_INCREF(raw.source);
            status = write_frame(&writer, &raw);
            lw_raw_clear(&raw);
        }
        Py_DECREF(item);
        if (!is_raw || status < 0) {
            close_writer(&writer);
            Py_DECREF(writer.out);
            return is_raw ? NULL : Py_NewRef(Py_None);
        }
    }
    int status = end_run(&writer);
    close_writer(&writer);
    if (status < 0) {
        Py_CLEAR(writer.out);
    }
    return writer.out;
}

static PyObject *
attribute_text(PyObject *palette, const char *name)
{
    PyObject *value = PyObject_GetAttrString(palette, name);
    if (value == NULL) {
        return NULL;
    }
    PyObject *text = PyObject_Str(value);
    Py_DECREF(value);
    return text;
}

static PyObject *
coloured_final_line(PyObject *palette, PyObject *name, PyObject *message)
{
    PyObject *type = attribute_text(palette, "type");
    PyObject *text = type == NULL ? NULL : attribute_text(palette, "message");
    PyObject *reset = text == NULL ? NULL : attribute_text(palette, "reset");
    PyObject *line = NULL;
    if (reset != NULL && PyUnicode_GET_LENGTH(message) == 0) {
        line = PyUnicode_FromFormat("%U%U%U\n", type, name, reset);
    }
    else if (reset != NULL) {
        line = PyUnicode_FromFormat("%U%U%U: %U%U%U\n", type, name, reset, text, message, reset);
    }
    Py_XDECREF(type);
    Py_XDECREF(text);
    Py_XDECREF(reset);
    return line;
}

static PyObject *
final_line(PyObject *name, PyObject *message, PyObject *palette)
{
    if (palette != NULL) {
        return coloured_final_line(palette, name, message);
    }
    if (PyUnicode_GET_LENGTH(message) == 0) {
        return PyUnicode_FromFormat("%U\n", name);
    }
    return PyUnicode_FromFormat("%U: %U\n", name, message);
}

/* Writes header, frames and final line of one exception.  1: done, 0: not plain, -1: error. */
static int
write_exception(struct writer *writer, struct lw_known_files *known, const struct lw_link *link,
                PyObject *traceback)
{
    struct lw_capture *self = writer->self;
    if (traceback != NULL && traceback != Py_None && PyList_Append(writer->out, self->header) < 0) {
        return -1;
    }
    PyObject *held = Py_NewRef(traceback == NULL ? Py_None : traceback);
    for (unsigned int i = 1; held != Py_None; i++) {
        PyTracebackObject *entry = (PyTracebackObject *)held;
        struct lw_raw_frame raw;
        int status = lw_read_entry(self, known, entry, &raw);
        if (status <= 0) {
            Py_DECREF(held);
            return status;
        }
        status = write_frame(writer, &raw);
        lw_raw_clear(&raw);
        if (status == 0 && i % SIGNAL_CHECK == 0) {
            status = PyErr_CheckSignals();
        }
        PyObject *next = entry->tb_next == NULL ? Py_None : (PyObject *)entry->tb_next;
        Py_INCREF(next);
        Py_SETREF(held, next);
        if (status < 0) {
            Py_DECREF(held);
            return -1;
        }
    }
    Py_DECREF(held);
    if (end_run(writer) < 0) {
        return -1;
    }
    Py_CLEAR(writer->last_code);
    PyObject *line = final_line(link->name, link->message, writer->palette);
    int status = line == NULL || PyList_Append(writer->out, line) < 0 ? -1 : 1;
    Py_XDECREF(line);
    return status;
}

static int
write_chain(struct writer *writer, const struct lw_exception_chain *chain, PyObject *traceback)
{
    struct lw_known_files known = {.count = 0};
    int status = 1;
    for (int i = chain->count - 1; i >= 0 && status > 0; i--) {
        const struct lw_link *link = &chain->link[i];
        PyObject *own = i == 0 ? Py_XNewRef(traceback) : PyException_GetTraceback(link->value);
        if (link->earlier != NULL && PyList_Append(writer->out, link->before) < 0) {
            status = -1;
        }
        else {
            status = write_exception(writer, &known, link, own);
        }
        Py_XDECREF(own);
    }
    lw_forget_files(&known);
    return status;
}

PyObject *
lw_format_exception(struct lw_capture *self, PyObject *value, PyObject *traceback,
                    PyObject *palette)
{
    struct writer writer = {.self = self, .palette = palette == Py_None ? NULL : palette};
    struct lw_exception_chain chain = {.count = 0};
    int status = lw_exception_chain_collect(self, &chain, value);
    if (status > 0) {
        status = lw_exception_chain_read_messages(self, &chain);
    }
    if (status > 0) {
        writer.out = PyList_New(0);
        status = writer.out == NULL ? -1 : write_chain(&writer, &chain, traceback);
    }
    close_writer(&writer);
    if (status <= 0) {
        Py_CLEAR(writer.out);
        writer.out = status < 0 ? NULL : lw_exception_chain_messages(&chain);
    }
    lw_exception_chain_drop(&chain);
    return writer.out;
}
