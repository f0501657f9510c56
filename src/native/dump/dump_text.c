#include "dump/dump_text.h"

#include <string.h>

#include "dump/frame_line.h"
#include "walker/thread_object.h"

enum { LONGEST_STACK = 1 << 30 }; /* bytes */

struct shown {        /* what was decided about the order of a dump */
    uint64_t primary; /* the interpreter whose threads come first */
    struct lw_thread current;
    uint8_t has_current;
    uint8_t current_done; /* printed already, before its place */
};

/* Writes frames as a walk gives them. */
static void
write_frames(struct lw_dump *dump, const struct lw_frame *frames, int count)
{
    const struct lw_line_entry *line = NULL;
    for (int i = 0; i < count && !dump->sink.failed; i++) {
        line = frames[i].state == LW_FRAME_PYTHON ? lw_frame_line(dump, &frames[i], line) : NULL;
        if (line != NULL) {
            lw_sink_bytes(&dump->sink, dump->arena + line->text, line->text_size);
        }
        else {
            lw_sink_text(&dump->sink, "  <invalid frame>\n");
        }
    }
    if (count == 0) {
        lw_sink_text(&dump->sink, "  <no Python frame>\n");
    }
}

static void
dump_frames(struct lw_dump *dump, struct lw_thread *thread)
{
    int count = lw_frames_take(&dump->target, thread, dump->is_still, dump->frames, LW_DUMP_FRAMES);
    write_frames(dump, dump->frames, count);
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

/* The kernel's name of a thread, in UTF-8 as a rule, without what would steer a terminal. */
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

/* Does the interpreter tell the kernel how its threads are called?  Before 3.14 all bear the process's
 * name, as if the interpreter, or the command that runs the program, were what failed. */
static int
names_threads(const struct lw_dump *dump)
{
    return dump->target.layout.version >= 0x030e;
}

/* What Python calls a thread, in the first bytes of a name that is remembered as long as the kernel's. */
static size_t
python_name(struct lw_dump *dump, const struct lw_thread *thread, int is_own, const char **name)
{
    struct lw_name_entry *entry =
        is_own ? &dump->names.own_entry
               : &dump->names.entries[thread->native_id % LW_REMEMBERED_NAMES];
    struct lw_text text;
    if (lw_is_first_thread(thread->native_id)) {
        return 0; /* it needs no name, and is dumped most often */
    }
    if (is_own || entry->native_id != thread->native_id ||
        entry->python_read_at != entry->read_at) {
        entry->python_length = 0;
        if (lw_thread_object_name(&dump->target, thread, &text)) {
            entry->python_length =
                (uint8_t)lw_escape_text(&dump->target, &text, entry->python_name, LW_PYTHON_NAME);
        }
        entry->python_read_at = entry->read_at;
    }
    *name = entry->python_name;
    return entry->python_length;
}

static void
dump_header(struct lw_dump *dump, const struct lw_thread *thread, int current)
{
    struct lw_sink *sink = &dump->sink;
    const char *name;
    int is_own = current && !dump->current_elsewhere;
    size_t length = is_own
                        ? lw_own_name(&dump->names, &name)
                        : lw_thread_name(&dump->names, thread->native_id, thread->unique_id, &name);
    if (!names_threads(dump) && (length == 0 || lw_is_process_name(name, length))) {
        length = python_name(dump, thread, is_own, &name);
    }

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
        lw_sink_char(&dump->sink, '\n');
    }
    dump_header(dump, thread, current);
    dump_stack(dump, thread);
}

/* Finds the thread state that runs on the current thread's stack, whatever ids it bears. */
static int
find_on_stack(struct lw_dump *dump, const struct lw_dump_options *options, struct lw_thread *thread)
{
    const uint64_t low = options->current_stack, end = options->current_ident;
    /* A thread's descriptor lies at the high end of its stack, but for the first thread's. */
    const uint64_t high = end > low && end - low < LONGEST_STACK ? end : low + LONGEST_STACK;
    if (low == 0 || !lw_thread_on_stack(&dump->target, low, high, thread)) {
        return 0;
    }
    thread->ident = options->current_ident;
    thread->native_id = options->current_native;
    return 1;
}

int
lw_dump_find_current(struct lw_dump *dump, const struct lw_dump_options *options,
                     struct lw_thread *thread)
{
    if (find_on_stack(dump, options, thread)) {
        return 1;
    }
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
    if (options->first) {
        shown->has_current = 1;
        shown->current = *options->first;
    }
    else {
        shown->has_current = (uint8_t)lw_dump_find_current(dump, options, &shown->current);
    }
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
        if (dump->is_still && has_others(&dump->target, shown->primary)) {
            lw_memory_begin_own(&dump->memory); /* they may run: theirs is another lock */
            dump->is_still = 0;
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
    if (shown.has_current && limit > 0 &&
        (options->first || options->current_first || !is_within(dump, &shown, limit))) {
        dump_thread(dump, &shown.current, !options->first);
        shown.current_done = 1;
    }
    if (!options->alone || !shown.current_done) {
        dump_rest(dump, &shown, limit);
    }
}
