/* build_id.h: the number that a linker gave to a file, by which its debug information is found. */
#ifndef LASTWORDS_BUILD_ID_H
#define LASTWORDS_BUILD_ID_H

#include <stddef.h>
#include <stdint.h>

#include "unwind/loaded_files.h"

enum { LW_BUILD_ID = 64 }; /* bytes at most */

/* Context: signal handler.
 * Reads the build id of a mapped file; its length, 0 if there is none. */
size_t lw_build_id(struct lw_memory *memory, const struct lw_file *file, uint8_t *id);

#endif
