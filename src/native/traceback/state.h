/* state.h: the state of an interpreter's fast ways, and whether they may be taken.
 *
 * The rule, as in lastwords/_overrides.py: a short cut is taken only while every part that it
 * replaces is the one that we shipped. */
#ifndef LASTWORDS_STATE_H
#define LASTWORDS_STATE_H

#include <Python.h>

#include "traceback/frame_record.h"
#include "traceback/memo.h"

enum {
    LW_WATCHED_CLASSES = 4,
    LW_WATCHED_NAMES = 8,
};

/* A name in a module; if it is replaced, another library provides source lines. */
struct lw_watched_name {
    PyObject *names; /* the module's dict */
    PyObject *name;
    PyObject *value;
};

struct lw_capture {
    PyTypeObject *frame_record_type;
    PyTypeObject *frame_iterator_type;
    PyTypeObject *known_files_type;
    struct lw_memo_pool *memo; /* NULL: nothing is remembered */
    PyObject *given; /* (earlier, now): all arguments ever given, which a call under way may use */
    /* Given by lastwords.traceback._fast, and borrowed from there; NULL before that. */
    PyTypeObject *frame_type;
    PyTypeObject *stack_type;
    PyObject *render;   /* (frame, palette) -> str */
    PyObject *refresh;  /* (filename, globals, code) -> list of lines */
    PyObject *pristine; /* () -> bool: no class has been changed */
    PyObject *linecache_names;
    PyObject *typed_sources; /* linecache's sources of code without a file; NULL before 3.13 */
    PyObject *frozen_prefix; /* names with it may have a source; NULL before 3.14 */
    PyObject *no_lines;      /* the source of code that has none: an empty list */
    PyObject *cause_message, *context_message, *header;
    PyTypeObject *watched_class[LW_WATCHED_CLASSES];
    unsigned int class_version[LW_WATCHED_CLASSES];
    struct lw_watched_name watched_name[LW_WATCHED_NAMES];
    int watched_names;
    /* Interned strings. */
    PyObject *str_cache, *str_cause, *str_context, *str_suppress, *str_notes, *str_module,
        *str_traceback;
};

/* Context: GIL held.  Returns whether the fast ways may be taken; -1 with an exception. */
int lw_capture_usable(struct lw_capture *self);

#endif
