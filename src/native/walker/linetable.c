#include "walker/linetable.h"

enum entry_kind {
    KIND_ONE_LINE_FIRST = 10, /* 10, 11, 12: line moves by kind - 10, two column bytes */
    KIND_NO_COLUMNS = 13,
    KIND_LONG = 14,
    KIND_NONE = 15,
};

struct reader {
    const uint8_t *next;
    const uint8_t *end;
};

/* Six bits a byte, least significant first; bit 6 says that another byte follows. */
static uint32_t
read_varint(struct reader *in)
{
    uint32_t value = 0;
    unsigned shift = 0;
    while (in->next < in->end) {
        uint8_t byte = *in->next++;
        if (shift < 32) {
            value |= (uint32_t)(byte & 63) << shift;
        }
        shift += 6;
        if (!(byte & 64)) {
            break;
        }
    }
    return value;
}

/* The lowest bit is the sign. */
static int
read_signed_varint(struct reader *in)
{
    uint32_t value = read_varint(in);
    int magnitude = (int)(value >> 1);
    return (value & 1) ? -magnitude : magnitude;
}

static uint8_t
read_byte(struct reader *in)
{
    return in->next < in->end ? *in->next++ : 0;
}

/* Wraps instead of overflowing: a corrupt table may hold any sum. */
static int
add_wrapping(int left, int right)
{
    return (int)((uint32_t)left + (uint32_t)right);
}

static void
read_entry(struct reader *in, int kind, int *line, struct lw_position *out)
{
    *out = (struct lw_position){-1, -1, -1, -1};
    if (kind == KIND_NONE) {
        return;
    }
    if (kind == KIND_LONG) {
        *line = add_wrapping(*line, read_signed_varint(in));
        out->line = *line;
        out->end_line = add_wrapping(*line, (int)read_varint(in));
        out->column = add_wrapping((int)read_varint(in), -1);
        out->end_column = add_wrapping((int)read_varint(in), -1);
        return;
    }
    if (kind == KIND_NO_COLUMNS) {
        *line = add_wrapping(*line, read_signed_varint(in));
        out->line = out->end_line = *line;
        return;
    }
    if (kind >= KIND_ONE_LINE_FIRST) {
        *line = add_wrapping(*line, kind - KIND_ONE_LINE_FIRST);
        out->column = read_byte(in);
        out->end_column = read_byte(in);
    }
    else {
        int second = read_byte(in);
        out->column = (kind << 3) | (second >> 4);
        out->end_column = out->column + (second & 15);
    }
    out->line = out->end_line = *line;
}

int
lw_linetable_search(struct lw_linetable_search *search, const uint8_t *piece, size_t size, int last,
                    size_t *used, struct lw_position *out)
{
    struct reader in = {piece, piece + size};

    *out = (struct lw_position){-1, -1, -1, -1};
    while (in.next < in.end && (last || in.end - in.next >= LW_LINETABLE_ENTRY)) {
        uint8_t head = *in.next++;
        if (!(head & 128)) {
            continue; /* out of step: resynchronise at the next entry */
        }
        struct lw_position here;
        read_entry(&in, (head >> 3) & 15, &search->line, &here);
        search->covered += (head & 7) + 1;
        if (search->unit < search->covered) {
            *out = here;
            return 1;
        }
    }
    *used = (size_t)(in.next - piece);
    return 0;
}

int
lw_linetable_find(const uint8_t *table, size_t length, int first_line, int unit,
                  struct lw_position *out)
{
    struct lw_linetable_search search = {unit, first_line, 0};
    size_t used;

    if (unit < 0) {
        *out = (struct lw_position){-1, -1, -1, -1};
        return 0;
    }
    return lw_linetable_search(&search, table, length, 1, &used, out);
}
