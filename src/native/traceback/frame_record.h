/* frame_record.h: FrameRecord, the storage under lastwords.traceback.FrameSummary.
 *
 * A record is raw while only (code, instruction offset, line) are known; the first field that is
 * read settles it: all fields are then filled from the code object.  See
 * lastwords/traceback/_pure.py for the same in Python. */
#ifndef LASTWORDS_FRAME_RECORD_H
#define LASTWORDS_FRAME_RECORD_H

#include <Python.h>

/* As lasti: use `lineno` alone, even if it is -1.  Smaller numbers: see lw_line_only(). */
enum {
    LW_LINE_ONLY = -1000,
    LW_MOST_LASTI = 1 << 30, /* no code is that long, but a program's traceback may claim it */
};

/* A frame of a traceback.  The function that fills it says whether it owns its references. */
struct lw_raw_frame {
    PyCodeObject *code;
    PyObject *source; /* list of the file's lines; empty when there are none */
    int lasti;        /* byte offset of the instruction; -1: none; less: see lw_line_only() */
    int lineno;       /* the traceback's own line; -1: look it up */
};

/* Context: GIL held.  Gives up the references of a frame that owns them. */
static inline void
lw_raw_clear(struct lw_raw_frame *raw)
{
    Py_CLEAR(raw->code);
    Py_CLEAR(raw->source);
}

/* Context: GIL held.  The `lasti` of a traceback's entry; in one that a program made it may be any
 * negative number. */
static inline int
lw_lasti_of(const PyTracebackObject *entry)
{
    return entry->tb_lasti < 0 ? -1 : entry->tb_lasti;
}

/* Context: any thread.  The `lasti` of a frame whose line alone is wanted; applied again, the
 * instruction's offset (which is -1 or more). */
static inline int
lw_line_only(int lasti)
{
    return LW_LINE_ONLY - 2 - (lasti < LW_MOST_LASTI ? lasti : LW_MOST_LASTI);
}

enum lw_field {
    LW_FILENAME,
    LW_LINENO,
    LW_END_LINENO,
    LW_COLNO,
    LW_END_COLNO,
    LW_NAME,
    LW_LINES,
    LW_LINES_DEDENTED,
    LW_LOCALS,
    LW_CODE,
    LW_FIELD_COUNT,
};

struct lw_frame_record {
    PyObject_HEAD PyObject **field; /* LW_FIELD_COUNT of them; NULL while none is set */
    PyCodeObject *code;             /* while raw; NULL otherwise */
    PyObject *source;
    int lasti;
    int lineno;
};

extern PyType_Spec lw_frame_record_spec; /* of the type FrameRecord */

/* Context: GIL held.  Makes a raw record of `type`, FrameRecord or a subclass without own storage.
 * Takes over the references of `raw`, which owns nothing afterwards, even on failure. */
PyObject *lw_frame_record_from_raw(PyTypeObject *type, struct lw_raw_frame *raw);

struct lw_position;

/* Context: GIL held.  Finds the frame's position; `line` falls back to the traceback's line. */
void lw_raw_position(const struct lw_raw_frame *raw, struct lw_position *out);

#endif
