#include "record/record.h"

#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

#include "output/json.h"
#include "record/record_file.h"
#include "record/record_lines.h"
#include "system/shared_lock.h"

static struct lw_record_settings settings[2]; /* the one in use, and the next */
static _Atomic(struct lw_record_settings *) wanted;
static struct lw_dump *dump;
static struct lw_record_marks marks;
static int opened;

int
lw_record_set(const struct lw_record_settings *chosen)
{
    int error = 0;
    lw_shared_lock(LW_SHARED_RECORD);
    if (chosen != NULL && dump == NULL && (dump = lw_dump_create()) == NULL) {
        error = ENOMEM;
    }
    else if (chosen != NULL) {
        struct lw_record_settings *next = &settings[atomic_load(&wanted) == &settings[0]];
        *next = *chosen;
        lw_record_keep_descriptors(1);
        atomic_store(&wanted, next);
    }
    else {
        atomic_store(&wanted, NULL);
        lw_record_keep_descriptors(0);
    }
    lw_shared_unlock(LW_SHARED_RECORD);
    return error;
}

int
lw_record_is_wanted(void)
{
    return atomic_load(&wanted) != NULL;
}

static void
begin(const struct lw_record_crash *crash)
{
    const struct lw_record_settings *chosen = atomic_load(&wanted);
    opened = 0;
    if (chosen == NULL) {
        return; /* another thread has just switched it off */
    }
    int fd = lw_record_file_make(chosen, crash->fault->si_signo);
    opened = fd >= 0;
    if (!opened) {
        return;
    }
    lw_dump_begin(dump, fd, crash->deadline);
    dump->names.fresh = 1;
    dump->current_elsewhere = 0;
    marks.count = 0;

    struct lw_sink *sink = &dump->sink;
    lw_json_open(sink, "record");
    lw_json_text(sink, "schema", "lastwords.record");
    lw_json_number(sink, "version", LW_RECORD_VERSION);
    lw_json_close(sink);
    lw_record_process(sink, chosen->facts, chosen->facts_size);
    lw_record_signal(sink, crash);
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
    lw_json_open(&dump->sink, "end");
    lw_json_close(&dump->sink);
    int error = lw_sink_flush(&dump->sink);
    close(dump->sink.fd);
    opened = 0;
    if (error != 0) {
        lw_record_file_was_cut(error);
    }
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
        lw_record_native(dump, crash, &marks);
        break;
    case LW_RECORD_OTHERS:
        if (readable) {
            write_others(crash);
        }
        break;
    case LW_RECORD_EXTENSIONS:
        lw_record_extensions(dump);
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
lw_record_name(struct lw_sink *sink)
{
    lw_record_file_name(sink);
}

void
lw_record_name_cut(struct lw_sink *sink)
{
    if (opened) { /* the last step was not taken */
        lw_record_file_was_cut(dump->sink.failed);
    }
    lw_record_file_name_cut(sink);
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
