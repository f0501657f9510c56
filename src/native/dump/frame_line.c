#include "dump/frame_line.h"

#include <string.h>

#include "system/decimal.h"

enum {
    ESCAPE_SIZE = 10, /* "\U0001f600" */
    MAX_NAME = LW_DUMP_CHARACTERS * ESCAPE_SIZE + 3,
    MAX_CODE = 2 * MAX_NAME + 64,
    MAX_LINE = MAX_CODE + 16,
    UNKNOWN_SIZE = 3,
    CODE_SPAN = 4, /* pointers in a row: filename, name, qualname, linetable */
};

#define UNKNOWN "???"
#define HASH_FACTOR 0x9E3779B1u /* 2**32 divided by the golden ratio: spreads close addresses */

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
plain_prefix(const uint8_t *bytes, size_t size)
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

/* Appends the escaped characters of a str; NULL when they can't be read. */
static char *
append_characters(struct lw_target *target, const struct lw_text *text, char *end)
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
        size_t plain = text->kind == 1 ? plain_prefix(target->scratch, piece) : 0;
        end = append(end, (const char *)target->scratch, plain);
        for (size_t i = plain; i < piece; i++) {
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
    enum { MARK = 3, LONGEST = 10 };
    size_t count = text->length < room ? (size_t)text->length : room, fits = 0, used = 0;
    if (count > sizeof target->scratch / text->kind) {
        count = sizeof target->scratch / text->kind;
    }
    if (!lw_memory_read(target->memory, text->start, target->scratch, count * text->kind)) {
        return 0;
    }
    int is_cut = count < text->length;
    for (size_t i = 0; i < count; i++) {
        char piece[LONGEST];
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

/* Appends a name between `quote`s (0 or 1 of them); "???" when it is no str. */
static char *
append_name(struct lw_target *target, uint64_t address, const char *quote, char *end)
{
    struct lw_text text;
    int found = lw_text_read(target, address, &text);
    if (found == 0) {
        return append(end, UNKNOWN, UNKNOWN_SIZE);
    }
    char *start = append(end, quote, strlen(quote));
    char *after = found < 0 ? NULL : append_characters(target, &text, start);
    if (after == NULL) {
        after = append(start, "<invalid>", 9);
    }
    return append(after, quote, strlen(quote));
}

/* Afterwards there is room for any code object and any of its lines. */
static void
make_room(struct lw_dump *dump)
{
    if (LW_ARENA_SIZE - dump->arena_used < MAX_CODE + MAX_LINE ||
        dump->codes_used == LW_CODE_ENTRIES || dump->lines_used == LW_LINE_ENTRIES) {
        lw_dump_forget(dump); /* simpler than choosing, and rare */
    }
}

static void
render_code(struct lw_dump *dump, struct lw_code_entry *entry)
{
    char *start = dump->arena + dump->arena_used;
    char *end = append(start, "  File ", 7);
    end = append_name(&dump->target, entry->code.filename, "\"", end);
    end = append(end, ", line ", 7);
    entry->before = dump->arena_used;
    entry->before_size = (uint32_t)(end - start);
    char *after = end;
    end = append(end, " in ", 4);
    end = append_name(&dump->target, entry->code.name, "", end);
    *end++ = '\n';
    entry->after = entry->before + entry->before_size;
    entry->after_size = (uint32_t)(end - after);
    dump->arena_used = entry->after + entry->after_size;
    entry->generation = dump->generation;
}

/* Is the code object still the one that was rendered?  (It may be freed while we dump.) */
static int
is_same(struct lw_target *target, const struct lw_code *code)
{
    uint64_t now[CODE_SPAN];
    return lw_memory_read(target->memory, code->address + target->layout.code_filename, now,
                          sizeof now) &&
           now[0] == code->filename && now[1] == code->name && now[3] == code->linetable;
}

/* The rendered names of the code object at `address`, NULL when there is none.  There is room. */
static const struct lw_code_entry *
code_entry(struct lw_dump *dump, uint64_t address)
{
    uint16_t *slot = &dump->code_slots[(address >> 4) * HASH_FACTOR % LW_CODE_SLOTS];
    struct lw_code_entry *entry = &dump->codes[*slot];
    if (entry->generation == dump->generation && entry->code.address == address &&
        is_same(&dump->target, &entry->code)) {
        return entry;
    }
    entry = &dump->codes[dump->codes_used];
    entry->generation = 0;
    if (!lw_code_read(&dump->target, address, &entry->code)) {
        return NULL;
    }
    *slot = (uint16_t)dump->codes_used++;
    render_code(dump, entry);
    return entry;
}

static void
render_line(struct lw_dump *dump, const struct lw_code_entry *code, struct lw_line_entry *entry)
{
    struct lw_position position;
    const int found = lw_code_position(&dump->target, &code->code, entry->instruction, &position) &&
                      position.line >= 0;
    char *start = dump->arena + dump->arena_used;
    char *end = append(start, dump->arena + code->before, code->before_size);
    if (found) {
        end = lw_append_decimal(end, (uint64_t)position.line);
    }
    else {
        end = append(end, UNKNOWN, UNKNOWN_SIZE);
    }
    end = append(end, dump->arena + code->after, code->after_size);
    if (!found && code->code.filename == code->code.name) {
        end =
            start; /* the interpreter's own, under a class's __init__(): it has no file and no line */
    }
    entry->text = dump->arena_used;
    entry->text_size = (uint32_t)(end - start);
    dump->arena_used += entry->text_size;
}

const struct lw_line_entry *
lw_frame_line(struct lw_dump *dump, const struct lw_frame *frame,
              const struct lw_line_entry *before)
{
    uint16_t *slot = &dump->line_slots[(frame->instruction >> 1) * HASH_FACTOR % LW_LINE_SLOTS];
    struct lw_line_entry *entry = &dump->lines[*slot];
    if (entry->generation == dump->generation && entry->instruction == frame->instruction &&
        entry->code->code.address == frame->code && entry->code->generation == dump->generation &&
        (entry == before || is_same(&dump->target, &entry->code->code))) {
        return entry;
    }
    make_room(dump);
    const struct lw_code_entry *code = code_entry(dump, frame->code);
    if (code == NULL) {
        return NULL;
    }
    entry = &dump->lines[dump->lines_used];
    entry->generation = 0;
    *slot = (uint16_t)dump->lines_used++;
    entry->instruction = frame->instruction;
    entry->code = code;
    render_line(dump, code, entry);
    entry->generation = dump->generation;
    return entry;
}
