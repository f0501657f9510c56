/* module.c: the extension module `lastwords._native`: one shared object, several binding files.
 *
 * Owns module creation only.  Each binding file adds its functions and types in lw_bind_*(). */
#include <Python.h>

#include "bindings.h"

#ifdef Py_GIL_DISABLED
#error "lastwords._native has not been shown to be right without the GIL; install in pure Python"
#endif

static int
native_exec(PyObject *module)
{
    if (lw_bind_match(module) < 0) {
        return -1;
    }
    return lw_bind_walk(module);
}

static PyModuleDef_Slot native_slots[] = {
    {Py_mod_exec, native_exec},
#if PY_VERSION_HEX >= 0x030c0000
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef native_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "lastwords._native",
    .m_doc = "The native part of lastwords; use the Python modules instead.",
    .m_size = 0,
    .m_slots = native_slots,
};

PyMODINIT_FUNC
PyInit__native(void)
{
    return PyModuleDef_Init(&native_module);
}
