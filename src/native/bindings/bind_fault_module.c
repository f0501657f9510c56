/* bind_fault_module.c: makes `lastwords._native.fault` of its parts. */
#include "bindings/bindings.h"
#include "bindings/fault_args.h"
#include "bindings/watchdog_file.h"

int
lw_bind_fault(PyObject *module)
{
    PyObject *kept = PyDict_New(), *fault = PyModule_New("lastwords._native.fault");
    lw_find_definition_offset(module);
    if (PyInterpreterState_Get() == PyInterpreterState_Main()) {
        lw_fault_args_reset();
        lw_watchdog_file_reset();
    }
    int failed = !kept || !fault || lw_bind_faulthandler(fault, kept) != 0 ||
                 lw_bind_register(fault, kept) != 0 || lw_bind_standard(fault) != 0 ||
                 lw_bind_crash(fault) != 0 || lw_bind_later(fault, kept) != 0 ||
                 lw_bind_watchdog(fault) != 0 || lw_bind_altstack(fault) != 0 ||
                 lw_bind_end() != 0 || PyObject_SetAttrString(module, "fault", fault) != 0;
    Py_XDECREF(kept);
    Py_XDECREF(fault);
    return failed ? -1 : 0;
}
