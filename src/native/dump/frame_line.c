#include "dump/frame_line.h"

#include <string.h>

#include "dump/escaped_text.h"
#include "system/decimal.h"

enum {
    MAX_NAME = LW_DUMP_CHARACTERS * LW_ESCAPE_SIZE + 3,
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

/* Appends a name between `quote` and `quote` ("" or a character); "???" if it is no str. */
static char *
append_name(struct lw_target *target, uint64_t address, const char *quote, char *end)
{
    struct lw_text text;
    int found = lw_text_read(target, address, &text);
    if (found == 0) {
        return append(end, UNKNOWN, UNKNOWN_SIZE);
    }
    char *start = append(end, quote, strlen(quote));
    char *after = found < 0 ? NULL : lw_append_text(target, &text, start);
    if (after == NULL) {
        after = append(start, "<invalid>", 9);
    }
    return append(after, quote, strlen(quote));
}

/* Makes room for any code object and any of its lines. */
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
    end = append_name(&dump->session.target, entry->code.filename, "\"", end);
    end = append(end, ", line ", 7);
    entry->before = dump->arena_used;
    entry->before_size = (uint32_t)(end - start);
    char *after = end;
    end = append(end, " in ", 4);
    end = append_name(&dump->session.target, entry->code.name, "", end);
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

/* The rendered names of the code object at `address`, or NULL if there is none; after make_room(). */
static const struct lw_code_entry *
code_entry(struct lw_dump *dump, uint64_t address)
{
    uint16_t *slot = &dump->code_slots[(address >> 4) * HASH_FACTOR % LW_CODE_SLOTS];
    struct lw_code_entry *entry = &dump->codes[*slot];
    if (entry->generation == dump->generation && entry->code.address == address &&
        is_same(&dump->session.target, &entry->code)) {
        return entry;
    }
    entry = &dump->codes[dump->codes_used];
    entry->generation = 0;
    if (!lw_code_read(&dump->session.target, address, &entry->code)) {
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
    const int found =
        lw_code_position(&dump->session.target, &code->code, entry->instruction, &position) &&
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
        /* The interpreter's own code, under a class's __init__(): it has no file and no line. */
        end = start;
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
        (entry == before || is_same(&dump->session.target, &entry->code->code))) {
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
