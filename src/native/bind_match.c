/* bind_match.c: `_native.closest`, the choice of the candidate that a wrong name is nearest to. */
#include <Python.h>

#include "bindings.h"
#include "match.h"

/* A name's text as UTF-8.  ASCII text is borrowed from the object; other text is encoded into
 * `*room`, which grows as needed, so that no object is left with a cached copy.  Lone surrogates
 * are encoded like other characters.  Returns 0, or -1 with MemoryError set. */
static int
name_text(PyObject *string, uint8_t **room, size_t *room_size, struct lw_name *name)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(string);
    int kind = PyUnicode_KIND(string);
    const void *characters = PyUnicode_DATA(string);
    if (PyUnicode_IS_ASCII(string)) {
        name->text = characters;
        name->size = (size_t)length;
        return 0;
    }
    if ((size_t)length > *room_size / 4) {
        if ((size_t)length > SIZE_MAX / 4) {
            PyErr_NoMemory();
            return -1;
        }
        uint8_t *larger = PyMem_Realloc(*room, (size_t)length * 4);
        if (larger == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        *room = larger;
        *room_size = (size_t)length * 4;
    }
    uint8_t *out = *room;
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 c = PyUnicode_READ(kind, characters, i);
        if (c < 0x80) {
            *out++ = (uint8_t)c;
            continue;
        }
        if (c < 0x800) {
            *out++ = (uint8_t)(0xc0 | (c >> 6));
        }
        else {
            if (c < 0x10000) {
                *out++ = (uint8_t)(0xe0 | (c >> 12));
            }
            else {
                *out++ = (uint8_t)(0xf0 | (c >> 18));
                *out++ = (uint8_t)(0x80 | ((c >> 12) & 63));
            }
            *out++ = (uint8_t)(0x80 | ((c >> 6) & 63));
        }
        *out++ = (uint8_t)(0x80 | (c & 63));
    }
    name->text = *room;
    name->size = (size_t)(out - *room);
    return 0;
}

/* A third of the two lengths together (and one), never as good as the best one so far. */
static size_t
allowance(const struct lw_name *wrong, const struct lw_name *candidate, size_t best)
{
    size_t most = (wrong->size + candidate->size + 3) * LW_MATCH_MOVE / 6;
    return most < best ? most : best - 1;
}

/* Runs no Python code: the list cannot change meanwhile.  A borrowed reference, or NULL with or
 * without MemoryError set. */
static PyObject *
nearest(PyObject *list, const struct lw_name *wrong, uint8_t **room, size_t *room_size)
{
    PyObject *winner = NULL;
    size_t best = SIZE_MAX;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list) && best > 0; i++) {
        PyObject *item = PyList_GET_ITEM(list, i);
        struct lw_name candidate;
        if (!PyUnicode_Check(item)) {
            continue;
        }
        if (name_text(item, room, room_size, &candidate) < 0) {
            return NULL;
        }
        lw_match_prepare(&candidate);
        size_t most = allowance(wrong, &candidate, best);
        size_t distance = lw_match_distance(wrong, &candidate, most);
        if (distance > most || distance == 0) { /* 0: the wrong name itself */
            continue;
        }
        best = distance;
        winner = item;
    }
    return winner;
}

PyDoc_STRVAR(
    closest_doc,
    "closest(candidates, wrong, /)\n--\n\n"
    "The string of the list `candidates` that is nearest to the string `wrong`, or None.\n\n"
    "By the rules of CPython 3.13's and later's own suggestions: of equals the first; never "
    "`wrong`\n"
    "itself; None if all are far.  Objects that are no strings are passed over.");

static PyObject *
closest(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (nargs != 2 || !PyList_Check(args[0]) || !PyUnicode_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "closest(candidates: list, wrong: str)");
        return NULL;
    }
    uint8_t *rooms[2] = {NULL, NULL};
    size_t sizes[2] = {0, 0};
    struct lw_name wrong;
    PyObject *winner = NULL;
    if (name_text(args[1], &rooms[0], &sizes[0], &wrong) == 0) {
        lw_match_prepare(&wrong);
        winner = nearest(args[0], &wrong, &rooms[1], &sizes[1]);
    }
    PyMem_Free(rooms[0]);
    PyMem_Free(rooms[1]);
    if (winner == NULL && PyErr_Occurred()) {
        return NULL;
    }
    return Py_NewRef(winner == NULL ? Py_None : winner);
}

static PyMethodDef match_methods[] = {
    {"closest", (PyCFunction)(void (*)(void))closest, METH_FASTCALL, closest_doc},
    {NULL, NULL, 0, NULL},
};

int
lw_bind_match(PyObject *module)
{
    return PyModule_AddFunctions(module, match_methods);
}
