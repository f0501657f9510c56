/* layout.h: where the interpreter's fields are, per version, as data.
 *
 * Owns one table for each of CPython 3.11 to 3.15 (64-bit, with the GIL).  layout_check.c asserts the
 * table of the version being built against its headers; for 3.13 and later lw_layout_find() takes
 * what the runtime publishes (_Py_DebugOffsets) over the table, so that another patch release or
 * another build of a later process is read right, or refused. */
#ifndef LASTWORDS_LAYOUT_H
#define LASTWORDS_LAYOUT_H

#include <stdint.h>

#include "memory.h"

enum { LW_ABSENT = 0xFFFF }; /* this version has no such field */

struct lw_layout {
    uint32_t version; /* major << 8 | minor */
    uint16_t debug_offsets; /* 1 when the runtime starts with _Py_DebugOffsets */

    uint32_t runtime_interpreters_head;
    uint32_t runtime_finalizing;
    uint32_t runtime_gil; /* 3.11: the one GIL is in the runtime; else 0 */

    uint32_t interpreter_next;
    uint32_t interpreter_id;
    uint32_t interpreter_threads_head;
    uint32_t interpreter_gc_collecting;
    uint32_t interpreter_gil; /* pointer to the GIL (ceval.gil); 0 on 3.11 */
    uint16_t gil_last_holder; /* in the GIL itself */
    uint16_t gil_locked;

    uint16_t thread_size; /* bytes read of a thread state */
    uint16_t thread_prev;
    uint16_t thread_next;
    uint16_t thread_interpreter;
    uint16_t thread_frame;        /* current_frame, or cframe (3.11, 3.12) */
    uint16_t thread_ident;        /* pthread_self() */
    uint16_t thread_native_id;
    uint16_t thread_unique_id;

    uint16_t cframe_frame; /* 3.11, 3.12: thread_frame points to a struct with the frame here */

    uint16_t frame_size; /* bytes read of a frame: up to its locals */
    uint16_t frame_previous;
    uint16_t frame_executable;
    uint16_t frame_instruction;
    uint16_t frame_owner;
    uint16_t frame_owner_shim;   /* owners from this on are no Python frames */
    uint8_t frame_tag_bits;      /* low bits to clear in the executable */
    int8_t frame_instruction_ahead; /* code units from `instruction` to the current one */

    uint16_t code_size; /* bytes read of a code object: up to its bytecode */
    uint16_t code_filename;
    uint16_t code_name;
    uint16_t code_qualname;
    uint16_t code_linetable;
    uint16_t code_first_line;
    uint16_t code_bytecode;

    uint16_t object_type;
    uint16_t variable_size; /* ob_size */
    uint16_t bytes_start;
    uint16_t type_name;
    uint16_t type_flags;

    uint16_t text_length;
    uint16_t text_state;
    uint16_t text_ascii_start;
    uint16_t text_compact_start;
    uint8_t text_kind_shift; /* in the 32-bit state: 3 bits */
    uint8_t text_compact_bit;
    uint8_t text_ascii_bit;
};

/* Context: signal handler | any thread.
 * The table of a version (major << 8 | minor), or NULL. */
const struct lw_layout *lw_layout_of_version(uint32_t version);

/* Context: any thread.
 * Fills *layout for the runtime at `runtime` in `memory`.  `version` is what the caller knows
 * (major << 8 | minor), 0 when only the runtime can tell (3.13 and later).
 * Returns NULL, or why this runtime can't be read: a short English sentence. */
const char *lw_layout_find(struct lw_memory *memory, uint64_t runtime, uint32_t version,
                           struct lw_layout *layout);

/* Context: any thread.  In layout_check.c, the only file that sees the interpreter's inner headers.
 * Compares bit fields, which no static assertion can, with the table of the version built for.
 * Returns NULL or what differs. */
const char *lw_layout_check_built(void);

#endif
