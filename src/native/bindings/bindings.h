/* bindings.h: what module.c calls to fill the extension module.
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

/* The module's state is capture's; these are its slots. */
int lw_capture_traverse(PyObject *module, visitproc visit, void *arg);
int lw_capture_clear(PyObject *module);
int lw_bind_fault(
    PyObject *module); /* adds the module `fault`, with what the next ones add to it */
int lw_bind_faulthandler(PyObject *fault, PyObject *kept);
int lw_bind_crash(PyObject *fault);
int lw_bind_watchdog(PyObject *fault);
int lw_bind_altstack(PyObject *fault);
int lw_bind_later(PyObject *fault, PyObject *kept);
int lw_bind_register(PyObject *fault, PyObject *kept);
int lw_bind_standard(PyObject *fault);
int lw_bind_end(void); /* for the interpreter that runs */

/* Alternate stacks for threads that run now or start from now on; for no more threads; and what was wrapped
 * for it put back, at the end of the main interpreter. */
void lw_altstacks_enable(void);
void lw_altstacks_disable(void);
void lw_altstacks_end(void);

/* With LW_SHARED_HANDLERS held.  Notes the interpreter that runs as the owner of a setting of the process:
 * the first that asked, or the main one if that asks too. */
void lw_own(const void **owner);

/* With LW_SHARED_HANDLERS held.  Undo what this interpreter (a PyInterpreterState) owns. */
void lw_forget_enable(const void *interpreter);
void lw_forget_signals(const void *interpreter);

/* Cancels dump_traceback_later() if this interpreter (a PyInterpreterState) called it. */
void lw_forget_later(const void *interpreter);

/* Keeps `file` (stolen; NULL: nothing) alive under `key` in place of what was kept there. */
int lw_keep_file(PyObject *kept, const char *key, PyObject *file);

/* Sets an OSError; returns NULL. */
PyObject *lw_errno_error(int error);

/* lw_file_descriptor() for a dump: a RuntimeError too when this process can't be walked. */
int lw_dump_target(PyObject *file, PyObject **keep);

/* Finds where module objects say that they are extensions, from this one. */
void lw_find_definition_offset(PyObject *module);

/* Takes note of sys.modules and of the standard library's names; -1 with an exception set. */
int lw_learn_modules(void);

/* Adds functions whose `self` is `self` and whose __module__ is `module_name`. */
int lw_add_functions(PyObject *into, PyMethodDef *definitions, PyObject *self,
                     const char *module_name);

/* launcher(): see bind_run.c. */
int lw_bind_run(PyObject *module);

/* Hook: see bind_hook.c. */
int lw_bind_hook(PyObject *module);

#endif
