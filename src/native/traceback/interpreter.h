/* interpreter.h: what CPython 3.11 to 3.15 name differently, for code that holds the interpreter's
 * lock.
 *
 * Layouts of structures that are read as bytes are walker/layout_tables.h's. */
#ifndef LASTWORDS_INTERPRETER_H
#define LASTWORDS_INTERPRETER_H

#include <Python.h>

/* The extra data of code objects (PEP 523). */
#if PY_VERSION_HEX >= 0x030c0000
#define LW_REQUEST_CODE_EXTRA PyUnstable_Eval_RequestCodeExtraIndex
#define LW_GET_CODE_EXTRA PyUnstable_Code_GetExtra
#define LW_SET_CODE_EXTRA PyUnstable_Code_SetExtra
#else
#define LW_REQUEST_CODE_EXTRA _PyEval_RequestCodeExtraIndex
#define LW_GET_CODE_EXTRA _PyCode_GetExtra
#define LW_SET_CODE_EXTRA _PyCode_SetExtra
#endif

/* The levels of Python recursion that a thread has left. */
#if PY_VERSION_HEX >= 0x030c0000
#define LW_REMAINING(tstate) ((tstate)->py_recursion_remaining)
#else
#define LW_REMAINING(tstate) ((tstate)->recursion_remaining)
#endif

/* Context: GIL held.  A number that changes with the class; 0: it has none now. */
static inline unsigned int
lw_class_version(PyTypeObject *type)
{
#if PY_VERSION_HEX < 0x030c0000 /* later versions set the number itself to 0 */
    if (!(type->tp_flags & Py_TPFLAGS_VALID_VERSION_TAG)) {
        return 0;
    }
#endif
    return type->tp_version_tag;
}

#endif
