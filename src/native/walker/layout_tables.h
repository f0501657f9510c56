
/* layout_tables.h: the offsets of fields, a row a field and a column a version.
 *
 *     FIELD(name,  3.11, 3.12, 3.13, 3.14, 3.15,  published 3.13, 3.14, 3.15)
 *
 * The first five are the built-in values; LW_ABSENT if a version has no such field.  The last three
 * are byte offsets, in that version's _Py_DebugOffsets, of the number that a running process gives for
 * the field; 0 if it gives none.  64-bit builds with the GIL.  layout.c makes tables of the list,
 * layout_check.c asserts the column of the version being built. */
#ifndef LASTWORDS_LAYOUT_TABLES_H
#define LASTWORDS_LAYOUT_TABLES_H

/* clang-format off */
#define LW_LAYOUT_FIELDS(FIELD) \
    FIELD(runtime_interpreters_head,        40,        40,       632,       808,       936,    40,   40,   40) \
    FIELD(runtime_finalizing,               24,        24,       608,       784,       912,    32,   32,   32) \
    FIELD(runtime_gil,                     360, LW_ABSENT, LW_ABSENT, LW_ABSENT, LW_ABSENT,     0,    0,    0) \
    FIELD(interpreter_next,                  0,         0,      7264,      7272,      7264,    64,   64,   64) \
    FIELD(interpreter_id,                   48,         8,      7272,      7280,      7272,    56,   56,   56) \
    FIELD(interpreter_threads_head,         16,        72,      7344,      7344,      7336,    72,   72,   72) \
    FIELD(interpreter_gc,                  648,       112,      7400,      7408,      7400,    80,   88,   88) \
    FIELD(interpreter_gil,           LW_ABSENT,       384,        16,        16,        16,   112,  120,  120) \
    FIELD(gc_collecting,                   200,       200,       200,       192,       112,   576,  656,  760) \
    FIELD(gc_frame,                  LW_ABSENT, LW_ABSENT, LW_ABSENT, LW_ABSENT,       120,     0,    0,  768) \
    FIELD(gil_last_holder,                   8,         8,         8,         8,         8,     0,    0,    0) \
    FIELD(gil_locked,                       16,        16,        16,        16,        16,     0,    0,    0) \
    FIELD(thread_prev,                       0,         0,         0,         0,         0,   160,  184,  184) \
    FIELD(thread_next,                       8,         8,         8,         8,         8,   168,  192,  192) \
    FIELD(thread_interpreter,               16,        16,        16,        16,        16,   176,  200,  200) \
    FIELD(thread_frame,                     56,        56,        72,        72,        72,   184,  208,  208) \
    FIELD(thread_ident,                    152,       136,       152,       152,       176,   192,  216,  240) \
    FIELD(thread_native_id,                160,       144,       160,       160,       184,   200,  224,  248) \
    FIELD(thread_unique_id,                240,       224,       224,       224,       248,     0,    0,    0) \
    FIELD(cframe_frame,                      8,         0, LW_ABSENT, LW_ABSENT, LW_ABSENT,     0,    0,    0) \
    FIELD(cframe_previous,                  16, LW_ABSENT, LW_ABSENT, LW_ABSENT, LW_ABSENT,     0,    0,    0) \
    FIELD(frame_size,                       72,        72,        72,        80,        80,   256,  280,  344) \
    FIELD(frame_previous,                   48,         8,         8,         8,         8,   232,  256,  320) \
    FIELD(frame_executable,                 32,         0,         0,         0,         0,   240,  264,  328) \
    FIELD(frame_instruction,                56,        56,        56,        56,        56,   248,  272,  336) \
    FIELD(frame_owner,                      69,        70,        70,        74,        74,   264,  288,  352) \
    FIELD(frame_owner_shim,                  3,         3,         3,         3,         3,     0,    0,    0) \
    FIELD(frame_is_entry,                   68, LW_ABSENT, LW_ABSENT, LW_ABSENT, LW_ABSENT,     0,    0,    0) \
    FIELD(frame_tag_mask,                    0,         0,         0,         3,         3,     0,    0,    0) \
    FIELD(code_filename,                   112,       112,       112,       112,       112,   280,  320,  384) \
    FIELD(code_name,                       120,       120,       120,       120,       120,   288,  328,  392) \
    FIELD(code_qualname,                   128,       128,       128,       128,       128,   296,  336,  400) \
    FIELD(code_linetable,                  136,       136,       136,       136,       136,   304,  344,  408) \
    FIELD(code_first_line,                  72,        68,        68,        68,        68,   312,  352,  416) \
    FIELD(code_bytecode,                   184,       192,       200,       208,       208,   344,  384,  448) \
    FIELD(object_type,                       8,         8,         8,         8,         8,     0,    0,    0) \
    FIELD(variable_size,                    16,        16,        16,        16,        16,     0,    0,    0) \
    FIELD(bytes_start,                      32,        32,        32,        32,        32,     0,    0,    0) \
    FIELD(type_name,                        24,        24,        24,        24,        24,     0,    0,    0) \
    FIELD(type_flags,                      168,       168,       168,       168,       168,     0,    0,    0) \
    FIELD(type_cached_keys,            872,       880,       880, LW_ABSENT, LW_ABSENT,     0,    0,    0) \
    FIELD(object_dict_before,           24,        24,        24, LW_ABSENT, LW_ABSENT,     0,    0,    0) \
    FIELD(object_values_before,         32,        24, LW_ABSENT, LW_ABSENT, LW_ABSENT,     0,    0,    0) \
    FIELD(object_values,         LW_ABSENT, LW_ABSENT,        16, LW_ABSENT, LW_ABSENT,     0,    0,    0) \
    FIELD(values_first,                  0,         0,         8, LW_ABSENT, LW_ABSENT,     0,    0,    0) \
    FIELD(dict_keys,                    32,        32,        32, LW_ABSENT, LW_ABSENT,     0,    0,    0) \
    FIELD(dict_values,                  40,        40,        40, LW_ABSENT, LW_ABSENT,     0,    0,    0) \
    FIELD(text_length,                      16,        16,        16,        16,        16,     0,    0,    0) \
    FIELD(text_state,                       32,        32,        32,        32,        32,     0,    0,    0) \
    FIELD(text_kind_shift,                   2,         2,         2,         2,         2,     0,    0,    0) \
    FIELD(text_compact_shift,                5,         5,         5,         5,         5,     0,    0,    0) \
    FIELD(text_ascii_shift,                  6,         6,         6,         6,         6,     0,    0,    0) \
    FIELD(text_ascii_start,                 48,        40,        40,        40,        40,   560,  640,  736) \
    FIELD(text_compact_start,               72,        56,        56,        56,        56,     0,    0,  744)
/* clang-format on */

#endif
