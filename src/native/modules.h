/* modules.h: which ELF files are mapped into this process, and the names of their symbols.
 *
 * Owns the parsing of /proc/self/maps and of ELF headers in memory.  Nothing here asks the dynamic
 * loader: its lock may be held by the thread that crashed, or by one that hangs in dlopen().
 * The map is read when it is needed, so libraries loaded late are seen. */
#ifndef LASTWORDS_MODULES_H
#define LASTWORDS_MODULES_H

#include <stddef.h>
#include <stdint.h>

/* Reads `size` bytes of this process at `address`; 1, or 0 when they can't be read. */
typedef int (*lw_peek_fn)(uintptr_t address, void *into, size_t size);

struct lw_module {
    uintptr_t low;
    uintptr_t high;
    uintptr_t bias;         /* what to add to the addresses in the file; 0 for a fixed program */
    uintptr_t eh_frame_hdr; /* 0: none */
    uintptr_t dynamic;      /* 0: none */
    const char *path;
    uintptr_t symbols; /* of the dynamic symbol table, once it was looked for */
    uintptr_t names;
    uint32_t symbol_count;
    int symbols_known;
};

struct lw_symbol {
    const char *name; /* in static storage, cut when longer than it; "" when unknown */
    uintptr_t start;
};

/* Context: signal handler.  One thread at a time (the caller's business).
 * Reads the map of the process into static storage.  Returns the number of modules, 0 when /proc
 * can't be read. */
int lw_modules_load(lw_peek_fn peek);

/* Context: signal handler, after lw_modules_load().
 * The module whose mappings hold `address`, or NULL. */
const struct lw_module *lw_module_at(uintptr_t address);

/* Context: signal handler, after lw_modules_load().
 * Whether `address` lies in executable memory, a module's or not. */
int lw_is_executable(uintptr_t address);

/* Context: signal handler.
 * Finds the dynamic symbol of `module` that covers `address`.  1, or 0 when there is none. */
int lw_module_symbol(const struct lw_module *module, uintptr_t address, lw_peek_fn peek,
                     struct lw_symbol *out);

#endif
