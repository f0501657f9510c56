/* bind_python_modules.c: finds the address of sys.modules, and what belongs to the standard library. */
#include "bindings/bindings.h"
#include "system/process_state.h"
#include "traceback/contain.h"
#include "walker/layout.h"
#include "walker/python_modules.h"

static uint32_t definition_offset; /* of a module's definition in the module object */

void
lw_find_definition_offset(PyObject *module)
{
    enum { WORDS = 16 };
    void *definition = PyModule_GetDef(module);
    size_t words = (size_t)Py_TYPE(module)->tp_basicsize / sizeof(void *);
    for (size_t i = 2; i < words && i < WORDS; i++) {
        if (((void **)module)[i] == definition) {
            definition_offset = (uint32_t)(i * sizeof(void *));
            return;
        }
    }
}

/* Returns the standard library's names as a sorted list, or NULL with an exception: a program may have
 * replaced sys.stdlib_module_names. */
static PyObject *
standard_names(void)
{
    /* A reference: the iteration may replace it. */
    PyObject *names = Py_XNewRef(PySys_GetObject("stdlib_module_names"));
    PyObject *sorted = names ? PySequence_List(names) : PyList_New(0);
    Py_XDECREF(names);
    if (sorted && PyList_Sort(sorted) != 0) {
        Py_CLEAR(sorted);
    }
    return sorted;
}

static void
append_names(PyObject *sorted, struct lw_python_modules *layout)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(sorted); i++) {
        Py_ssize_t size = 0;
        PyObject *name = PyList_GET_ITEM(sorted, i);
        const char *text = PyUnicode_Check(name) ? PyUnicode_AsUTF8AndSize(name, &size) : NULL;
        PyErr_Clear(); /* skip what is no text */
        if (text && layout->names_size + (size_t)size + 1 <= LW_STANDARD_NAMES &&
            layout->name_count < LW_STANDARD_COUNT) {
            layout->name_starts[layout->name_count++] = (uint16_t)layout->names_size;
            memcpy(layout->names + layout->names_size, text, (size_t)size + 1);
            layout->names_size += (uint32_t)size + 1;
        }
    }
}

/* Does a walk by this layout find the same as the interpreter's own iteration? */
static int
walk_agrees(PyObject *modules, const struct lw_python_modules *layout)
{
    static struct lw_memory memory; /* too large for a stack; LW_PROCESS_LEARNING is held */
    struct lw_dict_walk walk;
    struct lw_dict_entry entry;
    PyObject *name, *module;
    Py_ssize_t at = 0;
    lw_memory_begin_held(&memory);
    if (!lw_dict_walk_begin(&walk, &memory, layout, layout->modules)) {
        return 0;
    }
    while (PyDict_Next(modules, &at, &name, &module)) {
        if (!lw_dict_walk_next(&walk, &entry) || entry.name != (uintptr_t)name ||
            entry.value != (uintptr_t)module) {
            return 0;
        }
    }
    return !lw_dict_walk_next(&walk, &entry);
}

/* Runs no Python code: sys.modules can't change meanwhile. */
static void
learn(PyObject *names)
{
    static struct lw_python_modules layout;
    PyObject *modules = PyImport_GetModuleDict(); /* borrowed */
    const struct lw_layout *known = lw_layout_of_version(PY_VERSION_HEX >> 16);
    if (!known || !definition_offset || !modules || !PyDict_CheckExact(modules)) {
        return;
    }
    layout = (struct lw_python_modules){
        .modules = (uintptr_t)modules,
        .module_type = (uintptr_t)&PyModule_Type,
        .dict_keys = offsetof(PyDictObject, ma_keys),
        .definition = definition_offset,
        .object_type = known->object_type,
        .text_length = known->text_length,
        .text_state = known->text_state,
        .text_start = known->text_ascii_start,
        .ascii_mask = 1u << known->text_compact_shift | 1u << known->text_ascii_shift,
    };
    append_names(names, &layout);
    if (walk_agrees(modules, &layout)) {
        lw_python_modules_set(&layout);
    }
}

int
lw_learn_modules(void)
{
    struct lw_lock *learning = lw_process_state(LW_PROCESS_LEARNING);
    PyObject *names = standard_names();
    if (!names) {
        return lw_contain();
    }
    if (lw_lock_try(learning)) { /* else another interpreter is doing this already */
        learn(names);
        lw_lock_release(learning);
    }
    Py_DECREF(names);
    return 0;
}
