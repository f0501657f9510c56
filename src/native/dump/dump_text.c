#include "dump/dump_text.h"

#include <string.h>

#include "dump/escaped_text.h"
#include "dump/frame_line.h"

struct shown {        /* the order of a dump */
    uint64_t primary; /* the interpreter whose threads come first */
    struct lw_thread current;
    uint8_t has_current;
    uint8_t current_done; /* printed already, before its place */
};

/* Writes the line of a frame; returns its entry, by which the next one is found sooner. */
static const struct lw_line_entry *
write_frame(struct lw_dump *dump, const struct lw_frame *frame, const struct lw_line_entry *before)
{
    const struct lw_line_entry *line =
        frame->state == LW_FRAME_PYTHON ? lw_frame_line(dump, frame, before) : NULL;
    if (line != NULL) {
        lw_sink_bytes(&dump->session.sink, dump->arena + line->text, line->text_size);
    }
    else {
        lw_sink_text(&dump->session.sink, "  <invalid frame>\n");
    }
    return line;
}

/* Writes a stack that stands still, frame by frame as it is walked. */
static int
write_still(struct lw_dump *dump, struct lw_thread *thread)
{
    const struct lw_line_entry *line = NULL;
    struct lw_frames walk;
    struct lw_frame frame;
    int count = 0, invalid = 0;
    lw_frames_begin(&walk, &dump->session.target, thread->first_frame);
    while (count < LW_DUMP_FRAMES && invalid < LW_MAX_INVALID && lw_frames_next(&walk, &frame)) {
        invalid = frame.state == LW_FRAME_PYTHON ? 0 : invalid + 1;
        if (invalid <= 1) { /* several in a row are one */
            line = write_frame(dump, &frame, line);
            count++;
        }
    }
    return count;
}

/* Writes a stack that may change: first taken, then written. */
static int
write_taken(struct lw_dump *dump, struct lw_thread *thread)
{
    const struct lw_line_entry *line = NULL;
    int count = lw_frames_take(&dump->session.target, thread, dump->frames, LW_DUMP_FRAMES);
    for (int i = 0; i < count && !dump->session.sink.failed; i++) {
        line = write_frame(dump, &dump->frames[i], line);
    }
    return count;
}

static void
dump_frames(struct lw_dump *dump, struct lw_thread *thread)
{
    int count = dump->session.is_still ? write_still(dump, thread) : write_taken(dump, thread);
    if (count == 0) {
        lw_sink_text(&dump->session.sink, "  <no Python frame>\n");
    }
}

static void
dump_stack(struct lw_dump *dump, struct lw_thread *thread)
{
    if (thread->state != LW_THREAD_OK) {
        lw_sink_text(&dump->session.sink, "  <freed thread state>\n");
        return;
    }
    if (thread->collecting) {
        lw_sink_text(&dump->session.sink, "  Garbage-collecting\n");
    }
    dump_frames(dump, thread);
}

/* Writes a thread's name, in UTF-8 as a rule; control characters are escaped, since they steer
 * terminals. */
static void
write_name(struct lw_sink *sink, const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char escaped[10];
        unsigned char byte = (unsigned char)name[i];
        char *end = escaped;
        if (byte < ' ' || byte == 127) {
            end = lw_append_escaped(escaped, byte);
        }
        else {
            *end++ = name[i];
        }
        lw_sink_bytes(sink, escaped, (size_t)(end - escaped));
    }
}

static void
dump_header(struct lw_dump *dump, const struct lw_thread *thread, int current)
{
    struct lw_sink *sink = &dump->session.sink;
    const char *name;
    size_t length = lw_session_thread_name(&dump->session, thread, current, &name);

    lw_sink_text(sink, current ? "Current thread 0x" : "Thread 0x");
    lw_sink_hex(sink, thread->ident, 16);
    if (length > 0) {
        lw_sink_bytes(sink, " [", 2);
        write_name(sink, name, length);
        lw_sink_char(sink, ']');
    }
    lw_sink_text(sink, " (most recent call first):\n");
}

/* Writes one thread, after an empty line unless it is the first. */
static void
dump_thread(struct lw_dump *dump, struct lw_thread *thread, int current)
{
    if (dump->threads_shown++ > 0) {
        lw_sink_char(&dump->session.sink, '\n');
    }
    dump_header(dump, thread, current);
    dump_stack(dump, thread);
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
    if (options->first) {
        shown->has_current = 1;
        shown->current = *options->first;
    }
    else {
        const struct lw_thread *current = lw_session_current(&dump->session, &options->hint);
        shown->has_current = current != NULL;
        if (current) {
            shown->current = *current;
        }
    }
    shown->primary = primary_interpreter(&dump->session.target, shown);
}

/* Is the current thread among the first `limit` of its interpreter? */
static int
is_within(struct lw_dump *dump, const struct shown *shown, int64_t limit)
{
    struct lw_threads walk;
    struct lw_thread thread;
    if (!lw_threads_begin(&walk, &dump->session.target, shown->primary, 0)) {
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

    if (!lw_threads_begin(&walk, &dump->session.target, only, except)) {
        return 1;
    }
    while (!dump->session.sink.failed && lw_threads_next(&walk, &thread)) {
        int current = shown->has_current && thread.address == shown->current.address;
        if ((current && shown->current_done) || (!primary && thread.first_frame == 0)) {
            continue;
        }
        if (dump->threads_shown >= limit) {
            lw_sink_text(&dump->session.sink, dump->threads_shown > 0 ? "\n...\n" : "...\n");
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
        if (dump->session.is_still && has_others(&dump->session.target, shown->primary)) {
            /* They may run: another lock protects them. */
            lw_memory_begin_own(&dump->session.memory);
            dump->session.is_still = 0;
        }
        (void)dump_some(dump, shown, 0, limit);
    }
}

static void
take_options(struct lw_dump *dump, const struct lw_dump_options *options)
{
    dump->session.names.fresh = options->fresh_names;
    dump->session.current_elsewhere = options->current_elsewhere;
}

void
lw_dump_current(struct lw_dump *dump, const struct lw_dump_options *options)
{
    const struct lw_thread_hint *hint = &options->hint;
    struct lw_thread thread = {
        .ident = hint->ident, .native_id = hint->native, .state = LW_THREAD_OK};
    take_options(dump, options);
    const struct lw_thread *current = lw_session_current(&dump->session, hint);
    if (current) {
        thread = *current;
    }
    else if (hint->ident == 0) {
        return;
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
        lw_sink_text(&dump->session.sink, "Stack (most recent call first):\n");
        if (shown.has_current) {
            dump_stack(dump, &shown.current);
        }
        else {
            lw_sink_text(&dump->session.sink, "  <no Python frame>\n");
        }
        return;
    }
    if (shown.has_current && limit > 0 &&
        (options->first || options->current_first || !is_within(dump, &shown, limit))) {
        dump_thread(dump, &shown.current, !options->first);
        shown.current_done = 1;
    }
    if (!options->alone || !shown.current_done) {
        dump_rest(dump, &shown, limit);
    }
}
