/* cursor.h: reads the encoded numbers of .eh_frame one after the other (LSB, "DWARF extensions").
 *
 * The bytes are untrusted and may be unreadable: after a failure everything read is 0. */
#ifndef LASTWORDS_CURSOR_H
#define LASTWORDS_CURSOR_H

#include <stddef.h>
#include <stdint.h>

#include "memory/memory.h"

enum { LW_CURSOR_BYTES = 96 }; /* read ahead */

struct lw_cursor {
    struct lw_memory *memory;
    uintptr_t next;
    uintptr_t limit;
    uintptr_t base; /* address of bytes[0] */
    size_t have;
    int failed;
    uint8_t bytes[LW_CURSOR_BYTES];
};

/* Context: signal handler | any thread.
 * From `address` to `limit`. */
struct lw_cursor lw_cursor_at(uintptr_t address, uintptr_t limit, struct lw_memory *memory);

/* Context: signal handler | any thread.
 * Unsigned and signed numbers of a fixed size in bytes, and of LEB128. */
uint8_t lw_next_byte(struct lw_cursor *in);
uint64_t lw_next_fixed(struct lw_cursor *in, int size);
int64_t lw_next_signed(struct lw_cursor *in, int size);
uint64_t lw_next_uleb(struct lw_cursor *in);
int64_t lw_next_sleb(struct lw_cursor *in);

/* Context: signal handler | any thread.
 * A pointer in one of the encodings of the LSB ("DW_EH_PE"); `data` is what datarel counts from. */
uintptr_t lw_next_pointer(struct lw_cursor *in, uint8_t encoding, uintptr_t data);

#endif
