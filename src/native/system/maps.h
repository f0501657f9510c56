/* maps.h: what the kernel says is mapped into this process.
 *
 * Owns the parsing of /proc/self/maps, which costs a tenth of a millisecond: for what the loader's
 * list (modules.h) can't say. */
#ifndef LASTWORDS_MAPS_H
#define LASTWORDS_MAPS_H

#include <stddef.h>
#include <stdint.h>

struct lw_mapping {
    uintptr_t low;
    uintptr_t high;
    int is_executable;
    int access;       /* LW_MAY_READ and so on */
    uintptr_t offset; /* in the file */
    const char *path; /* "" for memory without a file */
    size_t path_length;
};

/* Context: signal handler.  One thread at a time (the caller's business).
 * Calls `take` for each mapping, lowest first.  0 when /proc can't be read. */
int lw_maps_read(void (*take)(const struct lw_mapping *mapping));

enum { LW_MAY_READ = 4, LW_MAY_WRITE = 2, LW_MAY_EXECUTE = 1 };

/* Context: signal handler.
 * What may be done at an address, as bits; 0 where nothing is mapped; -1 when that can't be told, or
 * another thread is asking. */
int lw_maps_access(uintptr_t address);

#endif
