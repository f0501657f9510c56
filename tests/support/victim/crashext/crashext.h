/* crashext.h: what the parts of the extension give one another. */
#ifndef CRASHEXT_H
#define CRASHEXT_H

#include <Python.h>

#include <stdint.h>

/* kinds.c */
extern volatile uintptr_t unmapped;        /* an address that nothing is at */
void (*find_kind(const char *name))(void); /* NULL with an exception set: there is none */
void find_terminate(void);                 /* loads the library that throws */

/* hinder.c: functions of the module */
PyObject *shrink_stack(PyObject *module, PyObject *args);
PyObject *hold_malloc_lock(PyObject *module, PyObject *unused);
PyObject *forbid(PyObject *module, PyObject *args);

#endif
