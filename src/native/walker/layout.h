/* layout.h: the offsets of the interpreter's fields, per version, as data.
 *
 * Owns a layout for each of CPython 3.11 to 3.15 (64-bit, with the GIL; see layout_tables.h).
 * layout_check.c asserts the table of the version being built against its headers; for 3.13 and later
 * lw_layout_find() puts what the runtime publishes (_Py_DebugOffsets) over the table, so that another
 * patch release, in this process or another, is read right or refused. */
#ifndef LASTWORDS_LAYOUT_H
#define LASTWORDS_LAYOUT_H

#include <stdint.h>

#include "memory/memory.h"
#include "walker/layout_tables.h"

enum {
    LW_ABSENT = 0x7FFFFFFF, /* this version has no such field */
    LW_FRAME_BYTES = 128,   /* room for a frame up to its locals */
    LW_CODE_BYTES = 320,    /* room for a code object up to its bytecode */
    LW_THREAD_BYTES = 512,  /* room for a thread state up to its unique id */
    LW_CFRAME_BYTES = 32,   /* of 3.11 and 3.12, on the C stack */
};

/* Offsets in bytes, but for: frame_size (bytes up to the locals), frame_owner_shim (the first owner
 * that is no Python frame), frame_tag_mask (low bits to clear in frame_executable), text_*_shift
 * (bits of the 32-bit text_state).  thread_frame holds current_frame, or, if cframe_frame is
 * present, a pointer to a struct that does; if cframe_previous is present too, frame_is_entry says
 * of a frame that its caller belongs to the previous struct.  The GIL is in the runtime
 * (runtime_gil), or the interpreter points to it (interpreter_gil).
 *
 * For thread_object.c, up to 3.13: the word object_dict_before bytes before an object points to its
 * dict.  An object without a dict has its values in itself (object_values), or the word
 * object_values_before bytes before it points to them; if that is the same word, its lowest bit is
 * set and it is one less. */
#define LW_DECLARE_FIELD(name, ...) uint32_t name;
struct lw_layout {
    uint32_t version; /* major << 8 | minor */
    LW_LAYOUT_FIELDS(LW_DECLARE_FIELD)
};
#undef LW_DECLARE_FIELD

/* Context: signal handler | any thread.
 * The table of a version (major << 8 | minor), or NULL. */
const struct lw_layout *lw_layout_of_version(uint32_t version);

/* Context: signal handler | any thread.
 * Fills *layout for the runtime at `runtime` in `memory`.  `version` is what the caller knows
 * (major << 8 | minor), 0 if only the runtime knows (3.13 and later).
 * Returns NULL, or why this runtime can't be read: a short English sentence. */
const char *lw_layout_find(struct lw_memory *memory, uint64_t runtime, uint32_t version,
                           struct lw_layout *layout);

#endif
