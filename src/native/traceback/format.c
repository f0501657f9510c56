#include "traceback/contain.h"
#include "traceback/frame_text.h"
#include "walker/linetable.h"
#include "traceback/lookup.h"
#include "traceback/source_lines.h"

enum {
    CUTOFF = 3,             /* a repeated frame is printed this many times */
    MOST_LINKS = 32,        /* a longer chain of exceptions goes the Python way */
    SIGNAL_CHECK = 1 << 12, /* frames between two looks at whether the program was interrupted */
};

/* The text under way: a list of strings, and the run of equal frames that is being counted. */
struct writer {
    struct lw_capture *self;
    PyObject *out;
    PyObject *palette; /* NULL: plain */
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
    if (last == NULL || line < 0 || line != writer->last_line) {
        return 0;
    }
    if (last == code) {
        return 1;
    }
    return PyUnicode_Compare(last->co_name, code->co_name) == 0 &&
           PyUnicode_Compare(last->co_filename, code->co_filename) == 0;
}

static PyObject *
render_in_python(struct writer *writer, const struct lw_raw_frame *raw)
{
    struct lw_capture *self = writer->self;
    PyObject *record = lw_frame_record_from_raw(self->frame_type, raw);
    if (record == NULL) {
        return NULL;
    }
    PyObject *text = PyObject_CallFunctionObjArgs(
        self->render, record, writer->palette == NULL ? Py_None : writer->palette, NULL);
    Py_DECREF(record);
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
    PyObject *text = writer->palette == NULL ? lw_frame_text(raw) : NULL;
    if (text == NULL) {
        text = render_in_python(writer, raw);
    }
    if (text != NULL && writer->self->memo != NULL) {
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
        int plain =
            Py_IS_TYPE(item, self->frame_type) && record->code != NULL && record->source != NULL;
        int status = 0;
        if (plain) {
            struct lw_raw_frame raw = {record->code, record->source, record->lasti, record->lineno};
            /* The record may settle while it is rendered: keep what it was made of. */
            Py_INCREF(raw.code);
            Py_INCREF(raw.source);
            status = write_frame(&writer, &raw);
            lw_raw_clear(&raw);
        }
        Py_DECREF(item);
        if (!plain || status < 0) {
            close_writer(&writer);
            Py_DECREF(writer.out);
            return plain ? NULL : Py_NewRef(Py_None);
        }
    }
    int status = end_run(&writer);
    close_writer(&writer);
    if (status < 0) {
        Py_CLEAR(writer.out);
    }
    return writer.out;
}

/* Is there anything about the class that only Python code can tell? */
static int
is_plain_class(struct lw_capture *self, PyTypeObject *type)
{
    static PyObject *const *const special[] = {
        &PyExc_SyntaxError,    &PyExc_ImportError,        &PyExc_NameError,
        &PyExc_AttributeError, &PyExc_BaseExceptionGroup,
    };
    if (!Py_IS_TYPE((PyObject *)type, &PyType_Type)) {
        return 0;
    }
    for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
        if (PyType_IsSubtype(type, (PyTypeObject *)*special[i])) {
            return 0;
        }
    }
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        return 1;
    }
    PyTypeObject *base = (PyTypeObject *)PyExc_BaseException;
    PyObject *const names[] = {self->str_cause, self->str_context, self->str_suppress,
                               self->str_traceback};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (_PyType_Lookup(type, names[i]) != _PyType_Lookup(base, names[i])) {
            return 0;
        }
    }
    return type->tp_getattro == base->tp_getattro && _PyType_Lookup(type, self->str_notes) == NULL;
}

/* Says whether the exception has notes, in the one place where a plain class can have them; also if
 * that can't be told, with an exception. */
static int
has_notes(struct lw_capture *self, PyObject *value)
{
    PyObject *names = ((PyBaseExceptionObject *)value)->dict;
    PyObject *notes = names == NULL ? NULL : lw_lookup(names, self->str_notes);
    Py_XDECREF(notes);
    return notes != NULL || PyErr_Occurred();
}

