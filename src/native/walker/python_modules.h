/* python_modules.h: the Python modules of a process, read from sys.modules as untrusted memory.
 *
 * Owns the walk over the dict, what is an extension module, and what belongs to the standard
 * library.  The offsets are found and checked by the binding when the fault handler is enabled
 * (with the GIL held); at a fault every read may fail. */
#ifndef LASTWORDS_PYTHON_MODULES_H
#define LASTWORDS_PYTHON_MODULES_H

#include <stddef.h>
#include <stdint.h>

#include "memory/memory.h"

enum {
    LW_STANDARD_NAMES = 16 * 1024, /* bytes of all names of standard modules, each with its NUL */
    LW_STANDARD_COUNT = 1024,      /* names */
    LW_MODULE_ENTRIES = 1 << 20,   /* entries looked at in sys.modules */
    LW_MODULE_NAME = 256,          /* bytes shown of a name */
    LW_MODULE_DICT = 16, /* offset of a module object's pointer to its dict, in all versions */
};

/* Addresses and offsets. */
struct lw_python_modules {
    uint64_t modules; /* address of the dict sys.modules */
    uint64_t module_type;
    uint32_t dict_keys;  /* offset of the pointer to the keys in a dict */
    uint32_t definition; /* offset in a module of the pointer that is NULL in Python modules */
    uint32_t object_type;
    uint32_t text_length;
    uint32_t text_state; /* a 32-bit word */
    uint32_t text_start; /* of an ASCII string */
    uint32_t ascii_mask; /* bits of the state that an ASCII string has set */
    uint32_t names_size;
    uint32_t name_count;
    uint16_t name_starts[LW_STANDARD_COUNT]; /* in `names`, in the names' order */
    char names[LW_STANDARD_NAMES];           /* sys.stdlib_module_names */
};

/* One entry of a dict whose keys are str objects. */
struct lw_dict_entry {
    uint64_t name; /* address of a str */
    uint64_t value;
};

struct lw_dict_walk {
    struct lw_memory *memory;
    uint64_t next;
    uint64_t left;
    uint32_t entry_size;
    uint32_t name_offset;
};

/* Context: any thread, GIL held.
 * Replaces the addresses; a fault meanwhile finds them unknown. */
void lw_python_modules_set(const struct lw_python_modules *layout);

/* Context: signal handler | any thread.  NULL: not known. */
const struct lw_python_modules *lw_python_modules(void);

/* Context: signal handler | any thread.
 * Walks the entries of the dict at `address`; 1, or 0 at the end or if it can't be read. */
int lw_dict_walk_begin(struct lw_dict_walk *walk, struct lw_memory *memory,
                       const struct lw_python_modules *layout, uint64_t address);
int lw_dict_walk_next(struct lw_dict_walk *walk, struct lw_dict_entry *entry);

/* Context: signal handler | any thread.
 * Walks sys.modules: the next extension module and its name, of up to LW_MODULE_NAME bytes with its
 * NUL; 1, or 0 at the end. */
int lw_next_extension(struct lw_dict_walk *walk, const struct lw_python_modules *layout,
                      uint64_t *module, char *name);

/* Context: signal handler | any thread.
 * Copies a name that is a readable ASCII string, with its NUL; its length, else 0. */
size_t lw_module_name(struct lw_memory *memory, const struct lw_python_modules *layout,
                      uint64_t text, char *into);

/* Context: signal handler | any thread.
 * Whether a module, or the package that it is in, belongs to the standard library. */
int lw_is_standard_module(const struct lw_python_modules *layout, const char *name);

#endif
