#include "record/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "walker/python_modules.h"
#include "output/json.h"
#include "record/record_lines.h"

static struct lw_record_settings settings[2]; /* the one in use, and the next */
static _Atomic(struct lw_record_settings *) wanted;
static struct lw_dump *dump;
static struct lw_record_marks marks;
static int opened;

int
lw_record_set(const struct lw_record_settings *chosen)
{
    if (chosen == NULL) {
        atomic_store(&wanted, NULL);
        return 0;
    }
    if (dump == NULL && (dump = lw_dump_create()) == NULL) {
        return ENOMEM;
    }
    struct lw_record_settings *next = &settings[atomic_load(&wanted) == &settings[0]];
    *next = *chosen;
    atomic_store(&wanted, next);
    return 0;
}

int
lw_record_is_wanted(void)
{
    return atomic_load(&wanted) != NULL;
}

struct path {
    char bytes[LW_RECORD_PATH];
    size_t used;
};

static void
add(struct path *path, const char *text, size_t size)
{
    if (size < sizeof path->bytes - path->used) {
        memcpy(path->bytes + path->used, text, size);
        path->used += size;
    }
}

static void
add_number(struct path *path, uint64_t value)
{
    char digits[20];
    size_t start = sizeof digits;
    do {
        digits[--start] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    add(path, digits + start, sizeof digits - start);
}

/* A name as a part of a file's name: without slashes. */
static void
add_name(struct path *path, const char *name)
{
    for (; *name; name++) {
        add(path, *name == '/' ? "_" : name, 1);
    }
}

static void
add_expansion(struct path *path, char letter, const struct lw_record_settings *chosen,
              const struct lw_record_crash *crash)
{
    struct timespec now;
    switch (letter) {
    case 'p':
        add_number(path, (uint64_t)getpid());
        break;
    case 't':
        clock_gettime(CLOCK_REALTIME, &now);
        add_number(path, (uint64_t)now.tv_sec);
        break;
    case 'e':
        add_name(path, chosen->program);
        break;
    case 'h':
        add_name(path, chosen->host);
        break;
    case 's':
        add_number(path, (uint64_t)crash->fault->si_signo);
        break;
    default:
        add(path, &letter, 1);
        break;
    }
}

static int
open_file(const struct lw_record_settings *chosen, const struct lw_record_crash *crash)
{
    static struct path path; /* not on the stack: it may be an alternate one */
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC;
    path.used = 0;
    for (const char *at = chosen->path; *at; at++) {
        if (*at == '%' && at[1]) {
            add_expansion(&path, *++at, chosen, crash);
        }
        else {
            add(&path, at, 1);
        }
    }
    size_t stem = path.used;
    for (uint64_t attempt = 0; attempt < LW_RECORD_ATTEMPTS; attempt++) {
        path.used = stem;
        if (attempt > 0) {
            add(&path, ".", 1);
            add_number(&path, attempt);
        }
        path.bytes[path.used] = '\0';
        int fd = open(path.bytes, flags, 0600);
        if (fd >= 0 || errno != EEXIST) {
            return fd;
        }
    }
    return -1;
}

static void
begin(const struct lw_record_crash *crash)
{
    const struct lw_record_settings *chosen = atomic_load(&wanted);
    int fd = open_file(chosen, crash);
    opened = fd >= 0;
    if (!opened) {
        return;
    }
    lw_dump_begin(dump, fd, crash->deadline);
    dump->names.fresh = 1;
    dump->current_elsewhere = 0;
    marks.count = 0;

    struct lw_sink *sink = &dump->sink;
    lw_json_open(sink);
    lw_json_text(sink, "kind", "record");
    lw_json_text(sink, "schema", "lastwords.record");
    lw_json_number(sink, "version", LW_RECORD_VERSION);
    lw_json_close(sink);
    lw_record_process(sink, chosen->facts, chosen->facts_size);
    lw_record_signal(dump, crash, chosen->abort_message);
}

static void
write_current(const struct lw_record_crash *crash)
{
    struct lw_thread thread;
    if (!lw_dump_find_current(dump, &crash->threads, &thread)) {
        thread = (struct lw_thread){.ident = crash->threads.current_ident,
                                    .native_id = crash->threads.current_native,
                                    .interpreter_id = -1};
    }
    lw_record_thread(dump, &thread, 1, &marks);
}

static void
write_others(const struct lw_record_crash *crash)
{
    struct lw_threads walk;
    struct lw_thread thread, current;
    int has_current = lw_dump_find_current(dump, &crash->threads, &current);
    int shown = 0;
    if (!lw_threads_begin(&walk, &dump->target, 0, 0)) {
        return;
    }
    while (shown++ < LW_RECORD_THREADS && !dump->sink.failed && lw_threads_next(&walk, &thread)) {
        if (!has_current || thread.address != current.address) {
            lw_record_thread(dump, &thread, 0, NULL);
        }
    }
}

static void
end(void)
{
    lw_json_open(&dump->sink);
    lw_json_text(&dump->sink, "kind", "end");
    lw_json_close(&dump->sink);
    lw_sink_flush(&dump->sink);
    close(dump->sink.fd);
    opened = 0;
}

void
lw_record_step(enum lw_record_step step, const struct lw_record_crash *crash)
{
    int readable = lw_dump_refusal() == NULL;
    if (step == LW_RECORD_PROCESS) {
        begin(crash);
    }
    if (!opened) {
        return;
    }
    switch (step) {
    case LW_RECORD_CURRENT:
        if (readable) {
            write_current(crash);
        }
        break;
    case LW_RECORD_NATIVE_STACK:
        lw_record_native(dump, crash, crash->threads.current_native, &marks);
        break;
    case LW_RECORD_OTHERS:
        if (readable) {
            write_others(crash);
        }
        break;
    case LW_RECORD_EXTENSIONS:
        lw_extensions_record(dump);
        break;
    case LW_RECORD_MAPPINGS:
        lw_record_mappings(&dump->sink);
        break;
    case LW_RECORD_END:
        end();
        return;
    default:
        break;
    }
    lw_sink_flush(&dump->sink);
}

void
lw_record_resume(void)
{
    if (opened) {
        lw_dump_resume(dump);
        /* Half an object is worth nothing. */
        dump->sink.used = dump->sink.whole;
    }
}
