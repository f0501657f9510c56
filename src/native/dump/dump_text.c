#include "dump/dump_text.h"

#include <string.h>

enum {
    MAX_INVALID = 64, /* frames in a row that run no code object: the chain is garbage */
    ESCAPE_SIZE = 10, /* "\U0001f600" */
    MAX_NAME = LW_DUMP_CHARACTERS * ESCAPE_SIZE + 3,
    MAX_CODE = 2 * MAX_NAME + 64,
    MAX_LINE = MAX_CODE + 16,
    DECIMAL_DIGITS = 11,
    UNKNOWN_SIZE = 3,
    CODE_SPAN = 4, /* pointers in a row: filename, name, qualname, linetable */
};

#define UNKNOWN "???"
#define HASH_FACTOR 0x9E3779B1u /* 2**32 divided by the golden ratio: spreads close addresses */

struct shown {        /* what was decided about the order of a dump */
    uint64_t primary; /* the interpreter whose threads come first */
    struct lw_thread current;
    uint8_t has_current;
    uint8_t current_done; /* printed already, before its place */
};

static char *
append(char *end, const char *text, size_t size)
{
    memcpy(end, text, size);
    return end + size;
}

static char *
append_escaped(char *end, uint32_t character)
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
            end = append_escaped(end, character_at(target->scratch, i, text->kind));
        }
        next += piece * text->kind;
        left -= piece;
    }
    return text->length > LW_DUMP_CHARACTERS ? append(end, "...", 3) : end;
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

