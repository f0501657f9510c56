#include "record/record_lines.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "output/json.h"
#include "unwind/native_stack.h"

enum {
    MAX_PATH = 64,
    STAT_BYTES = 512, /* of /proc/PID/stat: enough for the name and the state */
    LINE_BYTES = 4096 + 128,
    MAX_MAPPINGS = 100000,
};

static void
open_line(struct lw_sink *sink, const char *kind)
{
    lw_json_open(sink);
    lw_json_text(sink, "kind", kind);
}

struct meaning {
    int signum; /* 0: any */
    int code;
    const char *name;
    const char *words;
};

/* What si_code says (sigaction(2)). */
static const struct meaning meanings[] = {
    {SIGSEGV, SEGV_MAPERR, "SEGV_MAPERR", "address not mapped"},
    {SIGSEGV, SEGV_ACCERR, "SEGV_ACCERR", "access not permitted"},
    {SIGSEGV, SI_KERNEL, "SI_KERNEL", "address that no pointer can have"},
    {SIGBUS, BUS_ADRALN, "BUS_ADRALN", "address not aligned"},
    {SIGBUS, BUS_ADRERR, "BUS_ADRERR", "no memory at this address, e.g. a file that was cut"},
    {SIGBUS, BUS_OBJERR, "BUS_OBJERR", "hardware error"},
    {SIGBUS, BUS_MCEERR_AR, "BUS_MCEERR_AR", "memory error, action required"},
    {SIGBUS, BUS_MCEERR_AO, "BUS_MCEERR_AO", "memory error, action optional"},
    {SIGFPE, FPE_INTDIV, "FPE_INTDIV", "integer division by zero"},
    {SIGFPE, FPE_INTOVF, "FPE_INTOVF", "integer overflow"},
    {SIGFPE, FPE_FLTDIV, "FPE_FLTDIV", "floating-point division by zero"},
    {SIGFPE, FPE_FLTOVF, "FPE_FLTOVF", "floating-point overflow"},
    {SIGFPE, FPE_FLTUND, "FPE_FLTUND", "floating-point underflow"},
    {SIGFPE, FPE_FLTRES, "FPE_FLTRES", "floating-point inexact result"},
    {SIGFPE, FPE_FLTINV, "FPE_FLTINV", "invalid floating-point operation"},
    {SIGILL, ILL_ILLOPC, "ILL_ILLOPC", "illegal instruction"},
    {SIGILL, ILL_ILLOPN, "ILL_ILLOPN", "illegal operand"},
    {SIGILL, ILL_ILLTRP, "ILL_ILLTRP", "illegal trap"},
    {SIGILL, ILL_PRVOPC, "ILL_PRVOPC", "privileged instruction"},
    {0, SI_USER, "SI_USER", "sent by kill()"},
    {0, SI_TKILL, "SI_TKILL", "sent to the thread by tgkill(), as raise() and abort() do"},
    {0, SI_QUEUE, "SI_QUEUE", "sent by sigqueue()"},
    {0, SI_TIMER, "SI_TIMER", "sent by a timer"},
};

static const struct meaning *
meaning_of(const siginfo_t *fault)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (meanings[i].code == fault->si_code &&
            (meanings[i].signum == 0 || meanings[i].signum == fault->si_signo)) {
            return &meanings[i];
        }
    }
    return NULL;
}

static const char *
signal_name(int signum)
{
    switch (signum) {
    case SIGSEGV:
        return "SIGSEGV";
    case SIGBUS:
        return "SIGBUS";
    case SIGFPE:
        return "SIGFPE";
    case SIGILL:
        return "SIGILL";
    case SIGABRT:
        return "SIGABRT";
    default:
        return "unknown";
    }
}

void
lw_record_signal(struct lw_sink *sink, const struct lw_record_crash *crash)
{
    const siginfo_t *fault = crash->fault;
    const struct meaning *meaning = meaning_of(fault);
    const char *name;
    uint64_t value;

    open_line(sink, "signal");
    lw_json_number(sink, "number", fault->si_signo);
    lw_json_text(sink, "name", signal_name(fault->si_signo));
    lw_json_number(sink, "code", fault->si_code);
    if (meaning != NULL) {
        lw_json_text(sink, "code_name", meaning->name);
        lw_json_text(sink, "meaning", meaning->words);
    }
    if (fault->si_code > 0) { /* by the kernel, for what an instruction did */
        lw_json_address(sink, "address", (uint64_t)(uintptr_t)fault->si_addr);
    }
    else {
        lw_json_number(sink, "sender_pid", fault->si_pid);
        lw_json_number(sink, "sender_uid", fault->si_uid);
    }
    lw_json_close(sink);
    if (lw_native_register(crash->context, 0, &name, &value)) {
        open_line(sink, "registers");
        for (int i = 0; lw_native_register(crash->context, i, &name, &value); i++) {
            lw_json_address(sink, name, value);
        }
        lw_json_close(sink);
    }
    if (crash->abort_message_size > 0) {
        open_line(sink, "abort_message");
        lw_json_bytes(sink, "text", crash->abort_message, crash->abort_message_size);
        lw_json_close(sink);
    }
}

