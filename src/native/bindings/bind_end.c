/* bind_end.c: undoes what an interpreter switched on, when that interpreter ends.
 *
 * A program that embeds Python goes on after Py_Finalize(), and may unload it: no timer thread, no
 * handler and no alternate stack of ours stays.  A capsule in the interpreter's own dict runs this:
 * the dict is cleared after all else that could fail and be reported. */
#include "bindings/bindings.h"
#include "fault/handler.h"
#include "fault/user_signals.h"
#include "record/record.h"
#include "system/shared_lock.h"
#include "watchdog/deadline.h"

static void
put_all_back(void)
{
    lw_shared_lock(LW_SHARED_HANDLERS);
    lw_user_unregister_all();
    lw_fault_end();
    (void)lw_record_set(NULL);
    lw_shared_unlock(LW_SHARED_HANDLERS);
    lw_altstacks_end();
}

static void
end_interpreter(PyObject *capsule)
{
    PyInterpreterState *interpreter = PyCapsule_GetContext(capsule);
    lw_forget_later(interpreter);
    lw_deadline_cancel_all(interpreter);
    lw_shared_lock(LW_SHARED_HANDLERS);
    lw_forget_signals(interpreter);
    lw_forget_enable(interpreter);
    lw_shared_unlock(LW_SHARED_HANDLERS);
    if (interpreter == PyInterpreterState_Main()) {
        put_all_back();
    }
}

int
lw_bind_end(void)
{
    PyInterpreterState *interpreter = PyInterpreterState_Get();
    PyObject *names = PyInterpreterState_GetDict(interpreter); /* borrowed */
    static const char name[] = "lastwords._native ends";
    if (!names || PyDict_GetItemString(names, name)) {
        return names ? 0 : -1;
    }
    PyObject *capsule = PyCapsule_New((void *)name, NULL, end_interpreter);
    int failed = !capsule || PyCapsule_SetContext(capsule, interpreter) != 0 ||
                 PyDict_SetItemString(names, name, capsule) != 0;
    Py_XDECREF(capsule);
    return failed ? -1 : 0;
}
