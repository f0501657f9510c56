#include "cursor.h"

enum { ENCODING_OMIT = 0xff };

struct lw_cursor
lw_cursor_at(uintptr_t address, uintptr_t limit, lw_peek_fn peek)
{
    return (struct lw_cursor){.peek = peek, .next = address, .limit = limit, .base = address};
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
        if (!in->peek(in->next, in->bytes, size)) {
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

uint64_t
lw_next_uleb(struct lw_cursor *in)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint8_t byte = lw_next_byte(in);
        if (shift < 64) {
            value |= (uint64_t)(byte & 127) << shift;
        }
        if (!(byte & 128)) {
            break;
        }
    }
    return value;
}

int64_t
lw_next_sleb(struct lw_cursor *in)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint8_t byte = lw_next_byte(in);
        if (shift < 64) {
            value |= (uint64_t)(byte & 127) << shift;
        }
        if (!(byte & 128)) {
            if ((byte & 64) && shift + 7 < 64) {
                value |= ~(uint64_t)0 << (shift + 7);
            }
            break;
        }
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
    if ((encoding & 0x80) && !in->peek(value, &value, sizeof(value))) {
        in->failed = 1;
    }
    return value;
}
