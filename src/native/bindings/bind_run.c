/* bind_run.c: runs a program as if the interpreter itself had started it.
 *
 * Owns the two things that `lastwords run` can't do in Python: reading a script through the
 * interpreter's own file tokenizer, whose errors differ from those of compile(); and calling with
 * no Python frame beneath, so that stack walks, recursion depths and dumps are those of
 * `python script.py`. */
#include <Python.h>
#include <stdio.h>

#include "bindings/bindings.h"

/* The frames and the recursion depth of the caller, put aside. */
typedef struct {
    struct _PyInterpreterFrame *frame;
    int depth;
} lw_beneath;

#if PY_VERSION_HEX >= 0x030c0000
#define LW_REMAINING(tstate) ((tstate)->py_recursion_remaining)
#define LW_LIMIT(tstate) ((tstate)->py_recursion_limit)
#else
#define LW_REMAINING(tstate) ((tstate)->recursion_remaining)
#define LW_LIMIT(tstate) ((tstate)->recursion_limit)
#endif

#if PY_VERSION_HEX >= 0x030d0000
#define LW_CURRENT_FRAME(tstate) ((tstate)->current_frame)
#else
#define LW_CURRENT_FRAME(tstate) ((tstate)->cframe->current_frame)
#endif

#if PY_VERSION_HEX >= 0x030f0000
#define LW_BOTTOM(tstate) ((tstate)->base_frame)
#else
#define LW_BOTTOM(tstate) NULL
#endif

/* Context: GIL held. */
static lw_beneath
put_aside(PyThreadState *tstate)
{
    lw_beneath beneath = {LW_CURRENT_FRAME(tstate), LW_LIMIT(tstate) - LW_REMAINING(tstate)};
    LW_CURRENT_FRAME(tstate) = LW_BOTTOM(tstate);
    LW_REMAINING(tstate) += beneath.depth;
    return beneath;
}

/* Context: GIL held.  The limit may have been changed meanwhile; the depth has not. */
static void
put_back(PyThreadState *tstate, lw_beneath beneath)
{
    LW_CURRENT_FRAME(tstate) = beneath.frame;
    LW_REMAINING(tstate) -= beneath.depth;
}

static PyObject *
call_at_bottom(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    (void)module;
    if (count < 1) {
        PyErr_SetString(PyExc_TypeError, "call_at_bottom() needs a callable");
        return NULL;
    }
    PyThreadState *tstate = PyThreadState_Get();
    lw_beneath beneath = put_aside(tstate);
    PyObject *result = PyObject_Vectorcall(args[0], args + 1, (size_t)(count - 1), NULL);
    put_back(tstate, beneath);
    return result;
}

/* Parses `stream` as the interpreter does and runs it; closes it once parsed if `close_it`. */
static PyObject *
run_stream(FILE *stream, const char *name, int close_it, PyObject *globals)
{
    PyThreadState *tstate = PyThreadState_Get();
    lw_beneath beneath = put_aside(tstate);
    PyObject *result =
        PyRun_FileExFlags(stream, name, Py_file_input, globals, globals, close_it, NULL);
    put_back(tstate, beneath);
    return result;
}

static PyObject *
run_file(PyObject *module, PyObject *args)
{
    PyObject *path, *globals;
    (void)module;
    if (!PyArg_ParseTuple(args, "O&O!:run_file", PyUnicode_FSConverter, &path, &PyDict_Type,
                          &globals)) {
        return NULL;
    }
    PyObject *result = NULL;
    FILE *stream = fopen(PyBytes_AS_STRING(path), "rbe"); /* e: not for child processes */
    if (stream == NULL) {
        PyErr_SetFromErrnoWithFilename(PyExc_OSError, PyBytes_AS_STRING(path));
    }
    else {
        result = run_stream(stream, PyBytes_AS_STRING(path), 1, globals);
    }
    Py_DECREF(path);
    return result;
}

static PyObject *
run_stdin(PyObject *module, PyObject *globals)
{
    (void)module;
    if (!PyDict_Check(globals)) {
        PyErr_SetString(PyExc_TypeError, "run_stdin() needs a dict");
        return NULL;
    }
    return run_stream(stdin, "<stdin>", 0, globals);
}

static PyMethodDef run_methods[] = {
    {"call_at_bottom", (PyCFunction)(void (*)(void))call_at_bottom, METH_FASTCALL,
     "call_at_bottom(callable, /, *args)\n--\n\nCalls with no Python frame beneath."},
    {"run_file", run_file, METH_VARARGS,
     "run_file(path, globals, /)\n--\n\nRuns a script's file as the interpreter does."},
    {"run_stdin", run_stdin, METH_O,
     "run_stdin(globals, /)\n--\n\nRuns standard input as the interpreter does."},
    {NULL, NULL, 0, NULL},
};

int
lw_bind_run(PyObject *module)
{
    return PyModule_AddFunctions(module, run_methods);
}
