/* source_lines.h: the source lines of a file, confirmed once.
 *
 * Owns the check of linecache's entries against the disk.  If linecache has no lines of a file, or
 * the file has changed, Python finds them. */
#ifndef LASTWORDS_SOURCE_LINES_H
#define LASTWORDS_SOURCE_LINES_H

#include "traceback/state.h"

enum { LW_KNOWN_FILES = 32 }; /* distinct files of one capture that are checked once */

struct lw_known_file {
    PyObject *filename; /* owned; a code object for code that has no file */
    PyObject *lines;    /* owned */
    PyObject *globals;  /* owned: those of the frame whose loader found no lines; NULL otherwise */
};

/* Files whose source has been confirmed during one call, or for the exceptions of one chain. */
struct lw_known_files {
    int count;
    struct lw_known_file file[LW_KNOWN_FILES];
};

/* Context: GIL held.  Drops all files. */
void lw_forget_files(struct lw_known_files *known);

/* Context: GIL held.  Returns the lines of the frame's file, Py_None if only Python can find them
 * (a new reference: other code may use `known` too), or NULL with an exception. */
PyObject *lw_source_of(struct lw_capture *self, struct lw_known_files *known, PyCodeObject *code,
                       PyFrameObject *frame);

#endif
