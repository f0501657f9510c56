/* extensions.h: the "Extension modules" line, read from sys.modules while anything may be broken.
 *
 * Owns the walk over the dictionary of modules.  The offsets are found and checked by the binding
 * when the fault handler is enabled (with the GIL held); at the fault every read may fail. */
#ifndef LASTWORDS_EXTENSIONS_H
#define LASTWORDS_EXTENSIONS_H

#include <stddef.h>
#include <stdint.h>

#include "dump/dump.h"

enum {
    LW_STANDARD_NAMES = 16 * 1024, /* bytes of all names of standard modules, each with its NUL */
    LW_STANDARD_COUNT = 1024,      /* of them */
    LW_MODULE_ENTRIES = 1 << 20,   /* entries looked at in sys.modules */
    LW_MODULE_NAME = 256,          /* bytes shown of a name */
    LW_MODULE_DICT = 16,           /* where a module object points to its dict, in all versions */
};

/* Where things are; all zero: not known, and no line is written. */
struct lw_extension_layout {
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

/* One entry of sys.modules, as the walk sees it. */
struct lw_module_entry {
    uint64_t name; /* address of a str */
    uint64_t module;
};

struct lw_module_walk {
    uint64_t next;
    uint64_t left;
    uint32_t entry_size;
    uint32_t name_offset;
};

/* Context: any thread, GIL held.
 * Replaces what is known; a fault at this very moment shows no line. */
void lw_extensions_set(const struct lw_extension_layout *layout);

/* Context: signal handler | any thread.
 * Walks the entries of the dictionary; 1, or 0 when it can't be read or at the end. */
int lw_module_walk_begin(struct lw_module_walk *walk, const struct lw_extension_layout *layout);
int lw_module_walk_next(struct lw_module_walk *walk, struct lw_module_entry *entry);

/* Context: signal handler.  One thread at a time.
 * Writes an empty line and "Extension modules: a, b (total: N)", or nothing when there is none. */
void lw_extensions_dump(struct lw_sink *sink);

/* Context: signal handler.  One thread at a time.
 * Writes a line of the record for each extension module, the standard library's too: its name, and
 * the version and the file where the module says them. */
void lw_extensions_record(struct lw_dump *dump);

#endif
