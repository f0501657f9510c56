/* bind_crash.c: ways to crash on purpose, for tests; most are the standard module's. */
#include "bindings/bindings.h"
#include "bindings/fault_args.h"
#include "fault/steps.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static PyObject *
crash_sigsegv(PyObject *self, PyObject *args)
{
    PyObject *wish = Py_False;
    (void)self;
    if (!PyArg_UnpackTuple(args, "_sigsegv", 0, 1, &wish)) {
        return NULL;
    }
    int release_gil = PyObject_IsTrue(wish);
    if (release_gil < 0) {
        return NULL;
    }
    if (release_gil) {
        Py_BEGIN_ALLOW_THREADS raise(SIGSEGV);
        Py_END_ALLOW_THREADS
    }
    else {
        raise(SIGSEGV);
    }
    Py_RETURN_NONE;
}

static PyObject *
crash_sigabrt(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    abort();
}

static PyObject *
crash_sigfpe(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    volatile int one = 1, zero = 0;
    volatile int result = one / zero;
    raise(SIGFPE); /* for machines on which a division by zero is no fault */
    return PyLong_FromLong(result);
}

static PyObject *
crash_read_null(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    int *volatile nowhere = NULL;
    return PyLong_FromLong(*(volatile int *)nowhere);
}

enum { OVERFLOW_FRAME = 4096, OVERFLOW_LIMIT = 100 * 1024 * 1024 };

static uintptr_t
recurse(uintptr_t low, uintptr_t high, size_t *depth)
{
    unsigned char buffer[OVERFLOW_FRAME];
    volatile unsigned char *frame = buffer;
    uintptr_t here = (uintptr_t)frame;
    frame[0] = 1;
    frame[OVERFLOW_FRAME - 1] = (unsigned char)*depth;
    *depth += 1;
    if (here < low || here > high) {
        return here;
    }
    uintptr_t deepest = recurse(low, high, depth);
    return frame[0] ? deepest : 0;
}

static PyObject *
crash_stack_overflow(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    size_t depth = 0;
    uintptr_t here = (uintptr_t)&depth;
    uintptr_t low = here > OVERFLOW_LIMIT ? here - OVERFLOW_LIMIT : 0;
    uintptr_t end = recurse(low, here + OVERFLOW_LIMIT, &depth);
    uintptr_t size = end < here ? here - end : end - here;
    return PyErr_Format(PyExc_RuntimeError,
                        "unable to raise a stack overflow (allocated %zu bytes on the stack, %zu "
                        "recursive calls)",
                        (size_t)size, depth);
}

/* The text of the fatal error shows this name, which is the standard module's: tools search for it. */
static void *
faulthandler_fatal_error_thread(void *unused)
{
    (void)unused;
    Py_FatalError("in new thread");
}

static PyObject *
crash_fatal_error_c_thread(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    pthread_t thread;
    if (pthread_create(&thread, NULL, faulthandler_fatal_error_thread, NULL) != 0) {
        PyErr_SetString(PyExc_RuntimeError, "unable to start the thread");
        return NULL;
    }
    pthread_join(thread, NULL); /* with the GIL: the process dies before this returns */
    Py_RETURN_NONE;
}

static PyObject *
crash_break_step(PyObject *self, PyObject *args)
{
    int step;
    const char *how;
    (void)self;
    if (!PyArg_ParseTuple(args, "is:_break_step", &step, &how)) {
        return NULL;
    }
    lw_steps_break(step, strcmp(how, "hang") == 0);
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"_break_step", crash_break_step, METH_VARARGS,
     "_break_step($module, step, how, /)\n--\n\n"
     "Let a step of the next report fail, for tests; how is \"fault\" or \"hang\"."},
    {"_sigsegv", crash_sigsegv, METH_VARARGS,
     "_sigsegv($module, release_gil=False, /)\n--\n\nRaise a SIGSEGV signal."},
    {"_sigabrt", crash_sigabrt, METH_NOARGS, "_sigabrt($module, /)\n--\n\nRaise a SIGABRT signal."},
    {"_sigfpe", crash_sigfpe, METH_NOARGS, "_sigfpe($module, /)\n--\n\nRaise a SIGFPE signal."},
    {"_read_null", crash_read_null, METH_NOARGS,
     "_read_null($module, /)\n--\n\nRead from NULL: a SIGSEGV signal with its address."},
    {"_stack_overflow", crash_stack_overflow, METH_NOARGS,
     "_stack_overflow($module, /)\n--\n\nRecursive call to raise a stack overflow."},
    {"_fatal_error_c_thread", crash_fatal_error_c_thread, METH_NOARGS,
     "_fatal_error_c_thread($module, /)\n--\n\nCall Py_FatalError() in a new C thread."},
    {NULL, NULL, 0, NULL},
};

int
lw_bind_crash(PyObject *fault)
{
    return lw_add_functions(fault, functions, NULL, "lastwords.faulthandler");
}
