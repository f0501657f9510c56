/* capture.h: tracebacks to frames and to text, without a Python call a frame.
 *
 * Owns the walk over a traceback, the check of linecache's entries, the collapse of repeated frames
 * and the text of exceptions that need nothing special.  What is not plain goes back to Python. */
#ifndef LASTWORDS_CAPTURE_H
#define LASTWORDS_CAPTURE_H

#include <Python.h>

#include "traceback/frame_iterator.h"
#include "traceback/frame_record.h"
#include "traceback/memo.h"

enum {
    LW_WATCHED_CLASSES = 4,
    LW_WATCHED_NAMES = 8,
};

/* A name in a module whose replacement means that another library decides about source lines. */
struct lw_watched_name {
    PyObject *names; /* the module's dict */
    PyObject *name;
    PyObject *value;
};

struct lw_capture {
    PyTypeObject *record_type;
    PyTypeObject *walk_type;
    PyTypeObject *known_files_type;
    struct lw_memo_pool *memo; /* NULL: nothing is remembered */
    PyObject *given; /* (earlier, now): all that was ever given: a call under way may use it */
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

struct lw_known_files;

/* Context: GIL held.  Fills `raw` from one entry of a traceback, with new references.
 * 1: done, 0: only Python can find the source, -1: error; it owns nothing then. */
int lw_read_entry(struct lw_capture *self, struct lw_known_files *known, PyTracebackObject *entry,
                  struct lw_raw_frame *raw);

/* Context: GIL held.  Each returns a new reference, Py_None where Python must do the work, or NULL
 * with an exception.  lw_format_exception() then returns a dict, if it has asked exceptions for their
 * messages already: they are asked once. */
PyObject *lw_capture_traceback(struct lw_capture *self, struct lw_known_files *known,
                               PyObject *traceback, Py_ssize_t skip, Py_ssize_t most);
PyObject *lw_capture_walk(struct lw_capture *self, struct lw_frame_walk *walk, Py_ssize_t most);
PyObject *lw_format_stack(struct lw_capture *self, PyObject *frames, PyObject *palette);
PyObject *lw_format_exception(struct lw_capture *self, PyObject *value, PyObject *traceback,
                              PyObject *palette);

/* Context: GIL held.  Says whether the fast ways may be taken; -1 with an exception. */
int lw_capture_usable(struct lw_capture *self);

#endif
