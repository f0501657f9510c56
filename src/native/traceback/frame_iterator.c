#include "traceback/frame_iterator.h"

#include "walker/linetable.h"

PyFrameObject *
lw_frame_iterator_read(PyObject *at, struct lw_raw_frame *raw)
{
    PyFrameObject *frame;
    if (PyTraceBack_Check(at)) {
        PyTracebackObject *entry = (PyTracebackObject *)at;
        frame = entry->tb_frame;
        raw->lasti = lw_line_only(lw_lasti_of(entry));
        raw->lineno = entry->tb_lineno;
    }
    else { /* it may be running: its line now, not its instruction */
        frame = (PyFrameObject *)at;
        raw->lasti = LW_LINE_ONLY;
        raw->lineno = PyFrame_GetLineNumber(frame);
    }
    Py_INCREF(frame);
    raw->code = PyFrame_GetCode(frame);
    return frame;
}

int
lw_frame_iterator_advance(struct lw_frame_iterator *iterator, PyObject *at)
{
    PyObject *next;
    if (PyTraceBack_Check(at)) {
        next = Py_XNewRef((PyObject *)((PyTracebackObject *)at)->tb_next);
    }
    else {
        next = (PyObject *)PyFrame_GetBack((PyFrameObject *)at);
    }
    if (iterator->next != at) {
        Py_XDECREF(next);
        return 0;
    }
    Py_XSETREF(iterator->next, next);
    return 1;
}

static PyObject *
iterator_next(PyObject *op)
{
    struct lw_frame_iterator *self = (struct lw_frame_iterator *)op;
    if (self->next == NULL) {
        return NULL;
    }
    struct lw_raw_frame raw = {NULL, NULL, 0, 0};
    struct lw_position at;
    PyObject *here = Py_NewRef(self->next);
    PyFrameObject *frame = lw_frame_iterator_read(here, &raw);
    lw_raw_position(&raw, &at);
    lw_raw_clear(&raw);
    PyObject *number = at.line == -1 ? Py_NewRef(Py_None) : PyLong_FromLong(at.line);
    PyObject *pair = number == NULL ? NULL : PyTuple_Pack(2, frame, number);
    Py_XDECREF(number);
    Py_DECREF(frame);
    if (pair != NULL) {
        (void)lw_frame_iterator_advance(self, here);
    }
    Py_DECREF(here);
    return pair;
}

static PyObject *
iterator_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *start;
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0) {
        PyErr_SetString(PyExc_TypeError, "FrameIterator() takes no keyword arguments");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "O", &start)) {
        return NULL;
    }
    if (start != Py_None && !PyTraceBack_Check(start) && !PyFrame_Check(start)) {
        PyErr_SetString(PyExc_TypeError, "FrameIterator() wants a traceback, a frame or None");
        return NULL;
    }
    struct lw_frame_iterator *self = (struct lw_frame_iterator *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->next = start == Py_None ? NULL : Py_NewRef(start);
    }
    return (PyObject *)self;
}

static int
iterator_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(op));
    Py_VISIT(((struct lw_frame_iterator *)op)->next);
    return 0;
}

static int
iterator_clear(PyObject *op)
{
    Py_CLEAR(((struct lw_frame_iterator *)op)->next);
    return 0;
}

static void
iterator_dealloc(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    PyObject_GC_UnTrack(op);
    (void)iterator_clear(op);
    type->tp_free(op);
    Py_DECREF(type);
}

static PyType_Slot iterator_slots[] = {
    {Py_tp_doc, "FrameIterator(start)\n--\n\nIterate over (frame, line number)."},
    {Py_tp_new, iterator_new},
    {Py_tp_dealloc, iterator_dealloc},
    {Py_tp_traverse, iterator_traverse},
    {Py_tp_clear, iterator_clear},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, iterator_next},
    {0, NULL},
};

PyType_Spec lw_frame_iterator_spec = {
    .name = "lastwords._native.FrameIterator",
    .basicsize = sizeof(struct lw_frame_iterator),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = iterator_slots,
};