/* Returns the class's name as it is printed, or NULL: there is no module, or an odd one. */
static PyObject *
printed_name(struct lw_capture *self, PyTypeObject *type)
{
    PyObject *module = PyObject_GetAttr((PyObject *)type, self->str_module);
    if (module == NULL) {
        return NULL;
    }
    PyObject *name = NULL;
    if (PyUnicode_CheckExact(module)) {
        name = PyType_GetQualName(type);
        if (name != NULL && PyUnicode_CompareWithASCIIString(module, "builtins") != 0 &&
            PyUnicode_CompareWithASCIIString(module, "__main__") != 0) {
            Py_SETREF(name, PyUnicode_FromFormat("%U.%U", module, name));
        }
    }
    Py_DECREF(module);
    return name;
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

/* Returns what the exception says of itself, a note in its place if that fails, or NULL with what a
 * signal handler raised meanwhile. */
static PyObject *
message_of(PyObject *value)
{
    PyObject *message = PyObject_Str(value);
    if (message == NULL && lw_contain() == 0) {
        message = PyUnicode_FromString("<exception str() failed>");
    }
    return message;
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

/* An exception of a chain: it and what is printed of it, all owned. */
struct link {
    PyObject *value;
    PyObject *name;    /* of its class */
    PyObject *message; /* NULL: not asked yet */
    PyObject *earlier; /* its cause, or the context that is printed; NULL: none */
    PyObject *before;  /* borrowed: what stands between that and this one */
};

/* Writes header, frames and final line of one exception.  1: done, 0: not plain, -1: error. */
static int
write_exception(struct writer *writer, struct lw_known_files *known, const struct link *link,
                PyObject *traceback)
{
    struct lw_capture *self = writer->self;
    if (traceback != NULL && traceback != Py_None && PyList_Append(writer->out, self->header) < 0) {
        return -1;
    }
    PyObject *held = Py_NewRef(traceback == NULL ? Py_None : traceback);
    for (Py_ssize_t i = 1; held != Py_None; i++) {
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

/* The exceptions of a chain, the last one first. */
struct chain {
    int count;
    struct link link[MOST_LINKS];
};

static int
was_seen(const struct chain *chain, PyObject *value)
{
    for (int i = 0; i < chain->count; i++) {
        if (chain->link[i].value == value) {
            return 1;
        }
    }
    return 0;
}

/* Returns the exception that is printed before this one (new reference) and sets `before` to what
 * stands between them; NULL: there is none. */
static PyObject *
earlier_one(struct lw_capture *self, const struct chain *chain, PyObject *value, PyObject **before)
{
    PyObject *earlier = PyException_GetCause(value);
    *before = self->cause_message;
    if (earlier != NULL && !was_seen(chain, earlier)) {
        return earlier;
    }
    Py_CLEAR(earlier);
    if (!((PyBaseExceptionObject *)value)->suppress_context) {
        earlier = PyException_GetContext(value);
        *before = self->context_message;
        if (earlier != NULL && was_seen(chain, earlier)) {
            Py_CLEAR(earlier);
        }
    }
    return earlier;
}

/* Returns the name of the class as it is printed, or NULL, perhaps with an exception: only Python can
 * tell what there is to print. */
static PyObject *
name_if_plain(struct lw_capture *self, PyObject *value)
{
    PyTypeObject *type =
        (PyTypeObject *)Py_NewRef(Py_TYPE(value)); /* a key's comparison may set it */
    PyObject *name = NULL;
    if (is_plain_class(self, type) && !has_notes(self, value)) {
        name = printed_name(self, type);
    }
    Py_DECREF(type);
    return name;
}

/* Follows causes and contexts, and asks nothing of the user's.  1: the chain is plain, 0: it isn't,
 * -1: error. */
static int
collect_chain(struct lw_capture *self, struct chain *chain, PyObject *value)
{
    while (value != NULL) {
        if (chain->count == MOST_LINKS || !PyExceptionInstance_Check(value)) {
            return 0;
        }
        struct link *link = &chain->link[chain->count];
        *link = (struct link){.name = name_if_plain(self, value)};
        if (link->name == NULL) {
            return lw_contain();
        }
        chain->count++;
        link->value = Py_NewRef(value);
        link->earlier = earlier_one(self, chain, value, &link->before);
        value = link->earlier;
    }
    return 1;
}

/* Asks each exception for its message, the last one first, as captures do.  1: done, 0: a message is
 * no plain string, or asking changed the chain, -1: error. */
static int
ask_messages(struct lw_capture *self, struct chain *chain)
{
    for (int i = 0; i < chain->count; i++) {
        struct link *link = &chain->link[i];
        link->message = message_of(link->value);
        if (link->message == NULL) {
            return -1;
        }
        PyObject *before;
        const int all = chain->count;
        chain->count = i + 1; /* as it was when this link was added */
        PyObject *earlier = earlier_one(self, chain, link->value, &before);
        chain->count = all;
        Py_XDECREF(earlier);
        if (!PyUnicode_CheckExact(link->message) || earlier != link->earlier ||
            (earlier != NULL && before != link->before) || has_notes(self, link->value)) {
            return lw_contain();
        }
    }
    return 1;
}

static int
write_chain(struct writer *writer, const struct chain *chain, PyObject *traceback)
{
    struct lw_known_files known = {.count = 0};
    int status = 1;
    for (int i = chain->count - 1; i >= 0 && status > 0; i--) {
        const struct link *link = &chain->link[i];
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

/* Returns the messages that were asked, by the address of their exception, as Python's id() gives it;
 * None if none was. */
static PyObject *
asked_messages(const struct chain *chain)
{
    PyObject *asked = NULL;
    for (int i = 0; i < chain->count && chain->link[i].message != NULL; i++) {
        if (asked == NULL) {
            asked = PyDict_New();
        }
        PyObject *id = asked == NULL ? NULL : PyLong_FromVoidPtr(chain->link[i].value);
        int failed = id == NULL || PyDict_SetItem(asked, id, chain->link[i].message) < 0;
        Py_XDECREF(id);
        if (failed) {
            Py_XDECREF(asked);
            return NULL;
        }
    }
    return asked == NULL ? Py_NewRef(Py_None) : asked;
}

static void
drop_chain(struct chain *chain)
{
    for (int i = 0; i < chain->count; i++) {
        Py_XDECREF(chain->link[i].value);
        Py_XDECREF(chain->link[i].name);
        Py_XDECREF(chain->link[i].message);
        Py_XDECREF(chain->link[i].earlier);
    }
}

PyObject *
lw_format_exception(struct lw_capture *self, PyObject *value, PyObject *traceback,
                    PyObject *palette)
{
    struct writer writer = {.self = self, .palette = palette == Py_None ? NULL : palette};
    struct chain chain = {.count = 0};
    int status = collect_chain(self, &chain, value);
    if (status > 0) {
        status = ask_messages(self, &chain);
    }
    if (status > 0) {
        writer.out = PyList_New(0);
        status = writer.out == NULL ? -1 : write_chain(&writer, &chain, traceback);
    }
    close_writer(&writer);
    if (status <= 0) {
        Py_CLEAR(writer.out);
        writer.out = status < 0 ? NULL : asked_messages(&chain);
    }
    drop_chain(&chain);
    return writer.out;
}
