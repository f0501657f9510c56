/* bindings.h: what module.c calls to fill the module `lastwords._native`.
 *
 * Each function adds its part to `module` and returns 0, or -1 with an exception set.
 * Context: GIL held. */
#ifndef LASTWORDS_BINDINGS_H
#define LASTWORDS_BINDINGS_H

#include <Python.h>

int lw_bind_excerpt(PyObject *module);
int lw_bind_match(PyObject *module);
int lw_bind_walk(PyObject *module);
int lw_bind_record(PyObject *module);
int lw_bind_capture(PyObject *module);

/* The slots for the module's state, a struct lw_capture. */
int lw_capture_traverse(PyObject *module, visitproc visit, void *arg);
int lw_capture_clear(PyObject *module);

/* Adds the module `fault`, to which the next ones add their parts. */
int lw_bind_fault(PyObject *module);
int lw_bind_faulthandler(PyObject *fault, PyObject *kept);
int lw_bind_crash(PyObject *fault);
int lw_bind_watchdog(PyObject *fault);
int lw_bind_altstack(PyObject *fault);
int lw_bind_later(PyObject *fault, PyObject *kept);
int lw_bind_register(PyObject *fault, PyObject *kept);
int lw_bind_standard(PyObject *fault);
int lw_bind_end(void); /* for the interpreter that runs */

/* Give alternate stacks to threads that run now or start later; to no more threads; and, at the end
 * of the main interpreter, put back what was wrapped. */
void lw_altstacks_enable(void);
void lw_altstacks_disable(void);
void lw_altstacks_end(void);

/* With LW_SHARED_HANDLERS held.  Makes the current interpreter the owner of a setting of the
 * process, if it is the main one or the setting has no owner. */
void lw_own(const void **owner);

/* With LW_SHARED_HANDLERS held.  Undo the settings that this interpreter (a PyInterpreterState)
 * owns. */
void lw_forget_enable(const void *interpreter);
void lw_forget_signals(const void *interpreter);

/* Cancels dump_traceback_later() if this interpreter (a PyInterpreterState) called it. */
void lw_forget_later(const void *interpreter);

/* Finds, in this one, the offset at which module objects show that they are extensions. */
void lw_find_definition_offset(PyObject *module);

/* Takes note of sys.modules and of the standard library's names; -1 with an exception set. */
int lw_learn_modules(void);

/* launcher(): see bind_run.c. */
int lw_bind_run(PyObject *module);

/* Hook: see bind_hook.c. */
int lw_bind_hook(PyObject *module);

#endif
