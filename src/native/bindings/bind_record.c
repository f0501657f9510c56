/* bind_record.c: switches the record of a fatal signal on and off. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "bindings/bindings.h"
#include "bindings/fault_args.h"
#include "record/record.h"

/* Copies a bytes argument with its NUL; 0, or -1 with an exception set. */
static int
copy(char *into, size_t room, const char *bytes, Py_ssize_t size, const char *what)
{
    if ((size_t)size >= room) {
        PyErr_Format(PyExc_ValueError, "%s is longer than %zu bytes", what, room - 1);
        return -1;
    }
    memcpy(into, bytes, (size_t)size);
    into[size] = '\0';
    return 0;
}

PyDoc_STRVAR(set_record_doc,
             "_set_record($module, path, program=b'', facts=b'', /)\n--\n\n"
             "Write a record at a fatal signal to path (a template, as bytes), or, if None, none.");

static PyObject *
set_record(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *path, *program = "", *facts = "";
    Py_ssize_t path_size, program_size = 0, facts_size = 0;

    if (PyTuple_GET_SIZE(args) == 1 && PyTuple_GET_ITEM(args, 0) == Py_None) {
        (void)lw_record_set(NULL);
        Py_RETURN_NONE;
    }
    if (!PyArg_ParseTuple(args, "y#|y#y#:_set_record", &path, &path_size, &program, &program_size,
                          &facts, &facts_size)) {
        return NULL;
    }
    struct lw_record_settings *settings = PyMem_Calloc(1, sizeof *settings);
    if (settings == NULL) {
        return PyErr_NoMemory();
    }
    int failed =
        copy(settings->path, sizeof settings->path, path, path_size, "the path") != 0 ||
        copy(settings->program, sizeof settings->program, program, program_size, "program") != 0 ||
        copy(settings->facts, sizeof settings->facts, facts, facts_size, "facts") != 0;
    settings->facts_size = (uint32_t)facts_size;
    int error = failed ? 0 : lw_record_set(settings);
    PyMem_Free(settings);
    if (error != 0) {
        return lw_errno_error(error);
    }
    if (failed) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyMethodDef record_methods[] = {
    {"_set_record", set_record, METH_VARARGS, set_record_doc},
    {NULL, NULL, 0, NULL},
};

int
lw_bind_record(PyObject *module)
{
    return PyModule_AddFunctions(module, record_methods);
}
