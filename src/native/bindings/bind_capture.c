/* bind_capture.c: the room `traceback` as Python functions and types; the state of the module. */
#include <Python.h>

#include "bindings/bindings.h"
#include "traceback/capture.h"
#include "traceback/contain.h"
#include "traceback/format.h"
#include "traceback/source_lines.h"

static PyObject *
intern(const char *text)
{
    return PyUnicode_InternFromString(text);
}

/* Keeps all arguments ever given: a call under way may still use those that the next call replaces. */
static int
keep(struct lw_capture *self, PyObject *args)
{
    PyObject *earlier = self->given == NULL ? Py_None : self->given;
    PyObject *given = PyTuple_Pack(2, earlier, args);
    if (given == NULL) {
        return -1;
    }
    Py_XSETREF(self->given, given);
    return 0;
}

static int
are_our_classes(struct lw_capture *self, PyObject *classes)
{
    if (PyTuple_GET_SIZE(classes) != LW_WATCHED_CLASSES) {
        return 0;
    }
    for (int i = 0; i < LW_WATCHED_CLASSES; i++) {
        if (!PyType_Check(PyTuple_GET_ITEM(classes, i))) {
            return 0;
        }
    }
    PyTypeObject *frame = (PyTypeObject *)PyTuple_GET_ITEM(classes, 0);
    PyTypeObject *stack = (PyTypeObject *)PyTuple_GET_ITEM(classes, 1);
    return PyType_IsSubtype(frame, self->frame_record_type) &&
           frame->tp_basicsize == self->frame_record_type->tp_basicsize &&
           PyType_IsSubtype(stack, &PyList_Type);
}

PyDoc_STRVAR(
    configure_doc,
    "configure(classes, render, refresh, pristine, header, cause, context, /)\n--\n\n"
    "Give the fast ways what they need: (FrameSummary, StackSummary, TracebackException,\n"
    "_ExceptionPrintContext), the function that renders a frame, the one that finds a file's\n"
    "lines, the one that says whether the classes are as they were, and three messages.");

static PyObject *
configure(PyObject *module, PyObject *args)
{
    struct lw_capture *self = PyModule_GetState(module);
    PyObject *classes, *render, *refresh, *pristine, *header, *cause, *context;
    if (!PyArg_ParseTuple(args, "O!OOOUUU", &PyTuple_Type, &classes, &render, &refresh, &pristine,
                          &header, &cause, &context)) {
        return NULL;
    }
    if (!are_our_classes(self, classes)) {
        PyErr_SetString(PyExc_TypeError, "configure() wants the four classes");
        return NULL;
    }
    if (keep(self, args) < 0) {
        return NULL;
    }
    for (int i = 0; i < LW_WATCHED_CLASSES; i++) {
        self->watched_class[i] = (PyTypeObject *)PyTuple_GET_ITEM(classes, i);
        self->class_version[i] = 0;
    }
    self->render = render;
    self->refresh = refresh;
    self->pristine = pristine;
    self->header = header;
    self->cause_message = cause;
    self->context_message = context;
    self->stack_type = self->watched_class[1];
    self->frame_type = self->watched_class[0];
    Py_RETURN_NONE;
}

PyDoc_STRVAR(watch_doc,
             "watch(linecache_names, typed_sources, frozen_prefix, names, /)\n--\n\n"
             "Trust linecache while each (dict, name) still has the value given:\n"
             "names is a tuple of (dict, name, value).  typed_sources (a dict) and frozen_prefix\n"
             "(of file names) say which code without a file may have a source, or are None.");

static PyObject *
watch(PyObject *module, PyObject *args)
{
    struct lw_capture *self = PyModule_GetState(module);
    struct lw_watched_name watched[LW_WATCHED_NAMES];
    PyObject *linecache_names, *typed_sources, *frozen_prefix, *names;
    if (!PyArg_ParseTuple(args, "O!OOO!", &PyDict_Type, &linecache_names, &typed_sources,
                          &frozen_prefix, &PyTuple_Type, &names)) {
        return NULL;
    }
    if ((typed_sources != Py_None && !PyDict_Check(typed_sources)) ||
        (frozen_prefix != Py_None && !PyUnicode_Check(frozen_prefix))) {
        PyErr_SetString(PyExc_TypeError, "watch() wants a dict and a str, or None");
        return NULL;
    }
    Py_ssize_t count = PyTuple_GET_SIZE(names);
    if (count > LW_WATCHED_NAMES) {
        PyErr_SetString(PyExc_ValueError, "watch() takes a few names");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!PyArg_ParseTuple(PyTuple_GET_ITEM(names, i), "O!UO", &PyDict_Type, &watched[i].names,
                              &watched[i].name, &watched[i].value)) {
            return NULL;
        }
    }
    if (keep(self, args) < 0) {
        return NULL;
    }
    memcpy(self->watched_name, watched, (size_t)count * sizeof(watched[0]));
    self->watched_names = (int)count;
    self->linecache_names = linecache_names;
    self->typed_sources = typed_sources == Py_None ? NULL : typed_sources;
    self->frozen_prefix = frozen_prefix == Py_None ? NULL : frozen_prefix;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(contain_with_doc,
             "contain_with(pass_on, /)\n--\n\n"
             "Take the function that raises an exception again if a signal handler raised it.");

