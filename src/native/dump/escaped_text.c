#include "dump/escaped_text.h"

#include <string.h>

static char *
append(char *end, const char *text, size_t size)
{
    memcpy(end, text, size);
    return end + size;
}

char *
lw_append_escaped(char *end, uint32_t character)
{
    static const char letters[] = "0123456789abcdef";
    int digits = 8;
    if (character >= ' ' && character < 127) {
        *end++ = (char)character;
        return end;
    }
    *end++ = '\\';
    if (character <= 0xFF) {
        *end++ = 'x';
        digits = 2;
    }
    else if (character <= 0xFFFF) {
        *end++ = 'u';
        digits = 4;
    }
    else {
        *end++ = 'U';
    }
    while (digits-- > 0) {
        *end++ = letters[(character >> (4 * digits)) & 15];
    }
    return end;
}

static uint32_t
character_at(const uint8_t *bytes, size_t index, int kind)
{
    uint32_t wide;
    uint16_t narrow;
    switch (kind) {
    case 1:
        return bytes[index];
    case 2:
        memcpy(&narrow, bytes + 2 * index, sizeof narrow);
        return narrow;
    default:
        memcpy(&wide, bytes + 4 * index, sizeof wide);
        return wide;
    }
}

/* How many bytes at the start, in eights, need no escape?  (Bit tricks on eight bytes at a time.) */
static size_t
unescaped_prefix(const uint8_t *bytes, size_t size)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x80 * ones;
    size_t done = 0;
    for (; done + 8 <= size; done += 8) {
        uint64_t eight;
        memcpy(&eight, bytes + done, sizeof eight);
        uint64_t control = (eight - ones * ' ') & ~eight; /* a byte below a space borrows */
        uint64_t delete = eight + ones;                   /* 0x7f gets the high bit */
        if ((eight | control | delete) & high) {
            break;
        }
    }
    return done;
}

char *
lw_append_text(struct lw_target *target, const struct lw_text *text, char *end)
{
    size_t left = text->length < LW_DUMP_CHARACTERS ? (size_t)text->length : LW_DUMP_CHARACTERS;
    uint64_t next = text->start;
    while (left > 0) {
        size_t piece = sizeof target->scratch / text->kind;
        if (piece > left) {
            piece = left;
        }
        if (!lw_memory_read(target->memory, next, target->scratch, piece * text->kind)) {
            return NULL;
        }
        size_t unescaped = text->kind == 1 ? unescaped_prefix(target->scratch, piece) : 0;
        end = append(end, (const char *)target->scratch, unescaped);
        for (size_t i = unescaped; i < piece; i++) {
            end = lw_append_escaped(end, character_at(target->scratch, i, text->kind));
        }
        next += piece * text->kind;
        left -= piece;
    }
    return text->length > LW_DUMP_CHARACTERS ? append(end, "...", 3) : end;
}

size_t
lw_escape_text(struct lw_target *target, const struct lw_text *text, char *into, size_t room)
{
    enum { MARK = 3 };
    size_t count = text->length < room ? (size_t)text->length : room, fits = 0, used = 0;
    if (count > sizeof target->scratch / text->kind) {
        count = sizeof target->scratch / text->kind;
    }
    if (!lw_memory_read(target->memory, text->start, target->scratch, count * text->kind)) {
        return 0;
    }
    int is_cut = count < text->length;
    for (size_t i = 0; i < count; i++) {
        char piece[LW_ESCAPE_SIZE];
        char *end = lw_append_escaped(piece, character_at(target->scratch, i, text->kind));
        size_t size = (size_t)(end - piece);
        if (used + size > room) {
            is_cut = 1;
            break;
        }
        append(into + used, piece, size);
        used += size;
        fits = used + MARK <= room ? used : fits;
    }
    if (is_cut) {
        append(into + fits, "...", MARK);
        used = fits + MARK;
    }
    return used;
}
