/* module.c: the extension `lastwords._native`: one shared object, several binding files.
 *
 * Owns the creation of the module, and what the process sets up with the first one.  Each binding file
 * adds its functions and types in lw_bind_*(). */
#include <Python.h>

#include "bindings/bindings.h"
#include "dump/session.h"
#include "system/shared_lock.h"
#include "traceback/capture.h"
#include "walker/layout_check.h"

#ifdef Py_GIL_DISABLED
#error "lastwords._native has not been shown to be right without the GIL; install in pure Python"
#endif

/* Finds out, once in a process, whether its threads can be read; lw_session_refusal() says why not. */
static void
set_up_session(void)
{
    static int done; /* guarded by LW_SHARED_SETUP */
    lw_shared_lock(LW_SHARED_SETUP);
    if (!done && lw_layout_check_built() == NULL) {
        (void)lw_session_setup(
            lw_layout_own_runtime(), PY_VERSION_HEX >> 16, (uint64_t)(uintptr_t)&PyCode_Type,
            (uint64_t)(uintptr_t)&PyUnicode_Type, (uint64_t)(uintptr_t)&PyBytes_Type,
            (uint64_t)(uintptr_t)PyThreadState_Get());
    }
    done = 1;
    lw_shared_unlock(LW_SHARED_SETUP);
}

static int
native_exec(PyObject *module)
{
    set_up_session();
    int (*const bind[])(PyObject *) = {
        lw_bind_capture, lw_bind_hook, lw_bind_excerpt, lw_bind_match,
        lw_bind_run,     lw_bind_walk, lw_bind_record,  lw_bind_fault,
    };
    for (size_t i = 0; i < sizeof(bind) / sizeof(bind[0]); i++) {
        if (bind[i](module) < 0) {
            return -1;
        }
    }
    return 0;
}

static void
native_free(void *module)
{
    (void)lw_capture_clear(module);
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
    .m_size = sizeof(struct lw_capture),
    .m_slots = native_slots,
    .m_traverse = lw_capture_traverse,
    .m_clear = lw_capture_clear,
    .m_free = native_free,
};

PyMODINIT_FUNC
PyInit__native(void)
{
    return PyModuleDef_Init(&native_module);
}
