/* lookup.h: look-ups in dicts that other code can reach.
 *
 * A comparison of keys may run Python code, which may drop the dict itself or what was found in it:
 * both are held. */
#ifndef LASTWORDS_LOOKUP_H
#define LASTWORDS_LOOKUP_H

#include <Python.h>

/* Context: GIL held.  Returns a new reference, or NULL, with an exception when a comparison failed. */
static inline PyObject *
lw_lookup(PyObject *dict, PyObject *key)
{
    Py_INCREF(dict);
    Py_INCREF(key);
    PyObject *value = Py_XNewRef(PyDict_GetItemWithError(dict, key));
    Py_DECREF(key);
    Py_DECREF(dict);
    return value;
}

#endif
