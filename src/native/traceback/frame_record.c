#include "traceback/frame_record.h"

#include <structmember.h>

#include "walker/linetable.h"

enum { CODE_UNIT = 2 }; /* bytes: an instruction without its inline caches */

/* A traceback made by a program may name an instruction that its code doesn't have. */
static int
line_of(PyCodeObject *code, int lasti)
{
    return lasti < Py_SIZE(code) * CODE_UNIT ? PyCode_Addr2Line(code, lasti) : -1;
}

/* Returns the line that a traceback's entry names, or else that of its instruction. */
static int
line_in_traceback(const struct lw_raw_frame *raw, int lasti)
{
    return raw->lineno != -1 ? raw->lineno : line_of(raw->code, lasti);
}

void
lw_raw_position(const struct lw_raw_frame *raw, struct lw_position *out)
{
    PyObject *table = raw->code->co_linetable;
    int found = 0;
    if (PyBytes_Check(table) && raw->lasti >= 0) {
        found = lw_linetable_find((const uint8_t *)PyBytes_AS_STRING(table),
                                  (size_t)PyBytes_GET_SIZE(table), raw->code->co_firstlineno,
                                  raw->lasti / CODE_UNIT, out);
    }
    if (!found) {
        *out = (struct lw_position){-1, -1, -1, -1};
    }
    if (raw->lasti == LW_LINE_ONLY) {
        out->line = raw->lineno;
    }
    else if (raw->lasti < LW_LINE_ONLY) {
        out->line = line_in_traceback(raw, lw_line_only(raw->lasti));
    }
    else if (out->line == -1) {
        out->line = line_in_traceback(raw, raw->lasti);
    }
    if (out->end_line == -1) {
        out->end_line = out->line;
    }
}

/* None for -1: the compiler recorded nothing.  A made-up traceback may have other negative lines. */
static PyObject *
number_or_none(int number)
{
    if (number == -1) {
        return Py_NewRef(Py_None);
    }
    return PyLong_FromLong(number);
}

