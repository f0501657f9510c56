/* bind_hook.c: a hook that runs even at the recursion limit, and that tools don't trace.
 *
 * `sys.unraisablehook` is called whenever a finalizer fails, even at a depth at which the next
 * Python call raises RecursionError: a hook written in Python can't be entered there, and the
 * exception that it was called for is lost.  `Hook(function)` is called in C, which costs no depth,
 * and grants the function some levels more.
 *
 * The interpreter's own hooks are C functions: a profiler, tracer or monitoring tool that a program
 * has set does not see into them.  It does not see into a Hook either, except into what `traced()`
 * calls.
 *
 * Nothing can be raised from `sys.unraisablehook`.  An exception that a signal handler raises while
 * that runs is meant for the program: `Hook(function, True)` raises it when the hook has ended. */
#include <Python.h>
#include <stddef.h>
#include <structmember.h>

#include "bindings/bindings.h"
#include "traceback/contain.h"
#include "traceback/interpreter.h"

/* Levels granted: several times the number that printing an exception takes.  Python calls take little
 * of the C stack, and a thread gets the levels once, even if hooks call hooks. */
#define LW_HEADROOM 250

/* Hooks called within hooks of one thread, before its stack ends. */
#define LW_MOST_NESTED 1000

static _Thread_local int granted;  /* Hooks that run on this thread */
static _Thread_local int untraced; /* those of them that traced() has not suspended */

typedef struct {
    PyObject_HEAD PyObject *function;
    PyObject *attributes; /* those of the function by which a hook is known */
    PyObject *weak_references;
    vectorcallfunc vectorcall;
    char postpones; /* an exception of the function is raised after the hook has ended */
} lw_hook;

/* The interpreter calls it on the main thread, between two instructions. */
static int
raise_postponed(void *arg)
{
    PyObject *pair = arg;
    PyObject *error = PyTuple_GET_ITEM(pair, 0);
    unsigned long thread = PyLong_AsUnsignedLong(PyTuple_GET_ITEM(pair, 1));
    int status = 0;
    if (thread == PyThread_get_thread_ident()) {
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
        status = -1;
    }
    else { /* raised in another thread, to which only a class can be sent */
        (void)PyThreadState_SetAsyncExc(thread, (PyObject *)Py_TYPE(error));
    }
    Py_DECREF(pair);
    return status;
}

/* Takes the current exception, to raise it later; -1 if that is impossible, and the exception stays. */
static int
postpone(void)
{
    if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
        return -1; /* the main one would raise it; and no signal handler runs here */
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL) {
        PyException_SetTraceback(value, traceback);
    }
    PyObject *pair = Py_BuildValue("Ok", value, PyThread_get_thread_ident());
    if (pair == NULL || Py_AddPendingCall(raise_postponed, pair) < 0) {
        PyErr_Clear();
        Py_XDECREF(pair);
        PyErr_Restore(type, value, traceback);
        return -1;
    }
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return 0;
}

static PyObject *
hook_call(PyObject *self, PyObject *const *args, size_t count, PyObject *names)
{
    if (granted >= LW_MOST_NESTED) {
        PyErr_SetString(PyExc_RecursionError, "hooks are called within hooks without an end");
        return NULL;
    }
    /* The caller may hold no reference to the hook, and the function may replace the hook. */
    PyObject *function = Py_NewRef(((lw_hook *)self)->function);
    const int postpones = ((lw_hook *)self)->postpones;
    PyThreadState *tstate = PyThreadState_Get();
    int levels = granted ? 0 : LW_HEADROOM;
    granted += 1;
    untraced += 1;
    LW_REMAINING(tstate) += levels;
    PyThreadState_EnterTracing(tstate);
    PyObject *result = PyObject_Vectorcall(function, args, count, names);
    PyThreadState_LeaveTracing(tstate);
    LW_REMAINING(tstate) -= levels;
    untraced -= 1;
    granted -= 1;
    Py_DECREF(function);
    if (result == NULL && postpones && postpone() == 0) {
        return Py_NewRef(Py_None);
    }
    return result;
}

/* Calls args[0] as it would be called outside of all Hooks.  Their levels stay granted. */
static PyObject *
traced(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    (void)module;
    if (count < 1) {
        PyErr_SetString(PyExc_TypeError, "traced() needs a callable");
        return NULL;
    }
    PyThreadState *tstate = PyThreadState_Get();
    int hooks = untraced;
    untraced = 0;
    for (int n = 0; n < hooks; n++) {
        PyThreadState_LeaveTracing(tstate);
    }
    PyObject *result = PyObject_Vectorcall(args[0], args + 1, (size_t)(count - 1), names);
    for (int n = 0; n < hooks; n++) {
        PyThreadState_EnterTracing(tstate);
    }
    untraced = hooks;
    return result;
}

/* Returns a function's names and docstring as a dict, or NULL with an exception. */
static PyObject *
attributes_of(PyObject *function)
{
    static const char *const names[] = {"__name__", "__qualname__", "__module__", "__doc__"};
    PyObject *attributes = PyDict_New();
    for (size_t n = 0; attributes != NULL && n < sizeof names / sizeof names[0]; n++) {
        PyObject *value = PyObject_GetAttrString(function, names[n]);
        /* A callable of another kind may have none. */
        int status =
            value == NULL ? lw_contain() : PyDict_SetItemString(attributes, names[n], value);
        Py_XDECREF(value);
        if (status < 0) {
            Py_CLEAR(attributes);
        }
    }
    return attributes;
}

