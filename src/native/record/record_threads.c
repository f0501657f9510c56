/* record_threads.c: the threads and their Python frames. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "output/json.h"
#include "record/json_object.h"
#include "record/record_lines.h"
#include "system/decimal.h"

enum {
    MAX_PATH = 64,
    STAT_BYTES = 512, /* of /proc/PID/stat: enough for the name and the state */
};

/* The letter of the thread's state in /proc/self/task/ID/stat, 0 if it can't be read. */
static char
native_state(uint64_t native_id)
{
    char path[MAX_PATH] = "/proc/self/task/", text[STAT_BYTES];
    strcpy(lw_append_decimal(path + strlen(path), native_id), "/stat");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t size = read(fd, text, sizeof text);
    close(fd);
    while (size > 0 && text[size - 1] != ')') { /* the name, in parentheses, may hold some too */
        size--;
    }
    return size > 0 && size + 1 < (ssize_t)sizeof text ? text[size + 1] : 0;
}

static const char *
state_in_words(char state)
{
    switch (state) {
    case 'R':
        return "running";
    case 'S':
        return "sleeping";
    case 'D':
        return "waiting for a device";
    case 'T':
    case 't':
        return "stopped";
    case 'Z':
    case 'X':
        return "ended";
    default:
        return "unknown";
    }
}

static void
put_thread(struct lw_session *session, const struct lw_thread *thread, int current)
{
    struct lw_sink *sink = &session->sink;
    const char *name;
    size_t size = lw_session_thread_name(session, thread, current, &name);
    lw_json_open(sink, "thread");
    if (thread->interpreter_id >= 0) {
        lw_json_number(sink, "interpreter", thread->interpreter_id);
    }
    else {
        lw_json_null(sink, "interpreter");
    }
    lw_json_number(sink, "native_id", (int64_t)thread->native_id);
    lw_json_address(sink, "ident", thread->ident);
    lw_json_bytes(sink, "name", name, size);
    lw_json_boolean(sink, "current", current);
    lw_json_boolean(sink, "holds_lock", thread->holds_gil);
    lw_json_boolean(sink, "collecting", thread->collecting);
    lw_json_text(sink, "native_state", state_in_words(native_state(thread->native_id)));
    if (thread->state != LW_THREAD_OK) {
        lw_json_boolean(sink, "freed", 1);
    }
    lw_json_close(sink);
}

static void
put_position(struct lw_sink *sink, const char *key, int value)
{
    if (value >= 0) {
        lw_json_number(sink, key, value);
    }
    else {
        lw_json_null(sink, key);
    }
}

/* A run of frames that execute the same instruction. */
struct run {
    struct lw_frame frame;
    uint32_t index; /* of the innermost */
    uint32_t count;
};

static void
put_frame(struct lw_session *session, uint64_t native_id, const struct run *run)
{
    struct lw_sink *sink = &session->sink;
    struct lw_target *target = &session->target;
    struct lw_code code;
    struct lw_position position;

    lw_json_open(sink, "frame");
    lw_json_number(sink, "thread", (int64_t)native_id);
    lw_json_number(sink, "index", run->index);
    if (run->frame.state == LW_FRAME_PYTHON && lw_code_read(target, run->frame.code, &code)) {
        (void)lw_code_position(target, &code, run->frame.instruction, &position);
        lw_json_object(sink, "file", target, code.filename);
        put_position(sink, "line", position.line);
        put_position(sink, "end_line", position.end_line);
        put_position(sink, "column", position.column);
        put_position(sink, "end_column", position.end_column);
        lw_json_object(sink, "name", target, code.name);
        lw_json_object(sink, "qualified_name", target, code.qualname);
    }
    else {
        lw_json_boolean(sink, "invalid", 1);
    }
    if (run->count > 1) {
        lw_json_number(sink, "repeated", run->count);
    }
    lw_json_close(sink);
}

static void
add_mark(struct lw_record_marks *marks, uint64_t address, uint32_t first, uint32_t end)
{
    if (marks != NULL && end > first && marks->count < LW_RECORD_MARKS) {
        marks->marks[marks->count++] = (struct lw_record_mark){address, first, end - 1};
    }
}

struct runs { /* counts the runs of a stack, then writes them */
    struct lw_session *session;
    uint64_t native_id;
    uint32_t seen;     /* runs so far */
    uint32_t from, to; /* of these numbers the runs are left out */
    uint32_t left_out; /* frames */
    uint8_t counting;  /* 1: nothing is written */
};

static void
finish_run(struct runs *runs, const struct run *run)
{
    if (run->count == 0) {
        return;
    }
    uint32_t number = runs->seen++;
    if (runs->counting) {
        return;
    }
    if (number >= runs->from && number < runs->to) {
        runs->left_out += run->count;
        return;
    }
    if (runs->left_out > 0) {
        struct lw_sink *sink = &runs->session->sink;
        lw_json_open(sink, "frames_left_out");
        lw_json_number(sink, "thread", (int64_t)runs->native_id);
        lw_json_number(sink, "count", runs->left_out);
        lw_json_close(sink);
        runs->left_out = 0;
    }
    put_frame(runs->session, runs->native_id, run);
}

static void
walk_runs(struct runs *runs, struct lw_thread *thread, struct lw_record_marks *marks)
{
    struct lw_frames walk;
    struct lw_frame frame;
    struct run run = {.count = 0};
    uint32_t index = 0, since = 0;

    lw_frames_begin_thread(&walk, &runs->session->target, thread);
    walk.shims = 1;
    walk.cframe = thread->cframe;
    while (!runs->session->sink.failed && lw_frames_next(&walk, &frame)) {
        if (frame.state == LW_FRAME_SHIM) {
            add_mark(marks, frame.address, since, index);
            since = index;
            continue;
        }
        if (run.count > 0 && frame.code == run.frame.code &&
            frame.instruction == run.frame.instruction && frame.state == run.frame.state) {
            run.count++;
        }
        else {
            finish_run(runs, &run);
            run = (struct run){frame, index, 1};
        }
        index++;
    }
    finish_run(runs, &run);
}

void
lw_record_thread(struct lw_session *session, struct lw_thread *thread, int current,
                 struct lw_record_marks *marks)
{
    struct runs runs = {.session = session, .native_id = thread->native_id, .counting = 1};

    put_thread(session, thread, current);
    if (thread->state != LW_THREAD_OK) {
        return;
    }
    walk_runs(&runs, thread, marks);
    runs.counting = 0;
    if (runs.seen > LW_RECORD_HEAD + LW_RECORD_TAIL) {
        runs.from = LW_RECORD_HEAD;
        runs.to = runs.seen - LW_RECORD_TAIL;
    }
    runs.seen = 0;
    walk_runs(&runs, thread, NULL);
}