static char *
append_decimal(char *end, int value)
{
    char digits[DECIMAL_DIGITS];
    size_t start = sizeof digits;
    do {
        digits[--start] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return append(end, digits + start, sizeof digits - start);
}

static void
render_line(struct lw_dump *dump, const struct lw_code_entry *code, struct lw_line_entry *entry)
{
    struct lw_position position;
    char *start = dump->arena + dump->arena_used;
    char *end = append(start, dump->arena + code->before, code->before_size);
    if (lw_code_position(&dump->target, &code->code, entry->instruction, &position) &&
        position.line >= 0) {
        end = append_decimal(end, position.line);
    }
    else {
        end = append(end, UNKNOWN, UNKNOWN_SIZE);
    }
    end = append(end, dump->arena + code->after, code->after_size);
    entry->text = dump->arena_used;
    entry->text_size = (uint32_t)(end - start);
    dump->arena_used += entry->text_size;
}

/* The whole line of a frame; NULL when it runs no code object.  `before` is the entry of the frame
 * called last: in a recursion it is often the same, and was looked at a moment ago. */
static const struct lw_line_entry *
line_entry(struct lw_dump *dump, const struct lw_frame *frame, const struct lw_line_entry *before)
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

static void
dump_frames(struct lw_dump *dump, struct lw_thread *thread)
{
    struct lw_sink *sink = &dump->sink;
    struct lw_frames walk;
    struct lw_frame frame;
    const struct lw_line_entry *line = NULL;
    int shown = 0, invalid = 0;
    lw_frames_begin_thread(&walk, &dump->target, thread);
    while (shown < LW_DUMP_FRAMES && invalid < MAX_INVALID && !sink->failed &&
           lw_frames_next(&walk, &frame)) {
        line = frame.state == LW_FRAME_PYTHON ? line_entry(dump, &frame, line) : NULL;
        if (line != NULL) {
            lw_sink_bytes(sink, dump->arena + line->text, line->text_size);
            invalid = 0;
            shown++;
        }
        else if (invalid++ == 0) { /* of several in a row one is enough */
            lw_sink_text(sink, "  <invalid frame>\n");
            shown++;
        }
    }
    if (shown == 0) {
        lw_sink_text(sink, "  <no Python frame>\n");
    }
}

static void
dump_stack(struct lw_dump *dump, struct lw_thread *thread)
{
    if (thread->state != LW_THREAD_OK) {
        lw_sink_text(&dump->sink, "  <freed thread state>\n");
        return;
    }
    if (thread->collecting) {
        lw_sink_text(&dump->sink, "  Garbage-collecting\n");
    }
    dump_frames(dump, thread);
}

static void
dump_header(struct lw_dump *dump, const struct lw_thread *thread, int current)
{
    struct lw_sink *sink = &dump->sink;
    const char *name;
    size_t length = current && !dump->current_elsewhere
                        ? lw_own_name(&dump->names, &name)
                        : lw_thread_name(&dump->names, thread->native_id, thread->unique_id, &name);

    lw_sink_text(sink, current ? "Current thread 0x" : "Thread 0x");
    lw_sink_hex(sink, thread->ident, 16);
    if (length > 0) {
        lw_sink_bytes(sink, " [", 2);
        lw_sink_bytes(sink, name, length);
        lw_sink_char(sink, ']');
    }
    lw_sink_text(sink, " (most recent call first):\n");
}

/* Writes one thread, after an empty line unless it is the first. */
static void
dump_thread(struct lw_dump *dump, struct lw_thread *thread, int current)
{
    if (dump->threads_shown++ > 0) {
        lw_sink_char(&dump->sink, '\n');
    }
    dump_header(dump, thread, current);
    dump_stack(dump, thread);
}

int
lw_dump_find_current(struct lw_dump *dump, const struct lw_dump_options *options,
                     struct lw_thread *thread)
{
    if (options->current_state != 0 &&
        lw_thread_read(&dump->target, options->current_state, thread)) {
        return 1;
    }
    return options->current_native != 0 &&
           lw_thread_find(&dump->target, options->current_native, thread);
}

/* The interpreter whose threads are the dump's subject: the current thread's, else the main one. */
static uint64_t
primary_interpreter(struct lw_target *target, const struct shown *shown)
{
    struct lw_interpreter interpreter;
    uint32_t count = 0;
    uint64_t address;

    if (shown->has_current) {
        return shown->current.interpreter;
    }
    if (!lw_memory_read(target->memory, target->runtime + target->layout.runtime_interpreters_head,
                        &address, sizeof address)) {
        return 0;
    }
    while (count++ < LW_MAX_INTERPRETERS && lw_interpreter_read(target, address, &interpreter)) {
        if (interpreter.next == 0) {
            return address; /* the oldest is the main one */
        }
        address = interpreter.next;
    }
    return 0;
}

static void
decide(struct lw_dump *dump, const struct lw_dump_options *options, struct shown *shown)
{
    *shown = (struct shown){0};
    shown->has_current = (uint8_t)lw_dump_find_current(dump, options, &shown->current);
    shown->primary = primary_interpreter(&dump->target, shown);
}

/* Is the current thread among the first `limit` of its interpreter? */
static int
is_within(struct lw_dump *dump, const struct shown *shown, int64_t limit)
{
    struct lw_threads walk;
    struct lw_thread thread;
    if (!lw_threads_begin(&walk, &dump->target, shown->primary, 0)) {
        return 0;
    }
    while (limit-- > 0 && lw_threads_next(&walk, &thread)) {
        if (thread.address == shown->current.address) {
            return 1;
        }
    }
    return 0;
}

/* Writes threads of the primary interpreter, or those of all others that have a Python frame.
 * Returns 0 when the limit was reached. */
static int
dump_some(struct lw_dump *dump, const struct shown *shown, int primary, int64_t limit)
{
    struct lw_threads walk;
    struct lw_thread thread;
    uint64_t only = primary ? shown->primary : 0;
    uint64_t except = primary ? 0 : shown->primary;

    if (!lw_threads_begin(&walk, &dump->target, only, except)) {
        return 1;
    }
    while (!dump->sink.failed && lw_threads_next(&walk, &thread)) {
        int current = shown->has_current && thread.address == shown->current.address;
        if ((current && shown->current_done) || (!primary && thread.first_frame == 0)) {
            continue;
        }
        if (dump->threads_shown >= limit) {
            lw_sink_text(&dump->sink, dump->threads_shown > 0 ? "\n...\n" : "...\n");
            return 0;
        }
        dump_thread(dump, &thread, current);
    }
    return 1;
}

static int64_t
limit_of(const struct lw_dump_options *options)
{
    return options->max_threads == 0 ? LW_DUMP_THREADS : options->max_threads;
}

/* Is there more than one interpreter? */
static int
has_others(struct lw_target *target, uint64_t primary)
{
    struct lw_interpreter interpreter;
    uint64_t head;
    return lw_memory_read(target->memory,
                          target->runtime + target->layout.runtime_interpreters_head, &head,
                          sizeof head) &&
           (head != primary ||
            (lw_interpreter_read(target, head, &interpreter) && interpreter.next != 0));
}

static void
dump_rest(struct lw_dump *dump, const struct shown *shown, int64_t limit)
{
    /* Without a primary interpreter the first walk already visits all. */
    if (dump_some(dump, shown, 1, limit) && shown->primary != 0) {
        if (dump->memory.kind == LW_MEMORY_HELD && has_others(&dump->target, shown->primary)) {
            lw_memory_begin_own(&dump->memory); /* they may run: theirs is another lock */
        }
        (void)dump_some(dump, shown, 0, limit);
    }
}

static void
take_options(struct lw_dump *dump, const struct lw_dump_options *options)
{
    dump->names.fresh = options->fresh_names;
    dump->current_elsewhere = options->current_elsewhere;
}

void
lw_dump_current(struct lw_dump *dump, const struct lw_dump_options *options)
{
    struct lw_thread thread;
    take_options(dump, options);
    if (!lw_dump_find_current(dump, options, &thread)) {
        if (options->current_ident == 0) {
            return;
        }
        thread = (struct lw_thread){.ident = options->current_ident,
                                    .native_id = options->current_native,
                                    .state = LW_THREAD_OK};
    }
    dump_thread(dump, &thread, 1);
}

void
lw_dump_others(struct lw_dump *dump, const struct lw_dump_options *options)
{
    struct shown shown;
    take_options(dump, options);
    decide(dump, options, &shown);
    shown.current_done = 1;
    dump_rest(dump, &shown, limit_of(options));
}

void
lw_dump_threads(struct lw_dump *dump, const struct lw_dump_options *options)
{
    struct shown shown;
    int64_t limit = limit_of(options);

    take_options(dump, options);
    decide(dump, options, &shown);
    if (!options->all_threads) {
        lw_sink_text(&dump->sink, "Stack (most recent call first):\n");
        if (shown.has_current) {
            dump_stack(dump, &shown.current);
        }
        else {
            lw_sink_text(&dump->sink, "  <no Python frame>\n");
        }
        return;
    }
    int beyond = shown.has_current && limit > 0 && !is_within(dump, &shown, limit);
    if (shown.has_current && limit > 0 && (options->current_first || beyond)) {
        dump_thread(dump, &shown.current, 1);
        shown.current_done = 1;
    }
    dump_rest(dump, &shown, limit + beyond); /* as many others as the standard module shows */
}
