/* bind_match.c: `_native.closest`: chooses the candidate nearest to a wrong name. */
#include <Python.h>

#include "bindings/bindings.h"
#include "output/utf8.h"
#include "suggest/match.h"

/* A name's text as UTF-8.  ASCII text is borrowed from the object; other text is encoded into
 * `*room`, which grows as needed, so that no object gets a cached copy.  Lone surrogates
 * are encoded like other characters.  Returns 0, or -1 with MemoryError set. */
static int
name_text(PyObject *string, char **room, size_t *room_size, struct lw_name *name)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(string);
    int kind = PyUnicode_KIND(string);
    const void *characters = PyUnicode_DATA(string);
    if (PyUnicode_IS_ASCII(string)) {
        name->text = characters;
        name->size = (size_t)length;
        return 0;
    }
    if ((size_t)length > *room_size / LW_LONGEST_UTF8) {
        if ((size_t)length > SIZE_MAX / LW_LONGEST_UTF8) {
            PyErr_NoMemory();
            return -1;
        }
        char *larger = PyMem_Realloc(*room, (size_t)length * LW_LONGEST_UTF8);
        if (larger == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        *room = larger;
        *room_size = (size_t)length * LW_LONGEST_UTF8;
    }
    char *end = *room;
    for (Py_ssize_t i = 0; i < length; i++) {
        end = lw_append_utf8(end, PyUnicode_READ(kind, characters, i));
    }
    name->text = (const uint8_t *)*room;
    name->size = (size_t)(end - *room);
    return 0;
}

struct search {
    struct lw_name wrong;
    int hide_private; /* skip names that begin with an underscore */
    int smallest;     /* of equals the smallest string, not the first one */
    size_t count;     /* strings not skipped */
    int beyond_ascii; /* one of them or the wrong name isn't ASCII */
    PyObject *winner; /* borrowed */
    size_t best;      /* its distance */
    char *room;       /* for the current candidate */
    size_t room_size;
};

enum { MOST_CANDIDATES = 750 };

/* The largest distance of interest: a third of the two lengths and 1, and better than the best so
 * far (or equal to it, if the smallest string of equals is wanted). */
static size_t
allowance(const struct search *search, size_t candidate_size)
{
    size_t most = (search->wrong.size + candidate_size + 3) * LW_MATCH_MOVE / 6;
    size_t best = search->smallest ? search->best : search->best - 1;
    return most < best ? most : best;
}

static int
is_private(PyObject *name)
{
    return PyUnicode_GET_LENGTH(name) > 0 && PyUnicode_READ_CHAR(name, 0) == '_';
}

/* Runs no Python code: the dict or list of `item` can't change meanwhile.  0, or -1 with MemoryError
 * set. */
static int
consider(struct search *search, PyObject *item)
{
    struct lw_name candidate;
    if (!PyUnicode_Check(item) || (search->hide_private && is_private(item))) {
        return 0;
    }
    search->beyond_ascii |= !PyUnicode_IS_ASCII(item);
    if (++search->count >= MOST_CANDIDATES) {
        return 0;
    }
    if (name_text(item, &search->room, &search->room_size, &candidate) < 0) {
        return -1;
    }
    size_t most = allowance(search, candidate.size);
    size_t longer = candidate.size > search->wrong.size ? candidate.size : search->wrong.size;
    size_t shorter = candidate.size + search->wrong.size - longer;
    if ((longer - shorter) * LW_MATCH_MOVE > most) {
        return 0;
    }
    lw_match_prepare(&candidate);
    size_t distance = lw_match_distance(&search->wrong, &candidate, most);
    if (distance > most || distance == 0) { /* 0: the wrong name itself */
        return 0;
    }
    if (distance < search->best || PyUnicode_Compare(item, search->winner) < 0) {
        search->best = distance;
        search->winner = item;
    }
    return 0;
}

static int
consider_all(struct search *search, PyObject *source)
{
    if (PyDict_CheckExact(source)) {
        PyObject *key;
        Py_ssize_t position = 0;
        while (search->count <= MOST_CANDIDATES && PyDict_Next(source, &position, &key, NULL)) {
            if (consider(search, key) < 0) {
                return -1;
            }
        }
        return 0;
    }
    if (!PyList_CheckExact(source)) {
        PyErr_SetString(PyExc_TypeError, "a source of names must be a dict or a list");
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(source); i++) {
        if (search->count > MOST_CANDIDATES) {
            return 0;
        }
        if (consider(search, PyList_GET_ITEM(source, i)) < 0) {
            return -1;
        }
    }
    return 0;
}

static PyObject *
verdict(const struct search *search)
{
    if (search->count > MOST_CANDIDATES) {
        return Py_NewRef(Py_None);
    }
    if (search->count == MOST_CANDIDATES) {
        return Py_NewRef(Py_NotImplemented);
    }
    if (search->winner != NULL) {
        return Py_NewRef(search->winner);
    }
    return Py_NewRef(search->beyond_ascii ? Py_NotImplemented : Py_None);
}

PyDoc_STRVAR(
    closest_doc,
    "closest(sources, wrong, hide_private, smallest, /)\n--\n\n"
    "Return the name in the tuple `sources` of dicts and lists that is nearest to `wrong`.\n\n"
    "By the rules of CPython 3.13's and later's own suggestions: never `wrong` itself;\n"
    "of equals the first, or the smallest string; None when all are far or too many.\n"
    "NotImplemented when a search by characters may still find one.  Objects that\n"
    "are no strings are skipped, and names with a leading underscore if `hide_private`.");

static PyObject *
closest(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (nargs != 4 || !PyTuple_Check(args[0]) || !PyUnicode_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError,
                        "closest(sources: tuple, wrong: str, hide_private: bool, smallest: bool)");
        return NULL;
    }
    struct search search = {
        .hide_private = args[2] == Py_True,
        .smallest = args[3] == Py_True,
        .beyond_ascii = !PyUnicode_IS_ASCII(args[1]),
        .best = SIZE_MAX,
    };
    char *wrong_room = NULL;
    size_t wrong_room_size = 0;
    int status = name_text(args[1], &wrong_room, &wrong_room_size, &search.wrong);
    if (status == 0) {
        lw_match_prepare(&search.wrong);
    }
    for (Py_ssize_t i = 0; status == 0 && i < PyTuple_GET_SIZE(args[0]); i++) {
        status = consider_all(&search, PyTuple_GET_ITEM(args[0], i));
    }
    PyMem_Free(wrong_room);
    PyMem_Free(search.room);
    return status < 0 ? NULL : verdict(&search);
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
