/* memo.h: the rendered text of a frame, remembered with its code object.
 *
 * Owns one table a code object, kept in the code object's extra data and freed with it.  An entry
 * is found by (instruction offset, line, palette) and is valid while the source lines it was made
 * from are the same objects, or equal ones.  All tables together are bounded. */
#ifndef LASTWORDS_MEMO_H
#define LASTWORDS_MEMO_H

#include <Python.h>

#include "traceback/frame_record.h"

struct lw_memo_pool;

struct lw_memo_entry {
    int lasti;
    int lineno;     /* the traceback's own line, part of what the text was made from */
    int first_line; /* the frame's; -1: unknown */
    int last_line;
    PyObject *palette; /* NULL: no colours */
    PyObject *lines;   /* a str for one line, a tuple of str for several, NULL for no source */
    PyObject *text;
};

/* Context: GIL held.  Makes the pool of an interpreter, or returns NULL (with an exception) if
 * code objects have no room left for extra data: then nothing is remembered. */
struct lw_memo_pool *lw_memo_pool_new(void);

/* Context: GIL held.  Releases the pool; tables of living code objects stay valid. */
void lw_memo_pool_release(struct lw_memo_pool *pool);

/* The memory of a frame. */
struct lw_remembered {
    int line;       /* the frame's; -1: unknown */
    PyObject *text; /* a new reference; NULL: not known, or of another source */
};

/* Context: GIL held.  Returns whether the frame is known, and fills `out`. */
int lw_memo_find(struct lw_memo_pool *pool, const struct lw_raw_frame *raw, PyObject *palette,
                 struct lw_remembered *out);

/* Context: GIL held.  Remembers a frame's line and text, if possible.  Finalizers may run. */
void lw_memo_store(struct lw_memo_pool *pool, const struct lw_raw_frame *raw, PyObject *palette,
                   PyObject *text);

/* Context: GIL held.  Forgets every text. */
void lw_memo_forget(struct lw_memo_pool *pool);

#endif
