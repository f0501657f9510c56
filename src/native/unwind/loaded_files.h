/* loaded_files.h: which ELF files are mapped into a process.
 *
 * Owns the list of them and the parsing of ELF headers in memory.  Nothing here calls the dynamic
 * loader, whose lock may be held by the thread that crashed or by one that hangs in dlopen(): its
 * list is read as memory when it is needed, so it includes libraries that were loaded late.  An
 * address that is in no file of that list is looked for in the kernel's (maps.h). */
#ifndef LASTWORDS_LOADED_FILES_H
#define LASTWORDS_LOADED_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "memory/memory.h"
#include "system/maps.h"

enum {
    LW_FILES = 512,            /* large programs map 300 libraries */
    LW_FILE_RANGES = 1024,     /* executable mappings */
    LW_FILE_PATHS = 64 * 1024, /* bytes of all paths together */
};

struct lw_file {
    uintptr_t low; /* of its ELF header */
    uintptr_t high;
    uintptr_t text_low, text_high; /* its first executable segment */
    uintptr_t bias;         /* what to add to the addresses in the file; 0 for a fixed program */
    uintptr_t eh_frame_hdr; /* 0: none */
    uintptr_t dynamic;      /* 0: none */
    const char *path;
};

/* The files of one process that have been looked up so far. */
struct lw_files {
    struct lw_memory *memory;
    int count;
    int loaded_count;
    int last_mapped; /* the file that the mapping before belongs to; -1: none */
    int maps_were_read;
    int range_count;
    size_t paths_used;
    struct lw_file files[LW_FILES];
    struct lw_loaded { /* an entry of the loader's list, the program first */
        uintptr_t bias;
        uintptr_t name;
        int described; /* it is among the files, or can't be */
    } loaded[LW_FILES];
    struct lw_file_range { /* executable memory */
        uintptr_t low;
        uintptr_t high;
    } ranges[LW_FILE_RANGES];
    char paths[LW_FILE_PATHS];
    char line[LW_MAPS_LINE];
};

/* Context: any thread.
 * Finds the loader's list and the program's own path, once.  Without it only the kernel's list is
 * used. */
void lw_files_learn(void);

/* Context: signal handler.
 * Starts with the list as it is now, of the own process, which is read through `memory`. */
void lw_files_begin(struct lw_files *files, struct lw_memory *memory);

/* Context: signal handler, after lw_files_begin().
 * The file whose mappings hold `address`, or NULL; it stays until the next lw_files_begin(). */
const struct lw_file *lw_file_at(struct lw_files *files, uintptr_t address);

/* Context: signal handler, after lw_files_begin().
 * Whether `address` lies in executable memory, a file's or not. */
int lw_is_executable(struct lw_files *files, uintptr_t address);

#endif