/* Gives the record room for its fields, none of them set: 0, or -1 with an exception. */
static int
make_room(struct lw_frame_record *self)
{
    if (self->field == NULL) {
        self->field = PyMem_Calloc(LW_FIELD_COUNT, sizeof(*self->field));
    }
    if (self->field == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static int
settle(struct lw_frame_record *self)
{
    struct lw_raw_frame raw = {self->code, self->source, self->lasti, self->lineno};
    struct lw_position at;
    if (make_room(self) < 0) {
        return -1;
    }
    lw_raw_position(&raw, &at);

    const int numbers[4] = {at.line, at.end_line, at.column, at.end_column};
    PyObject *made[4];
    for (int i = 0; i < 4; i++) {
        made[i] = number_or_none(numbers[i]);
        if (made[i] == NULL) {
            while (i-- > 0) {
                Py_DECREF(made[i]);
            }
            return -1;
        }
    }
    self->code = NULL;
    self->field[LW_FILENAME] = Py_NewRef(raw.code->co_filename);
    self->field[LW_LINENO] = made[0];
    self->field[LW_END_LINENO] = made[1];
    self->field[LW_COLNO] = made[2];
    self->field[LW_END_COLNO] = made[3];
    self->field[LW_NAME] = Py_NewRef(raw.code->co_name);
    self->field[LW_LINES] = Py_NewRef(Py_None);
    self->field[LW_LINES_DEDENTED] = Py_NewRef(Py_None);
    self->field[LW_LOCALS] = Py_NewRef(Py_None);
    self->field[LW_CODE] = (PyObject *)raw.code;
    return 0;
}

static const char *const field_names[LW_FIELD_COUNT] = {
    "filename", "lineno", "end_lineno",      "colno",  "end_colno",
    "name",     "_lines", "_lines_dedented", "locals", "_code",
};

static PyObject *
get_field(PyObject *op, void *closure)
{
    struct lw_frame_record *self = (struct lw_frame_record *)op;
    Py_ssize_t index = (Py_ssize_t)(intptr_t)closure;
    if (self->code != NULL && index == LW_CODE) {
        return Py_NewRef((PyObject *)self->code);
    }
    if (self->code != NULL && settle(self) < 0) {
        return NULL;
    }
    PyObject *value = self->field == NULL ? NULL : self->field[index];
    if (value == NULL) {
        PyErr_Format(PyExc_AttributeError, "'%.200s' object has no attribute '%s'",
                     Py_TYPE(op)->tp_name, field_names[index]);
        return NULL;
    }
    return Py_NewRef(value);
}

/* The lines of a frame belong to its line numbers at capture: they are taken from the source before
 * those numbers change. */
static int
keep_lines(struct lw_frame_record *self)
{
    if (self->source == NULL || self->field[LW_LINES] != Py_None) {
        return 0;
    }
    PyObject *done = PyObject_CallMethod((PyObject *)self, "_set_lines", NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

static int
set_field(PyObject *op, PyObject *value, void *closure)
{
    struct lw_frame_record *self = (struct lw_frame_record *)op;
    Py_ssize_t index = (Py_ssize_t)(intptr_t)closure;
    if ((self->code != NULL ? settle(self) : make_room(self)) < 0) {
        return -1;
    }
    if ((index == LW_LINENO || index == LW_END_LINENO) && keep_lines(self) < 0) {
        return -1;
    }
    if (value == NULL && self->field[index] == NULL) {
        PyErr_SetString(PyExc_AttributeError, field_names[index]);
        return -1;
    }
    /* A raw record can't be part of a reference cycle; with a value of the user's it can. */
    if (value != NULL && !PyObject_GC_IsTracked(op)) {
        PyObject_GC_Track(op);
    }
    Py_XSETREF(self->field[index], Py_XNewRef(value));
    return 0;
}

static PyObject *
get_source(PyObject *op, void *Py_UNUSED(closure))
{
    PyObject *source = ((struct lw_frame_record *)op)->source;
    return Py_NewRef(source == NULL ? Py_None : source);
}

static int
set_source(PyObject *op, PyObject *value, void *Py_UNUSED(closure))
{
    struct lw_frame_record *self = (struct lw_frame_record *)op;
    if (value != NULL && value != Py_None && !PyList_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "_source must be a list of lines or None");
        return -1;
    }
    Py_XSETREF(self->source, value == Py_None ? NULL : Py_XNewRef(value));
    return 0;
}

static int
record_traverse(PyObject *op, visitproc visit, void *arg)
{
    struct lw_frame_record *self = (struct lw_frame_record *)op;
    Py_VISIT(Py_TYPE(op));
    for (int i = 0; self->field != NULL && i < LW_FIELD_COUNT; i++) {
        Py_VISIT(self->field[i]);
    }
    Py_VISIT(self->code);
    Py_VISIT(self->source);
    return 0;
}

static int
record_clear(PyObject *op)
{
    struct lw_frame_record *self = (struct lw_frame_record *)op;
    for (int i = 0; self->field != NULL && i < LW_FIELD_COUNT; i++) {
        Py_CLEAR(self->field[i]);
    }
    Py_CLEAR(self->code);
    Py_CLEAR(self->source);
    return 0;
}

static void
free_record(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    record_clear(op);
    PyMem_Free(((struct lw_frame_record *)op)->field);
    type->tp_free(op);
    Py_DECREF(type);
}

static void
record_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    if (Py_TYPE(op)->tp_dealloc != record_dealloc) { /* that of a subclass bounds the depth */
        free_record(op);
        return;
    }
    Py_TRASHCAN_BEGIN(op, record_dealloc); /* a field may hold another record, to any depth */
    free_record(op);
    Py_TRASHCAN_END;
}

#define FIELD(index, text) {text, get_field, set_field, NULL, (void *)(intptr_t)(index)}

static PyGetSetDef record_getset[] = {
    FIELD(LW_FILENAME, "filename"),
    FIELD(LW_LINENO, "lineno"),
    FIELD(LW_END_LINENO, "end_lineno"),
    FIELD(LW_COLNO, "colno"),
    FIELD(LW_END_COLNO, "end_colno"),
    FIELD(LW_NAME, "name"),
    FIELD(LW_LINES, "_lines"),
    FIELD(LW_LINES_DEDENTED, "_lines_dedented"),
    FIELD(LW_LOCALS, "locals"),
    FIELD(LW_CODE, "_code"),
    {"_source", get_source, set_source, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot record_slots[] = {
    {Py_tp_doc, "One frame, looked up in its code object when first read."},
    {Py_tp_new, PyType_GenericNew},
    {Py_tp_dealloc, record_dealloc},
    {Py_tp_traverse, record_traverse},
    {Py_tp_clear, record_clear},
    {Py_tp_getset, record_getset},
    {0, NULL},
};

PyType_Spec lw_frame_record_spec = {
    .name = "lastwords._native.FrameRecord",
    .basicsize = sizeof(struct lw_frame_record),
    .flags =
        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = record_slots,
};

PyObject *
lw_frame_record_from_raw(PyTypeObject *type, struct lw_raw_frame *raw)
{
    struct lw_frame_record *self = PyObject_GC_New(struct lw_frame_record, type);
    if (self == NULL) {
        lw_raw_clear(raw);
        return NULL;
    }
    self->field = NULL;
    self->code = raw->code;
    self->source = raw->source;
    raw->code = NULL;
    raw->source = NULL;
    self->lasti = raw->lasti;
    self->lineno = raw->lineno;
    return (PyObject *)self;
}
