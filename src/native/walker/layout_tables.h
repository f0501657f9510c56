/* layout_tables.h: the layouts themselves, one list a version: FIELD(name, value, published).
 *
 * `published` is the byte offset, in that version's _Py_DebugOffsets, of the number that a running
 * process gives for the field; 0 where it gives none.  64-bit builds with the GIL.  layout.c makes
 * tables of these lists, layout_check.c asserts the list of the version being built. */
#ifndef LASTWORDS_LAYOUT_TABLES_H
#define LASTWORDS_LAYOUT_TABLES_H

#define LW_LAYOUT_3_11(FIELD) \
    FIELD(runtime_interpreters_head, 40, 0) \
    FIELD(runtime_finalizing, 24, 0) \
    FIELD(runtime_gil, 360, 0) \
    FIELD(interpreter_next, 0, 0) \
    FIELD(interpreter_id, 48, 0) \
    FIELD(interpreter_threads_head, 16, 0) \
    FIELD(interpreter_gc, 648, 0) \
    FIELD(interpreter_gil, LW_ABSENT, 0) \
    FIELD(gc_collecting, 200, 0) \
    FIELD(gc_frame, LW_ABSENT, 0) \
    FIELD(gil_last_holder, 8, 0) \
    FIELD(gil_locked, 16, 0) \
    FIELD(thread_prev, 0, 0) \
    FIELD(thread_next, 8, 0) \
    FIELD(thread_interpreter, 16, 0) \
    FIELD(thread_frame, 56, 0) \
    FIELD(thread_ident, 152, 0) \
    FIELD(thread_native_id, 160, 0) \
    FIELD(thread_unique_id, 240, 0) \
    FIELD(cframe_frame, 8, 0) \
    FIELD(cframe_previous, 16, 0) \
    FIELD(frame_size, 72, 0) \
    FIELD(frame_previous, 48, 0) \
    FIELD(frame_executable, 32, 0) \
    FIELD(frame_instruction, 56, 0) \
    FIELD(frame_owner, 69, 0) \
    FIELD(frame_owner_shim, 3, 0) \
    FIELD(frame_is_entry, 68, 0) \
    FIELD(frame_tag_mask, 0, 0) \
    FIELD(code_filename, 112, 0) \
    FIELD(code_name, 120, 0) \
    FIELD(code_qualname, 128, 0) \
    FIELD(code_linetable, 136, 0) \
    FIELD(code_first_line, 72, 0) \
    FIELD(code_bytecode, 184, 0) \
    LW_LAYOUT_OBJECTS(FIELD) \
    FIELD(text_ascii_start, 48, 0) \
    FIELD(text_compact_start, 72, 0)

#define LW_LAYOUT_3_12(FIELD) \
    FIELD(runtime_interpreters_head, 40, 0) \
    FIELD(runtime_finalizing, 24, 0) \
    FIELD(runtime_gil, LW_ABSENT, 0) \
    FIELD(interpreter_next, 0, 0) \
    FIELD(interpreter_id, 8, 0) \
    FIELD(interpreter_threads_head, 72, 0) \
    FIELD(interpreter_gc, 112, 0) \
    FIELD(interpreter_gil, 384, 0) \
    FIELD(gc_collecting, 200, 0) \
    FIELD(gc_frame, LW_ABSENT, 0) \
    FIELD(gil_last_holder, 8, 0) \
    FIELD(gil_locked, 16, 0) \
    FIELD(thread_prev, 0, 0) \
    FIELD(thread_next, 8, 0) \
    FIELD(thread_interpreter, 16, 0) \
    FIELD(thread_frame, 56, 0) \
    FIELD(thread_ident, 136, 0) \
    FIELD(thread_native_id, 144, 0) \
    FIELD(thread_unique_id, 224, 0) \
    FIELD(cframe_frame, 0, 0) \
    FIELD(cframe_previous, LW_ABSENT, 0) \
    FIELD(frame_size, 72, 0) \
    FIELD(frame_previous, 8, 0) \
    FIELD(frame_executable, 0, 0) \
    FIELD(frame_instruction, 56, 0) \
    FIELD(frame_owner, 70, 0) \
    FIELD(frame_owner_shim, 3, 0) \
    FIELD(frame_is_entry, LW_ABSENT, 0) \
    FIELD(frame_tag_mask, 0, 0) \
    FIELD(code_filename, 112, 0) \
    FIELD(code_name, 120, 0) \
    FIELD(code_qualname, 128, 0) \
    FIELD(code_linetable, 136, 0) \
    FIELD(code_first_line, 68, 0) \
    FIELD(code_bytecode, 192, 0) \
    LW_LAYOUT_OBJECTS(FIELD) \
    FIELD(text_ascii_start, 40, 0) \
    FIELD(text_compact_start, 56, 0)

