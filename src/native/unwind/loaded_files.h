/* modules.h: which ELF files are mapped into this process.
 *
 * Owns the list of them and the parsing of ELF headers in memory.  Nothing here asks the dynamic
 * loader, whose lock may be held by the thread that crashed or by one that hangs in dlopen(): its
 * list of what it loaded is read as plain memory, when it is needed, so that libraries loaded late
 * are seen.  An address that this list does not explain is looked for in the kernel's (maps.h). */
#ifndef LASTWORDS_MODULES_H
#define LASTWORDS_MODULES_H

#include <stddef.h>
#include <stdint.h>

/* Reads `size` bytes of this process at `address`; 1, or 0 when they can't be read. */
typedef int (*lw_peek_fn)(uintptr_t address, void *into, size_t size);

struct lw_module {
    uintptr_t low; /* where its ELF header is */
    uintptr_t high;
    uintptr_t text_low, text_high; /* its first executable segment */
    uintptr_t bias;         /* what to add to the addresses in the file; 0 for a fixed program */
    uintptr_t eh_frame_hdr; /* 0: none */
    uintptr_t dynamic;      /* 0: none */
    const char *path;
};

/* Context: any thread.
 * Finds the loader's list and the program's own path, once.  Without it only the kernel is asked. */
void lw_modules_learn(void);

/* Context: signal handler.  One thread at a time (the caller's business).
 * Starts with the list as it is now; `peek` is kept for the functions below. */
void lw_modules_begin(lw_peek_fn peek);

/* Context: signal handler, after lw_modules_begin().
 * The module whose mappings hold `address`, or NULL; it stays until the next lw_modules_begin(). */
const struct lw_module *lw_module_at(uintptr_t address);

/* Context: signal handler, after lw_modules_begin().
 * Whether `address` lies in executable memory, a module's or not. */
int lw_is_executable(uintptr_t address);

#endif