static PyObject *
hook_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *function;
    int postpones = 0;
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0) {
        PyErr_SetString(PyExc_TypeError, "Hook() takes no keyword arguments");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "O|p:Hook", &function, &postpones)) {
        return NULL;
    }
    /* Before the hook is made: the collector shows it to other code as soon as it exists. */
    PyObject *attributes = attributes_of(function);
    lw_hook *self = attributes == NULL ? NULL : (lw_hook *)type->tp_alloc(type, 0);
    if (self == NULL) {
        Py_XDECREF(attributes);
        return NULL;
    }
    self->function = Py_NewRef(function);
    self->attributes = attributes;
    self->vectorcall = hook_call;
    self->postpones = (char)postpones;
    return (PyObject *)self;
}

static int
hook_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((lw_hook *)self)->function);
    Py_VISIT(((lw_hook *)self)->attributes);
    return 0;
}

/* The function stays: a hook without it could not be called.  A cycle through it is broken at the
 * function. */
static int
hook_clear(PyObject *self)
{
    Py_CLEAR(((lw_hook *)self)->attributes);
    return 0;
}

static void
hook_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, hook_dealloc); /* hooks may hold hooks, to any depth */
    PyObject_ClearWeakRefs(self);
    Py_CLEAR(((lw_hook *)self)->function);
    (void)hook_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
    Py_TRASHCAN_END;
}

static PyObject *
hook_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<lastwords hook %R>", ((lw_hook *)self)->function);
}

/* A hook is pickled and copied as a function is: by its name, as itself. */
static PyObject *
hook_reduce(PyObject *self, PyObject *ignored)
{
    (void)ignored;
    return PyObject_GetAttrString(self, "__qualname__");
}

static PyMethodDef hook_methods[] = {
    {"__reduce__", hook_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef hook_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef hook_members[] = {
    {"__wrapped__", T_OBJECT_EX, offsetof(lw_hook, function), READONLY, NULL},
    {"__dictoffset__", T_PYSSIZET, offsetof(lw_hook, attributes), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(lw_hook, weak_references), READONLY, NULL},
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(lw_hook, vectorcall), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot hook_slots[] = {
    {Py_tp_doc, "Hook(function, postpone=False, /)\n--\n\nCall it untraced, with more levels."},
    {Py_tp_new, hook_new},
    {Py_tp_traverse, hook_traverse},
    {Py_tp_clear, hook_clear},
    {Py_tp_dealloc, hook_dealloc},
    {Py_tp_repr, hook_repr},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_methods, hook_methods},
    {Py_tp_getset, hook_getset},
    {Py_tp_members, hook_members},
    {0, NULL},
};

static PyType_Spec hook_spec = {
    .name = "lastwords._native.Hook",
    .basicsize = sizeof(lw_hook),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = hook_slots,
};

/* Calls the function that `before` returns, then `after`: `self` is the pair of them. */
static PyObject *
around_call(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    PyObject *result = NULL;
    Py_INCREF(self); /* the caller may hold no reference, and the callables may drop the last one */
    PyObject *function = PyObject_Vectorcall(PyTuple_GET_ITEM(self, 0), args, (size_t)count, NULL);
    if (function != NULL) {
        result = PyObject_Vectorcall(function, args, (size_t)count, NULL);
        Py_DECREF(function);
    }
    if (result != NULL) {
        PyObject *done = PyObject_Vectorcall(PyTuple_GET_ITEM(self, 1), args, (size_t)count, NULL);
        if (done == NULL) {
            Py_CLEAR(result);
        }
        Py_XDECREF(done);
    }
    Py_DECREF(self);
    return result;
}

static PyMethodDef around_definition = {
    "around", (PyCFunction)(void (*)(void))around_call, METH_FASTCALL,
    "around(*args)\n--\n\nCall what before(*args) returns, then after(*args)."};

static PyObject *
around(PyObject *module, PyObject *args)
{
    PyObject *before, *after;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO:around", &before, &after)) {
        return NULL;
    }
    return PyCFunction_New(&around_definition, args);
}

static PyMethodDef functions[] = {
    {"around", around, METH_VARARGS,
     "around(before, after, /)\n--\n\nReturn a callable with no frame of its own."},
    {"traced", (PyCFunction)(void (*)(void))traced, METH_FASTCALL | METH_KEYWORDS,
     "traced(callable, /, *args, **kwargs)\n--\n\nCall as if outside of every Hook."},
    {NULL, NULL, 0, NULL},
};

int
lw_bind_hook(PyObject *module)
{
    if (PyModule_AddFunctions(module, functions) < 0) {
        return -1;
    }
    PyObject *type = PyType_FromModuleAndSpec(module, &hook_spec, NULL);
    if (type == NULL) {
        return -1;
    }
    int status = PyModule_AddObjectRef(module, "Hook", type);
    Py_DECREF(type);
    return status;
}
