/* linetable.h: decodes the location table of a code object (CPython 3.11 and later).
 *
 * Owns the format of co_linetable: each entry covers (first byte & 7) + 1 code units; the top bit
 * of its first byte is set; bits 3 to 6 say how the position is stored.  The table is untrusted:
 * every read is bounded by its length. */
#ifndef LASTWORDS_LINETABLE_H
#define LASTWORDS_LINETABLE_H

#include <stddef.h>
#include <stdint.h>

/* -1 stands for "not recorded" in each field; columns are UTF-8 byte offsets from 0. */
struct lw_position {
    int line;
    int end_line;
    int column;
    int end_column;
};

/* Context: signal handler | any thread | GIL held.
 * Finds the position of the code unit `unit` (an instruction's byte offset / 2).
 * Returns 1 and fills *out, or 0 (every field -1) when the table doesn't cover that unit. */
int lw_linetable_find(const uint8_t *table, size_t length, int first_line, int unit,
                      struct lw_position *out);

#endif
