#include "unwind/cursor.h"

enum { ENCODING_OMIT = 0xff };

struct lw_cursor
lw_cursor_at(uintptr_t address, uintptr_t limit, struct lw_memory *memory)
{
    return (struct lw_cursor){.memory = memory, .next = address, .limit = limit, .base = address};
}

uint8_t
lw_next_byte(struct lw_cursor *in)
{
    if (in->failed || in->next >= in->limit) {
        in->failed = 1;
        return 0;
    }
    if (in->next - in->base >= in->have) {
        size_t size = in->limit - in->next;
        size = size < LW_CURSOR_BYTES ? size : LW_CURSOR_BYTES;
        if (!lw_memory_read(in->memory, in->next, in->bytes, size)) {
            in->failed = 1;
            return 0;
        }
        in->base = in->next;
        in->have = size;
    }
    return in->bytes[in->next++ - in->base];
}

uint64_t
lw_next_fixed(struct lw_cursor *in, int size)
{
    uint64_t value = 0;
    for (int i = 0; i < size; i++) {
        value |= (uint64_t)lw_next_byte(in) << (8 * i);
    }
    return value;
}

int64_t
lw_next_signed(struct lw_cursor *in, int size)
{
    int shift = 64 - 8 * size;
    return (int64_t)(lw_next_fixed(in, size) << shift) >> shift;
}

/* Reads groups of seven bits, the lowest first; *end is the last byte and *bits their number. */
static uint64_t
next_leb(struct lw_cursor *in, uint8_t *end, unsigned *bits)
{
    uint64_t value = 0;
    *bits = 0;
    do {
        *end = lw_next_byte(in);
        if (*bits < 64) {
            value |= (uint64_t)(*end & 127) << *bits;
        }
        *bits += 7;
    } while ((*end & 128) && *bits < 70);
    return value;
}

uint64_t
lw_next_uleb(struct lw_cursor *in)
{
    uint8_t end;
    unsigned bits;
    return next_leb(in, &end, &bits);
}

int64_t
lw_next_sleb(struct lw_cursor *in)
{
    uint8_t end;
    unsigned bits;
    uint64_t value = next_leb(in, &end, &bits);
    if ((end & 64) && !(end & 128) && bits < 64) {
        value |= ~(uint64_t)0 << bits;
    }
    return (int64_t)value;
}

uintptr_t
lw_next_pointer(struct lw_cursor *in, uint8_t encoding, uintptr_t data)
{
    uintptr_t here = in->next, value;
    if (encoding == ENCODING_OMIT) {
        return 0;
    }
    switch (encoding & 15) {
    case 0x0:
        value = lw_next_fixed(in, 8);
        break;
    case 0x1:
        value = lw_next_uleb(in);
        break;
    case 0x2:
        value = lw_next_fixed(in, 2);
        break;
    case 0x3:
        value = lw_next_fixed(in, 4);
        break;
    case 0x4:
        value = lw_next_fixed(in, 8);
        break;
    case 0x9:
        value = (uintptr_t)lw_next_sleb(in);
        break;
    case 0xa:
        value = (uintptr_t)lw_next_signed(in, 2);
        break;
    case 0xb:
        value = (uintptr_t)lw_next_signed(in, 4);
        break;
    case 0xc:
        value = (uintptr_t)lw_next_signed(in, 8);
        break;
    default:
        in->failed = 1;
        return 0;
    }
    switch (encoding & 0x70) {
    case 0x00:
        break;
    case 0x10:
        value += here;
        break;
    case 0x30:
        value += data;
        break;
    default:
        in->failed = 1;
        return 0;
    }
    if ((encoding & 0x80) && !lw_memory_read(in->memory, value, &value, sizeof(value))) {
        in->failed = 1;
    }
    return value;
}