/* The letter of the thread's state in /proc/self/task/ID/stat, 0 when it can't be read. */
static char
native_state(uint64_t native_id)
{
    char path[MAX_PATH] = "/proc/self/task/", text[STAT_BYTES], digits[20];
    size_t start = sizeof digits, end = strlen(path);
    do {
        digits[--start] = (char)('0' + native_id % 10);
        native_id /= 10;
    } while (native_id);
    memcpy(path + end, digits + start, sizeof digits - start);
    memcpy(path + end + sizeof digits - start, "/stat", sizeof "/stat");
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
put_thread(struct lw_dump *dump, const struct lw_thread *thread, int current)
{
    struct lw_sink *sink = &dump->sink;
    const char *name;
    size_t size = current
                      ? lw_own_name(&dump->names, &name)
                      : lw_thread_name(&dump->names, thread->native_id, thread->unique_id, &name);
    open_line(sink, "thread");
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
put_frame(struct lw_dump *dump, uint64_t native_id, const struct run *run)
{
    struct lw_sink *sink = &dump->sink;
    struct lw_target *target = &dump->target;
    struct lw_code code;
    struct lw_position position;

    open_line(sink, "frame");
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

struct runs { /* what is done with the runs of a stack */
    struct lw_dump *dump;
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
        struct lw_sink *sink = &runs->dump->sink;
        open_line(sink, "frames_left_out");
        lw_json_number(sink, "thread", (int64_t)runs->native_id);
        lw_json_number(sink, "count", runs->left_out);
        lw_json_close(sink);
        runs->left_out = 0;
    }
    put_frame(runs->dump, runs->native_id, run);
}

static void
walk_runs(struct runs *runs, struct lw_thread *thread, struct lw_record_marks *marks)
{
    struct lw_frames walk;
    struct lw_frame frame;
    struct run run = {.count = 0};
    uint32_t index = 0, since = 0;

    lw_frames_begin_thread(&walk, &runs->dump->target, thread);
    walk.shims = 1;
    walk.cframe = thread->cframe;
    while (!runs->dump->sink.failed && lw_frames_next(&walk, &frame)) {
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
lw_record_thread(struct lw_dump *dump, struct lw_thread *thread, int current,
                 struct lw_record_marks *marks)
{
    struct runs runs = {.dump = dump, .native_id = thread->native_id, .counting = 1};

    put_thread(dump, thread, current);
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

/* The next word of a line; *at moves behind it. */
static size_t
word(const char **at, const char *end, const char **start)
{
    while (*at < end && **at == ' ') {
        ++*at;
    }
    *start = *at;
    while (*at < end && **at != ' ') {
        ++*at;
    }
    return (size_t)(*at - *start);
}

/* "start-end permissions offset device inode path" (proc(5)) */
static void
put_mapping(struct lw_sink *sink, const char *line, const char *end)
{
    static const char *const keys[] = {"range", "permissions", "offset", "device", "inode"};
    const char *start;
    open_line(sink, "mapping");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        size_t size = word(&line, end, &start);
        lw_json_bytes(sink, keys[i], start, size);
    }
    if (word(&line, end, &start) > 0) {
        lw_json_bytes(sink, "path", start, (size_t)(end - start)); /* it may hold spaces */
    }
    lw_json_close(sink);
}

void
lw_record_mappings(struct lw_sink *sink)
{
    static char text[LINE_BYTES];
    size_t have = 0;
    int count = 0;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    for (;;) {
        ssize_t got = read(fd, text + have, sizeof text - have);
        if (got <= 0 || count > MAX_MAPPINGS) {
            break;
        }
        have += (size_t)got;
        char *start = text, *end;
        while ((end = memchr(start, '\n', have - (size_t)(start - text))) != NULL) {
            put_mapping(sink, start, end);
            count++;
            start = end + 1;
        }
        have -= (size_t)(start - text);
        memmove(text, start, have);
        if (have == sizeof text) {
            have = 0; /* a line longer than any path: leave it out */
        }
    }
    close(fd);
}