static PyObject *
contain_with(PyObject *Py_UNUSED(module), PyObject *pass_on)
{
    if (lw_contain_with(pass_on) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* 1: go on; 0: Python must do it; -1: error. */
static int
may_go_fast(struct lw_capture *self, PyObject *traceback)
{
    if (traceback != Py_None && !PyTraceBack_Check(traceback)) {
        return 0;
    }
    return lw_capture_usable(self);
}

/* KnownFiles: the files that one capture has confirmed, for the other exceptions of a chain. */
struct known_files_object {
    PyObject_HEAD struct lw_known_files known;
};

static void
known_files_dealloc(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    lw_forget_files(&((struct known_files_object *)op)->known);
    type->tp_free(op);
    Py_DECREF(type);
}

static PyType_Slot known_files_slots[] = {
    {Py_tp_doc, "KnownFiles()\n--\n\nThe files that the captures of one moment have confirmed."},
    {Py_tp_new, PyType_GenericNew},
    {Py_tp_dealloc, known_files_dealloc},
    {0, NULL},
};

static PyType_Spec known_files_spec = {
    .name = "lastwords._native.KnownFiles",
    .basicsize = sizeof(struct known_files_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = known_files_slots,
};

PyDoc_STRVAR(capture_doc, "capture(traceback, skip, most, known, /)\n--\n\n"
                          "Return frames skip to most of a traceback as a StackSummary, or None.\n"
                          "known: a KnownFiles that the captures of one moment share, or None.");

static PyObject *
capture(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    struct lw_capture *self = PyModule_GetState(module);
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "capture() takes 4 arguments");
        return NULL;
    }
    Py_ssize_t skip = PyLong_AsSsize_t(args[1]);
    Py_ssize_t most = PyLong_AsSsize_t(args[2]);
    if (PyErr_Occurred()) {
        return NULL;
    }
    int usable = may_go_fast(self, args[0]);
    if (usable <= 0) {
        return usable < 0 ? NULL : Py_NewRef(Py_None);
    }
    if (Py_IS_TYPE(args[3], self->known_files_type)) {
        return lw_capture_traceback(self, &((struct known_files_object *)args[3])->known, args[0],
                                    skip, most);
    }
    struct lw_known_files known = {.count = 0};
    PyObject *frames = lw_capture_traceback(self, &known, args[0], skip, most);
    lw_forget_files(&known);
    return frames;
}

PyDoc_STRVAR(capture_iterator_doc,
             "capture_iterator(iterator, most, /)\n--\n\n"
             "Return what a FrameIterator still has as a StackSummary, at most `most`\n"
             "frames, or None.");

static PyObject *
capture_iterator(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    struct lw_capture *self = PyModule_GetState(module);
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "capture_iterator() takes 2 arguments");
        return NULL;
    }
    Py_ssize_t most = PyLong_AsSsize_t(args[1]);
    if (most == -1 && PyErr_Occurred()) {
        return NULL;
    }
    int usable = Py_IS_TYPE(args[0], self->frame_iterator_type) ? lw_capture_usable(self) : 0;
    if (usable <= 0) {
        return usable < 0 ? NULL : Py_NewRef(Py_None);
    }
    return lw_capture_iterator(self, (struct lw_frame_iterator *)args[0], most);
}

PyDoc_STRVAR(format_stack_doc, "format_stack(frames, palette, /)\n--\n\n"
                               "Return the text of a StackSummary as a list of str, or None when\n"
                               "a frame isn't as it was captured.");

static PyObject *
format_stack(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    struct lw_capture *self = PyModule_GetState(module);
    if (count != 2 || !PyList_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "format_stack() takes a list and a palette");
        return NULL;
    }
    int usable = lw_capture_usable(self);
    if (usable <= 0 || !Py_IS_TYPE(args[0], self->stack_type)) {
        return usable < 0 ? NULL : Py_NewRef(Py_None);
    }
    return lw_format_stack(self, args[0], args[1]);
}

PyDoc_STRVAR(
    format_exception_doc,
    "format_exception(value, traceback, palette, /)\n--\n\n"
    "Return the whole text of an exception and its chain as a list of str, or None when\n"
    "something about it needs more than that; then, if messages have been read already, a\n"
    "dict of (exception, message) by id().");

static PyObject *
format_exception(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    struct lw_capture *self = PyModule_GetState(module);
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "format_exception() takes 3 arguments");
        return NULL;
    }
    PyObject *limit = PySys_GetObject("tracebacklimit"); /* borrowed */
    if (limit != NULL && limit != Py_None) {
        Py_RETURN_NONE;
    }
    int usable = may_go_fast(self, args[1]);
    if (usable <= 0) {
        return usable < 0 ? NULL : Py_NewRef(Py_None);
    }
    return lw_format_exception(self, args[0], args[1], args[2]);
}

