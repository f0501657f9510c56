/* maps.h: the kernel's list of this process's mappings.
 *
 * Owns the parsing of /proc/self/maps.  It costs a tenth of a millisecond, so it is read only for what
 * the loader's list (loaded_files.h) doesn't hold. */
#ifndef LASTWORDS_MAPS_H
#define LASTWORDS_MAPS_H

#include <stddef.h>
#include <stdint.h>

enum {
    LW_MAPS_LINE = 4096 + 128, /* bytes of a line: PATH_MAX, and the columns before the path */
};

enum { LW_MAY_READ = 4, LW_MAY_WRITE = 2, LW_MAY_EXECUTE = 1 };

enum lw_maps_column {
    LW_MAPS_RANGE,
    LW_MAPS_ACCESS,
    LW_MAPS_OFFSET,
    LW_MAPS_DEVICE,
    LW_MAPS_INODE,
    LW_MAPS_COLUMNS
};

struct lw_mapping {
    uintptr_t low;
    uintptr_t high;
    int access;                           /* LW_MAY_READ and so on */
    uintptr_t offset;                     /* in the file */
    const char *columns[LW_MAPS_COLUMNS]; /* as the kernel writes them */
    const char *path;                     /* "" for memory without a file */
    size_t path_length;
};

/* Is called with each mapping; returns 0 to end the reading. */
typedef int (*lw_mapping_fn)(void *argument, const struct lw_mapping *mapping);

/* Context: signal handler.
 * Calls `take` for each mapping, lowest first; `line` is room for LW_MAPS_LINE bytes.  0 when /proc
 * can't be read. */
int lw_maps_read(char *line, lw_mapping_fn take, void *argument);

/* Context: signal handler.
 * What may be done at an address, as bits; 0 if nothing is mapped there; -1 if /proc can't be read, or
 * another thread is in this function. */
int lw_maps_access(uintptr_t address);

#endif
