/* layout_check.c: asserts the layout table of the version being built against its inner headers.
 *
 * Its conditions on versions say how the headers of each name what the table has under one name.
 * Static assertions can't see bit fields: lw_layout_check_built() compares those when the extension
 * is loaded. */
#define Py_BUILD_CORE 1
#pragma GCC diagnostic ignored "-Wpedantic"
#include <Python.h>

#include "internal/pycore_dict.h"
#include "internal/pycore_frame.h"
#include "internal/pycore_interp.h"
#include "internal/pycore_moduleobject.h"
#include "internal/pycore_runtime.h"
#include "walker/dict_keys.h"
#include "walker/layout.h"
#include "walker/python_modules.h"

#include "walker/layout_check.h"

/* BUILT_x and AT_x: the value of field x in the version being built, and the offset that it is
 * published at. */
#define IN_11(name, value, ...) BUILT_##name = value,
#define IN_12(name, v11, value, ...) BUILT_##name = value,
#define IN_13(name, v11, v12, value, v14, v15, at, ...) BUILT_##name = value, AT_##name = at,
#define IN_14(name, v11, v12, v13, value, v15, p13, at, ...) BUILT_##name = value, AT_##name = at,
#define IN_15(name, v11, v12, v13, v14, value, p13, p14, at) BUILT_##name = value, AT_##name = at,
#define IN_(minor) IN_##minor
#define IN(minor) IN_(minor)
enum { LW_LAYOUT_FIELDS(IN(PY_MINOR_VERSION)) };