PyDoc_STRVAR(classes_are_ours_doc,
             "classes_are_ours()\n--\n\n"
             "Return whether the classes given to configure() are as they were then.");

static PyObject *
classes_are_ours(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    int usable = lw_capture_usable(PyModule_GetState(module));
    return usable < 0 ? NULL : PyBool_FromLong(usable);
}

PyDoc_STRVAR(forget_doc, "forget()\n--\n\nDrop every remembered text of a frame.");

static PyObject *
forget(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    struct lw_capture *self = PyModule_GetState(module);
    if (self->memo != NULL) {
        lw_memo_forget(self->memo);
    }
    Py_RETURN_NONE;
}

static PyMethodDef capture_methods[] = {
    {"configure", configure, METH_VARARGS, configure_doc},
    {"watch", watch, METH_VARARGS, watch_doc},
    {"contain_with", contain_with, METH_O, contain_with_doc},
    {"capture", (PyCFunction)(void (*)(void))capture, METH_FASTCALL, capture_doc},
    {"capture_iterator", (PyCFunction)(void (*)(void))capture_iterator, METH_FASTCALL,
     capture_iterator_doc},
    {"format_stack", (PyCFunction)(void (*)(void))format_stack, METH_FASTCALL, format_stack_doc},
    {"format_exception", (PyCFunction)(void (*)(void))format_exception, METH_FASTCALL,
     format_exception_doc},
    {"classes_are_ours", classes_are_ours, METH_NOARGS, classes_are_ours_doc},
    {"forget", forget, METH_NOARGS, forget_doc},
    {NULL, NULL, 0, NULL},
};

/* Makes a type and adds it to the module.  Returns a new reference, or NULL with an exception. */
static PyTypeObject *
add_type(PyObject *module, PyType_Spec *spec)
{
    PyTypeObject *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
    if (type != NULL && PyModule_AddType(module, type) < 0) {
        Py_CLEAR(type);
    }
    return type;
}

int
lw_bind_capture(PyObject *module)
{
    struct lw_capture *self = PyModule_GetState(module);
    self->frame_record_type = add_type(module, &lw_frame_record_spec);
    self->frame_iterator_type = add_type(module, &lw_frame_iterator_spec);
    self->known_files_type = add_type(module, &known_files_spec);
    if (self->frame_record_type == NULL || self->frame_iterator_type == NULL ||
        self->known_files_type == NULL) {
        return -1;
    }
    self->no_lines = PyList_New(0);
    if (self->no_lines == NULL) {
        return -1;
    }
    self->memo = lw_memo_pool_new();
    if (self->memo == NULL) {
        PyErr_Clear(); /* slower without, with the same text */
    }
    const struct {
        PyObject **slot;
        const char *text;
    } names[] = {
        {&self->str_cache, "cache"},
        {&self->str_cause, "__cause__"},
        {&self->str_context, "__context__"},
        {&self->str_suppress, "__suppress_context__"},
        {&self->str_notes, "__notes__"},
        {&self->str_module, "__module__"},
        {&self->str_traceback, "__traceback__"},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        *names[i].slot = intern(names[i].text);
        if (*names[i].slot == NULL) {
            return -1;
        }
    }
    return PyModule_AddFunctions(module, capture_methods);
}

int
lw_capture_traverse(PyObject *module, visitproc visit, void *arg)
{
    struct lw_capture *self = PyModule_GetState(module);
    if (self == NULL) { /* the module was never executed */
        return 0;
    }
    Py_VISIT(self->frame_record_type);
    Py_VISIT(self->frame_iterator_type);
    Py_VISIT(self->known_files_type);
    Py_VISIT(self->given);
    Py_VISIT(self->no_lines);
    return 0;
}

int
lw_capture_clear(PyObject *module)
{
    struct lw_capture *self = PyModule_GetState(module);
    if (self == NULL) {
        return 0;
    }
    self->frame_type = NULL; /* nothing is usable from here on */
    self->watched_names = 0;
    Py_CLEAR(self->given);
    Py_CLEAR(self->frame_record_type);
    Py_CLEAR(self->frame_iterator_type);
    Py_CLEAR(self->known_files_type);
    Py_CLEAR(self->no_lines);
    Py_CLEAR(self->str_cache);
    Py_CLEAR(self->str_cause);
    Py_CLEAR(self->str_context);
    Py_CLEAR(self->str_suppress);
    Py_CLEAR(self->str_notes);
    Py_CLEAR(self->str_module);
    Py_CLEAR(self->str_traceback);
    if (self->memo != NULL) {
        lw_memo_pool_release(self->memo);
        self->memo = NULL;
    }
    return 0;
}
