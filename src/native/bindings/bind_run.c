/* bind_run.c: starts a program without a Python frame beneath it.
 *
 * `lastwords run` is a Python program, and the program that it runs must see no frame of it: not in
 * stack walks, recursion depths, tracing or dumps.  Frames can't be hidden from an interpreter that
 * may instrument or walk them at any time, so they end first.  The command leaves by an exception,
 * and the interpreter, which then has no frame left, calls `sys.excepthook`: a launcher.  That runs
 * the program by the functions with which the interpreter itself starts programs, which also report
 * the program's errors; nothing of ours runs after it. */
#include <Python.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bindings/bindings.h"

/* Whether the interpreter was started with `option`, a field of sys.flags.
 *
 * Context: GIL held. */
static int
flag(const char *option)
{
    /* A reference: a look-up in it may run code that replaces it. */
    PyObject *flags = Py_XNewRef(PySys_GetObject("flags"));
    PyObject *value = flags == NULL ? NULL : PyObject_GetAttrString(flags, option);
    int is_set = value != NULL && PyObject_IsTrue(value) > 0;
    Py_XDECREF(value);
    Py_XDECREF(flags);
    PyErr_Clear();
    return is_set;
}

/* If the program was ended by KeyboardInterrupt, makes the interpreter die by SIGINT after an
 * orderly shutdown.  The interpreter does that if the last code that it ran from a text was
 * interrupted; a hook or an import of the report may have run other code since.
 *
 * Context: GIL held. */
static void
note_interrupt(void)
{
    if (PySys_GetObject("last_type") != PyExc_KeyboardInterrupt) {
        return;
    }
    PyObject *names = Py_BuildValue("{sO}", "interrupt", PyExc_KeyboardInterrupt);
    PyThreadState *tstate = PyThreadState_Get();
    PyThreadState_EnterTracing(tstate); /* hidden from a profiler that is still on */
    if (names != NULL) {
        Py_XDECREF(PyRun_String("raise interrupt", Py_file_input, names, names));
    }
    PyThreadState_LeaveTracing(tstate);
    PyErr_Clear();
    Py_XDECREF(names);
}

/* Runs and closes a file as `python FILE` does; descriptor -1 is standard input.  Returns 0, or -1
 * after reporting an exception.
 *
 * Context: GIL held. */
static int
run_file(int descriptor, PyObject *path)
{
    PyCompilerFlags flags = {.cf_flags = 0, .cf_feature_version = PY_MINOR_VERSION};
    if (descriptor < 0) { /* not line by line, even on a terminal */
        return PyRun_SimpleFileExFlags(stdin, "<stdin>", 0, &flags);
    }
    PyObject *name = NULL;
    FILE *stream = fdopen(descriptor, "rb");
    if (stream == NULL || !PyUnicode_FSConverter(path, &name)) {
        if (stream == NULL) {
            PyErr_SetFromErrno(PyExc_OSError);
        }
        PyErr_Print();
        return -1;
    }
    int failed = PyRun_AnyFileExFlags(stream, PyBytes_AS_STRING(name), 1, &flags);
    Py_DECREF(name);
    return failed;
}

/* Runs code in __main__.  No reference to its namespace is held, since the process may end in here:
 * what the program left in it would not be finalized.
 *
 * Context: GIL held. */
static PyObject *
run_code(PyObject *code)
{
    PyObject *main = PyImport_AddModule("__main__"); /* borrowed, as the next one */
    PyObject *namespace = main == NULL ? NULL : PyModule_GetDict(main);
    return namespace == NULL ? NULL : PyEval_EvalCode(code, namespace, namespace);
}

/* Runs what prepare() returned; returns 0, or -1 after reporting an exception.
 *
 * Context: GIL held. */
static int
run_program(PyObject *program)
{
    PyObject *first = PyTuple_GET_ITEM(program, 0);
    PyObject *second = PyTuple_GET_ITEM(program, 1);
    PyObject *result = NULL;
    if (PyLong_Check(first)) {
        return run_file((int)PyLong_AsLong(first), second);
    }
    if (PyExceptionInstance_Check(first)) { /* code that doesn't compile */
        PyErr_SetObject((PyObject *)Py_TYPE(first), first);
    }
    else if (PyCode_Check(first)) {
        result = run_code(first);
    }
    else {
        result = PyObject_Call(first, second, NULL);
    }
    if (result == NULL) {
        PyErr_Print(); /* ends the process if it is SystemExit */
        return -1;
    }
    Py_DECREF(result);
    return 0;
}

/* After the command's exception the interpreter ends with status 1.  With any other status the
 * process ends here, unless a prompt follows (-i, PYTHONINSPECT).
 *
 * Context: GIL held. */
static PyObject *
launch(PyObject *program)
{
    int inspect = flag("inspect"), interactive = flag("interactive");
    int environment_counts = !flag("ignore_environment");
    int status = 1;
    if (PyLong_Check(program)) { /* there is nothing to run */
        status = (int)PyLong_AsLong(program);
    }
    else if (run_program(program) == 0) {
        status = 0;
    }
    else {
        note_interrupt();
    }
    const char *variable = environment_counts ? getenv("PYTHONINSPECT") : NULL;
    inspect |= variable != NULL && variable[0] != '\0';
    if (status != 1 && (!inspect || !(interactive || isatty(STDIN_FILENO)))) {
        Py_Exit(status);
    }
    Py_RETURN_NONE;
}

/* sys.excepthook while the command leaves; `self` is the function prepare(). */
static PyObject *
launcher_call(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    PyObject *program = PyObject_Vectorcall(self, args, (size_t)count, NULL);
    if (program == NULL || program == Py_None) {
        return program;
    }
    PyObject *result = NULL;
    if (PyLong_Check(program) || (PyTuple_Check(program) && PyTuple_GET_SIZE(program) == 2)) {
        Py_LeaveRecursiveCall(); /* entered for this function; the program starts at depth 0 */
        result = launch(program);
        if (Py_EnterRecursiveCall("") != 0) {
            PyErr_Clear();
        }
    }
    else {
        PyErr_SetString(PyExc_TypeError, "a program is a status or a pair");
    }
    Py_DECREF(program);
    return result;
}

static PyMethodDef launcher_definition = {
    "launcher", (PyCFunction)(void (*)(void))launcher_call, METH_FASTCALL,
    "launcher(*args)\n--\n\nRun the program that prepare(*args) returns."};

static PyObject *
launcher(PyObject *module, PyObject *prepare)
{
    (void)module;
    return PyCFunction_New(&launcher_definition, prepare);
}

static PyMethodDef run_methods[] = {
    {"launcher", launcher, METH_O,
     "launcher(prepare, /)\n--\n\nReturn a hook that runs the program that prepare() returns."},
    {NULL, NULL, 0, NULL},
};

int
lw_bind_run(PyObject *module)
{
    return PyModule_AddFunctions(module, run_methods);
}
