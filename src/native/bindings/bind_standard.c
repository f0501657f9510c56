/* bind_standard.c: the options of the standard fault handler, so that ours can take its place.
 *
 * They are in a structure of the interpreter, which before 3.12 can't be reached from outside the
 * standard module.  They are used only if the rest of that structure makes sense. */
#define Py_BUILD_CORE 1
#pragma GCC diagnostic ignored "-Wpedantic"
#include <Python.h>

#include "bindings/bindings.h"
#include "bindings/fault_args.h"
#include "dump/dump_text.h"
#include "internal/pycore_runtime.h"

static PyObject *
standard_choice(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    int c_stack = 1;
    Py_ssize_t max_threads = LW_DUMP_THREADS;
#if PY_VERSION_HEX >= 0x030c0000
    const struct _faulthandler_runtime_state *state = &_PyRuntime.faulthandler;
    const int fd = state->fatal_error.fd, all_threads = state->fatal_error.all_threads;
#if PY_VERSION_HEX >= 0x030e0000
    c_stack = state->fatal_error.c_stack != 0;
#endif
#if PY_VERSION_HEX >= 0x030f0000
    max_threads = state->fatal_error.max_threads;
#endif
    if (state->fatal_error.enabled == 1 && (all_threads == 0 || all_threads == 1) && fd >= 0 &&
        state->fatal_error.interp == PyInterpreterState_Get()) {
        return Py_BuildValue("iiin", fd, all_threads, c_stack, max_threads);
    }
#else
    (void)c_stack, (void)max_threads;
#endif
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"_standard_choice", standard_choice, METH_NOARGS,
     "_standard_choice($module, /)\n--\n\n"
     "Return the arguments of the standard enable(), with a descriptor, or None if unknown."},
    {NULL, NULL, 0, NULL},
};

int
lw_bind_standard(PyObject *fault)
{
    return lw_add_functions(fault, functions, NULL, "lastwords._native.fault");
}
