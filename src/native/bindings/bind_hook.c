/* bind_hook.c: a hook that can still run where the stack ends.
 *
 * `sys.unraisablehook` is called wherever a finalizer fails, at the very depth where the next call
 * is a RecursionError too: a hook written in Python then can't be entered, and the exception it was
 * called for is lost.  `Hook(function)` is called in C, which costs no depth, and grants the
 * function some levels more. */
#include <Python.h>
#include <stddef.h>
#include <structmember.h>

#include "bindings/bindings.h"

/* Levels granted: what printing an exception takes, several times over.  Python calls take little
 * of the C stack, and a thread gets them once, however often hooks call hooks. */
#define LW_HEADROOM 250

#if PY_VERSION_HEX >= 0x030c0000
#define LW_REMAINING(tstate) ((tstate)->py_recursion_remaining)
#else
#define LW_REMAINING(tstate) ((tstate)->recursion_remaining)
#endif

static _Thread_local int granted;

typedef struct {
    PyObject_HEAD PyObject *function;
    vectorcallfunc vectorcall;
} lw_hook;

static PyObject *
hook_call(PyObject *self, PyObject *const *args, size_t count, PyObject *names)
{
    PyObject *function = Py_NewRef(((lw_hook *)self)->function); /* it may replace the hook */
    PyThreadState *tstate = PyThreadState_Get();
    int levels = granted ? 0 : LW_HEADROOM;
    granted += 1;
    LW_REMAINING(tstate) += levels;
    PyObject *result = PyObject_Vectorcall(function, args, count, names);
    LW_REMAINING(tstate) -= levels;
    granted -= 1;
    Py_DECREF(function);
    return result;
}

static PyObject *
hook_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *function;
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0) {
        PyErr_SetString(PyExc_TypeError, "Hook() takes no keyword arguments");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "O:Hook", &function)) {
        return NULL;
    }
    lw_hook *self = (lw_hook *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->function = Py_NewRef(function);
        self->vectorcall = hook_call;
    }
    return (PyObject *)self;
}

static int
hook_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((lw_hook *)self)->function);
    return 0;
}

/* No tp_clear: a hook without its function could not be called; a cycle through it is broken at
 * the function. */
static void
hook_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_CLEAR(((lw_hook *)self)->function);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
hook_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<lastwords hook %R>", ((lw_hook *)self)->function);
}

static PyMemberDef hook_members[] = {
    {"__wrapped__", T_OBJECT_EX, offsetof(lw_hook, function), READONLY, NULL},
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(lw_hook, vectorcall), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot hook_slots[] = {
    {Py_tp_doc, "Hook(function, /)\n--\n\nCalls the function, with some recursion levels more."},
    {Py_tp_new, hook_new},
    {Py_tp_traverse, hook_traverse},
    {Py_tp_dealloc, hook_dealloc},
    {Py_tp_repr, hook_repr},
    {Py_tp_call, PyVectorcall_Call},
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

int
lw_bind_hook(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &hook_spec, NULL);
    if (type == NULL) {
        return -1;
    }
    int status = PyModule_AddObjectRef(module, "Hook", type);
    Py_DECREF(type);
    return status;
}
