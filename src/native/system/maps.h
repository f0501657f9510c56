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
    uintptr_t offset; /* in the file */
    const char *path; /* "" for memory without a file */
    size_t path_length;
};

/* Context: signal handler.  One thread at a time (the caller's business).
 * Calls `take` for each mapping, lowest first.  0 when /proc can't be read. */
int lw_maps_read(void (*take)(const struct lw_mapping *mapping));

#endif
