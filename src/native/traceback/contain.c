#include "traceback/contain.h"

static const char key[] = "lastwords: pass on";

int
lw_contain_with(PyObject *pass_on)
{
    PyObject *shared = PyInterpreterState_GetDict(PyInterpreterState_Get()); /* borrowed */
    if (shared == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the interpreter has no dict");
        return -1;
    }
    return PyDict_SetItemString(shared, key, pass_on);
}

/* Returns the function, or NULL without an exception: it was never given, or the interpreter ends. */
static PyObject *
find_pass_on(void)
{
    PyObject *shared = PyInterpreterState_GetDict(PyInterpreterState_Get());
    PyObject *name = shared == NULL ? NULL : PyUnicode_FromString(key);
    PyObject *found = name == NULL ? NULL : Py_XNewRef(PyDict_GetItemWithError(shared, name));
    Py_XDECREF(name);
    PyErr_Clear();
    return found;
}

int
lw_contain(void)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (type == NULL) {
        return 0;
    }
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL && value != NULL) {
        PyException_SetTraceback(value, traceback);
    }
    PyObject *pass_on = find_pass_on();
    PyObject *answer =
        pass_on == NULL || value == NULL ? Py_NewRef(Py_None) : PyObject_CallOneArg(pass_on, value);
    Py_XDECREF(pass_on);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    Py_XDECREF(answer);
    return answer == NULL ? -1 : 0;
}