#define LW_LAYOUT_3_13(FIELD) \
    FIELD(runtime_interpreters_head, 632, 40) \
    FIELD(runtime_finalizing, 608, 32) \
    FIELD(runtime_gil, LW_ABSENT, 0) \
    FIELD(interpreter_next, 7264, 64) \
    FIELD(interpreter_id, 7272, 56) \
    FIELD(interpreter_threads_head, 7344, 72) \
    FIELD(interpreter_gc, 7400, 80) \
    FIELD(interpreter_gil, 16, 112) \
    FIELD(gc_collecting, 200, 576) \
    FIELD(gc_frame, LW_ABSENT, 0) \
    FIELD(gil_last_holder, 8, 0) \
    FIELD(gil_locked, 16, 0) \
    FIELD(thread_prev, 0, 160) \
    FIELD(thread_next, 8, 168) \
    FIELD(thread_interpreter, 16, 176) \
    FIELD(thread_frame, 72, 184) \
    FIELD(thread_ident, 152, 192) \
    FIELD(thread_native_id, 160, 200) \
    FIELD(thread_unique_id, 224, 0) \
    FIELD(cframe_frame, LW_ABSENT, 0) \
    FIELD(cframe_previous, LW_ABSENT, 0) \
    FIELD(frame_size, 72, 256) \
    FIELD(frame_previous, 8, 232) \
    FIELD(frame_executable, 0, 240) \
    FIELD(frame_instruction, 56, 248) \
    FIELD(frame_owner, 70, 264) \
    FIELD(frame_owner_shim, 3, 0) \
    FIELD(frame_is_entry, LW_ABSENT, 0) \
    FIELD(frame_tag_mask, 0, 0) \
    FIELD(code_filename, 112, 280) \
    FIELD(code_name, 120, 288) \
    FIELD(code_qualname, 128, 296) \
    FIELD(code_linetable, 136, 304) \
    FIELD(code_first_line, 68, 312) \
    FIELD(code_bytecode, 200, 344) \
    LW_LAYOUT_OBJECTS(FIELD) \
    FIELD(text_ascii_start, 40, 560) \
    FIELD(text_compact_start, 56, 0)

