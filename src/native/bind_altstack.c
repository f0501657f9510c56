/* bind_altstack.c: how each thread that runs Python comes to its alternate stack.
 *
 * Threads that Python starts call ThreadEntry first (lastwords/altstacks.py sees to it).  A thread
 * made by other code gets one when it first enters the interpreter: that creates a thread state, for
 * which the interpreter calls the "raw" allocator's calloc on that very thread. */
#include "bindings.h"

#include <structmember.h>

#include "altstack.h"

/* -- threads made by other code -- */

static void *(*original_calloc)(void *context, size_t count, size_t size);
static _Thread_local char had_a_look; /* once a thread is enough */
static int hook_wanted;

static void *
calloc_with_stack(void *context, size_t count, size_t size)
{
    if (!had_a_look && hook_wanted) {
        had_a_look = 1;
        lw_altstack_install();
    }
    return original_calloc(context, count, size);
}

/* Wraps calloc alone, once and for good: another wrapper (tracemalloc) may be around it by the time
 * it would be taken off.  The other three functions and the context stay the interpreter's own. */
static void
hook_allocator(void)
{
    PyMemAllocatorEx raw;
    if (original_calloc) {
        return;
    }
    PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &raw);
    original_calloc = raw.calloc;
    raw.calloc = calloc_with_stack;
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &raw);
}

/* -- threads that Python starts: an alternate stack first, then the program's function -- */

typedef struct {
    PyObject_HEAD PyObject *function;
} ThreadEntry;

static PyObject *
entry_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *function;
    if (kwargs || !PyArg_ParseTuple(args, "O:ThreadEntry", &function)) {
        return NULL;
    }
    ThreadEntry *self = (ThreadEntry *)type->tp_alloc(type, 0);
    if (self) {
        self->function = Py_NewRef(function);
    }
    return (PyObject *)self;
}

static PyObject *
entry_call(ThreadEntry *self, PyObject *args, PyObject *kwargs)
{
    lw_altstack_install();
    return PyObject_Call(self->function, args, kwargs);
}

static PyObject *
entry_repr(ThreadEntry *self)
{
    return PyObject_Repr(self->function); /* "Exception ignored in thread started by: ..." */
}

static int
entry_traverse(ThreadEntry *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->function);
    return 0;
}

static int
entry_clear(ThreadEntry *self)
{
    Py_CLEAR(self->function);
    return 0;
}

static void
entry_dealloc(ThreadEntry *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    entry_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMemberDef entry_members[] = {
    {"__wrapped__", T_OBJECT, offsetof(ThreadEntry, function), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot entry_slots[] = {
    {Py_tp_new, entry_new},         {Py_tp_call, entry_call},
    {Py_tp_repr, entry_repr},       {Py_tp_traverse, entry_traverse},
    {Py_tp_clear, entry_clear},     {Py_tp_dealloc, entry_dealloc},
    {Py_tp_members, entry_members}, {0, NULL},
};

static PyType_Spec entry_spec = {
    .name = "lastwords._native.ThreadEntry",
    .basicsize = sizeof(ThreadEntry),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = entry_slots,
};

static PyObject *
altstack_install(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return PyBool_FromLong(lw_altstack_install() == 0);
}

static PyObject *
altstack_hook(PyObject *self, PyObject *wanted)
{
    (void)self;
    hook_wanted = PyObject_IsTrue(wanted);
    hook_allocator();
    Py_RETURN_NONE;
}

static PyObject *
altstack_high_water(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return PyLong_FromSize_t(lw_altstack_high_water());
}

static PyObject *
altstack_count(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return PyLong_FromSize_t(lw_altstack_count());
}

static PyMethodDef functions[] = {
    {"altstack_install", altstack_install, METH_NOARGS,
     "Give the calling thread an alternate signal stack."},
    {"altstack_hook", altstack_hook, METH_O,
     "Give one, or stop giving one, to threads that enter the interpreter from outside."},
    {"altstack_high_water", altstack_high_water, METH_NOARGS,
     "Bytes of the calling thread's alternate stack that were ever used."},
    {"altstack_count", altstack_count, METH_NOARGS, "How many alternate stacks exist."},
    {NULL, NULL, 0, NULL},
};

int
lw_bind_altstack(PyObject *fault)
{
    PyObject *type = PyType_FromSpec(&entry_spec);
    int failed = !type || PyObject_SetAttrString(fault, "ThreadEntry", type) != 0;
    Py_XDECREF(type);
    return failed ? -1 : lw_add_functions(fault, functions, NULL, "lastwords._native.fault");
}