#define SAME(name, expected) \
    _Static_assert((long long)(expected) == (long long)BUILT_##name, #name " has moved")
#define AT(name, type, field) SAME(name, offsetof(type, field))

AT(runtime_interpreters_head, _PyRuntimeState, interpreters.head);
AT(runtime_finalizing, _PyRuntimeState, _finalizing);
AT(interpreter_next, PyInterpreterState, next);
AT(interpreter_id, PyInterpreterState, id);
AT(interpreter_threads_head, PyInterpreterState, threads.head);
AT(interpreter_gc, PyInterpreterState, gc);
AT(gc_collecting, struct _gc_runtime_state, collecting);
AT(gil_last_holder, struct _gil_runtime_state, last_holder);
AT(gil_locked, struct _gil_runtime_state, locked);
AT(thread_prev, PyThreadState, prev);
AT(thread_next, PyThreadState, next);
AT(thread_interpreter, PyThreadState, interp);
AT(thread_ident, PyThreadState, thread_id);
AT(thread_native_id, PyThreadState, native_thread_id);
AT(thread_unique_id, PyThreadState, id);
AT(frame_size, _PyInterpreterFrame, localsplus);
AT(frame_previous, _PyInterpreterFrame, previous);
AT(frame_owner, _PyInterpreterFrame, owner);
AT(code_filename, PyCodeObject, co_filename);
AT(code_name, PyCodeObject, co_name);
AT(code_qualname, PyCodeObject, co_qualname);
AT(code_linetable, PyCodeObject, co_linetable);
AT(code_first_line, PyCodeObject, co_firstlineno);
AT(code_bytecode, PyCodeObject, co_code_adaptive);
AT(object_type, PyObject, ob_type);
AT(variable_size, PyVarObject, ob_size);
AT(bytes_start, PyBytesObject, ob_sval);
AT(type_name, PyTypeObject, tp_name);
AT(type_flags, PyTypeObject, tp_flags);
AT(text_length, PyASCIIObject, length);
AT(text_state, PyASCIIObject, state);
SAME(text_ascii_start, sizeof(PyASCIIObject));
SAME(text_compact_start, sizeof(PyCompactUnicodeObject));
AT(text_compact_start, PyUnicodeObject, data); /* the pointer of a str that is not compact */
_Static_assert(offsetof(PyModuleObject, md_dict) == LW_MODULE_DICT, "md_dict has moved");
#define KEYS(expected, field) \
    _Static_assert(offsetof(struct _dictkeysobject, field) == (expected), #field " has moved")
KEYS(LW_KEYS_LOG2_INDEX_BYTES, dk_log2_index_bytes);
KEYS(LW_KEYS_KIND, dk_kind);
KEYS(LW_KEYS_ENTRIES, dk_nentries);
KEYS(LW_KEYS_INDICES, dk_indices);
_Static_assert(DICT_KEYS_GENERAL == (int)LW_KEYS_GENERAL &&
                   DICT_KEYS_UNICODE == (int)LW_KEYS_TEXT && DICT_KEYS_SPLIT == (int)LW_KEYS_SPLIT,
               "the kinds of keys have changed");
SAME(frame_owner_shim, FRAME_OWNED_BY_FRAME_OBJECT + 1);

#if PY_VERSION_HEX < 0x030c0000
AT(runtime_gil, _PyRuntimeState, ceval.gil);
AT(cframe_previous, _PyCFrame, previous);
AT(frame_is_entry, _PyInterpreterFrame, is_entry);
#else
AT(interpreter_gil, PyInterpreterState, ceval.gil);
#endif

#if PY_VERSION_HEX < 0x030d0000
AT(thread_frame, PyThreadState, cframe);
AT(cframe_frame, _PyCFrame, current_frame);
AT(frame_executable, _PyInterpreterFrame, f_code);
AT(frame_instruction, _PyInterpreterFrame, prev_instr);
#else
AT(thread_frame, PyThreadState, current_frame);
AT(frame_executable, _PyInterpreterFrame, f_executable);
AT(frame_instruction, _PyInterpreterFrame, instr_ptr);

#define PUBLISHED(name, field) \
    _Static_assert(AT_##name == offsetof(_Py_DebugOffsets, field), #name " is published " \
                                                                         "elsewhere")
PUBLISHED(runtime_interpreters_head, runtime_state.interpreters_head);
PUBLISHED(runtime_finalizing, runtime_state.finalizing);
PUBLISHED(interpreter_next, interpreter_state.next);
PUBLISHED(interpreter_id, interpreter_state.id);
PUBLISHED(interpreter_threads_head, interpreter_state.threads_head);
PUBLISHED(interpreter_gc, interpreter_state.gc);
PUBLISHED(interpreter_gil, interpreter_state.ceval_gil);
PUBLISHED(gc_collecting, gc.collecting);
PUBLISHED(thread_prev, thread_state.prev);
PUBLISHED(thread_next, thread_state.next);
PUBLISHED(thread_interpreter, thread_state.interp);
PUBLISHED(thread_frame, thread_state.current_frame);
PUBLISHED(thread_ident, thread_state.thread_id);
PUBLISHED(thread_native_id, thread_state.native_thread_id);
PUBLISHED(frame_size, interpreter_frame.localsplus);
PUBLISHED(frame_previous, interpreter_frame.previous);
PUBLISHED(frame_executable, interpreter_frame.executable);
PUBLISHED(frame_instruction, interpreter_frame.instr_ptr);
PUBLISHED(frame_owner, interpreter_frame.owner);
PUBLISHED(code_filename, code_object.filename);
PUBLISHED(code_name, code_object.name);
PUBLISHED(code_qualname, code_object.qualname);
PUBLISHED(code_linetable, code_object.linetable);
PUBLISHED(code_first_line, code_object.firstlineno);
PUBLISHED(code_bytecode, code_object.co_code_adaptive);
PUBLISHED(text_ascii_start, unicode_object.asciiobject_size);
#endif

#if PY_VERSION_HEX < 0x030e0000
AT(type_cached_keys, PyHeapTypeObject, ht_cached_keys);
AT(values_first, struct _dictvalues, values);
AT(dict_keys, PyDictObject, ma_keys);
AT(dict_values, PyDictObject, ma_values);
#endif

#if PY_VERSION_HEX >= 0x030f0000
AT(gc_frame, struct _gc_runtime_state, frame);
PUBLISHED(gc_frame, gc.frame);
PUBLISHED(text_compact_start, unicode_object.compactunicodeobject_size);
#endif

static uint32_t
state_of(PyASCIIObject *text)
{
    uint32_t state;
    memcpy(&state, &text->state, sizeof state);
    return state;
}

const char *
lw_layout_check_built(void)
{
    PyASCIIObject text;
    memset(&text, 0, sizeof text);
    text.state.kind = 7;
    if (state_of(&text) != 7u << BUILT_text_kind_shift) {
        return "the kind of a str is not where it was";
    }
    memset(&text, 0, sizeof text);
    text.state.compact = 1;
    if (state_of(&text) != 1u << BUILT_text_compact_shift) {
        return "the compact bit of a str is not where it was";
    }
    memset(&text, 0, sizeof text);
    text.state.ascii = 1;
    if (state_of(&text) != 1u << BUILT_text_ascii_shift) {
        return "the ASCII bit of a str is not where it was";
    }
    return NULL;
}

uint64_t
lw_layout_own_runtime(void)
{
    return (uint64_t)(uintptr_t)&_PyRuntime;
}
