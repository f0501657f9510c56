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

enum {
    LW_LINETABLE_ENTRY = 64, /* no true entry is longer: 1 byte, 4 numbers of at most 6 bytes */
};

/* A search through a table that is read piece by piece. */
struct lw_linetable_search {
    int unit;        /* wanted */
    int line;        /* of the last entry seen */
    int64_t covered; /* code units seen */
};

/* Context: signal handler | any thread | GIL held.
 * Goes on with a search (at first {unit, first line, 0}) over the next `size` bytes of the table;
 * `last` says that nothing follows them.  Returns 1 and fills *out when found.  Else returns 0:
 * *used bytes were consumed, the caller presents the rest again with what follows. */
int lw_linetable_search(struct lw_linetable_search *search, const uint8_t *piece, size_t size,
                        int last, size_t *used, struct lw_position *out);

/* Context: signal handler | any thread | GIL held.
 * Finds the position of the code unit `unit` (an instruction's byte offset / 2).
 * Returns 1 and fills *out, or 0 (every field -1) if the table doesn't cover that unit. */
int lw_linetable_find(const uint8_t *table, size_t length, int first_line, int unit,
                      struct lw_position *out);

#endif
