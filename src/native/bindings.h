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
int lw_bind_capture(PyObject *module);

/* The module's state is capture's; these are its slots. */
int lw_capture_traverse(PyObject *module, visitproc visit, void *arg);
int lw_capture_clear(PyObject *module);
int lw_bind_fault(PyObject *module); /* adds the module `fault`, with what the next three add to it */
int lw_bind_crash(PyObject *fault);
int lw_bind_watchdog(PyObject *fault);
int lw_bind_altstack(PyObject *fault);

/* Adds functions whose `self` is `self` and whose __module__ is `module_name`. */
int lw_add_functions(PyObject *into, PyMethodDef *definitions, PyObject *self,
                     const char *module_name);

/* run_file(), run_stdin(), call_at_bottom(): see bind_run.c. */
int lw_bind_run(PyObject *module);

/* Hook: see bind_hook.c. */
int lw_bind_hook(PyObject *module);

#endif