#define LW_LAYOUT_3_14(FIELD) \
    FIELD(runtime_interpreters_head, 808, 40) \
    FIELD(runtime_finalizing, 784, 32) \
    FIELD(runtime_gil, LW_ABSENT, 0) \
    FIELD(interpreter_next, 7272, 64) \
    FIELD(interpreter_id, 7280, 56) \
    FIELD(interpreter_threads_head, 7344, 72) \
    FIELD(interpreter_gc, 7408, 88) \
    FIELD(interpreter_gil, 16, 120) \
    FIELD(gc_collecting, 192, 656) \
    FIELD(gc_frame, LW_ABSENT, 0) \
    FIELD(gil_last_holder, 8, 0) \
    FIELD(gil_locked, 16, 0) \
    FIELD(thread_prev, 0, 184) \
    FIELD(thread_next, 8, 192) \
    FIELD(thread_interpreter, 16, 200) \
    FIELD(thread_frame, 72, 208) \
    FIELD(thread_ident, 152, 216) \
    FIELD(thread_native_id, 160, 224) \
    FIELD(thread_unique_id, 224, 0) \
    FIELD(cframe_frame, LW_ABSENT, 0) \
    FIELD(cframe_previous, LW_ABSENT, 0) \
    FIELD(frame_size, 80, 280) \
    FIELD(frame_previous, 8, 256) \
    FIELD(frame_executable, 0, 264) \
    FIELD(frame_instruction, 56, 272) \
    FIELD(frame_owner, 74, 288) \
    FIELD(frame_owner_shim, 3, 0) \
    FIELD(frame_is_entry, LW_ABSENT, 0) \
    FIELD(frame_tag_mask, 3, 0) \
    FIELD(code_filename, 112, 320) \
    FIELD(code_name, 120, 328) \
    FIELD(code_qualname, 128, 336) \
    FIELD(code_linetable, 136, 344) \
    FIELD(code_first_line, 68, 352) \
    FIELD(code_bytecode, 208, 384) \
    LW_LAYOUT_OBJECTS(FIELD) \
    FIELD(text_ascii_start, 40, 640) \
    FIELD(text_compact_start, 56, 0)

#define LW_LAYOUT_3_15(FIELD) \
    FIELD(runtime_interpreters_head, 936, 40) \
    FIELD(runtime_finalizing, 912, 32) \
    FIELD(runtime_gil, LW_ABSENT, 0) \
    FIELD(interpreter_next, 7264, 64) \
    FIELD(interpreter_id, 7272, 56) \
    FIELD(interpreter_threads_head, 7336, 72) \
    FIELD(interpreter_gc, 7400, 88) \
    FIELD(interpreter_gil, 16, 120) \
    FIELD(gc_collecting, 112, 760) \
    FIELD(gc_frame, 120, 768) \
    FIELD(gil_last_holder, 8, 0) \
    FIELD(gil_locked, 16, 0) \
    FIELD(thread_prev, 0, 184) \
    FIELD(thread_next, 8, 192) \
    FIELD(thread_interpreter, 16, 200) \
    FIELD(thread_frame, 72, 208) \
    FIELD(thread_ident, 176, 240) \
    FIELD(thread_native_id, 184, 248) \
    FIELD(thread_unique_id, 248, 0) \
    FIELD(cframe_frame, LW_ABSENT, 0) \
    FIELD(cframe_previous, LW_ABSENT, 0) \
    FIELD(frame_size, 80, 344) \
    FIELD(frame_previous, 8, 320) \
    FIELD(frame_executable, 0, 328) \
    FIELD(frame_instruction, 56, 336) \
    FIELD(frame_owner, 74, 352) \
    FIELD(frame_owner_shim, 3, 0) \
    FIELD(frame_is_entry, LW_ABSENT, 0) \
    FIELD(frame_tag_mask, 3, 0) \
    FIELD(code_filename, 112, 384) \
    FIELD(code_name, 120, 392) \
    FIELD(code_qualname, 128, 400) \
    FIELD(code_linetable, 136, 408) \
    FIELD(code_first_line, 68, 416) \
    FIELD(code_bytecode, 208, 448) \
    LW_LAYOUT_OBJECTS(FIELD) \
    FIELD(text_ascii_start, 40, 736) \
    FIELD(text_compact_start, 56, 744)

/* The same in all five versions. */
#define LW_LAYOUT_OBJECTS(FIELD) \
    FIELD(object_type, 8, 0) \
    FIELD(variable_size, 16, 0) \
    FIELD(bytes_start, 32, 0) \
    FIELD(type_name, 24, 0) \
    FIELD(type_flags, 168, 0) \
    FIELD(text_length, 16, 0) \
    FIELD(text_state, 32, 0) \
    FIELD(text_kind_shift, 2, 0) \
    FIELD(text_compact_shift, 5, 0) \
    FIELD(text_ascii_shift, 6, 0)

#endif
