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
static struct lw_session *session;
static struct lw_record_marks marks;
static int opened;

int
lw_record_set(const struct lw_record_settings *chosen)
{
    int error = 0;
    lw_shared_lock(LW_SHARED_RECORD);
    if (chosen != NULL && session == NULL && (session = lw_session_create()) == NULL) {
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
    lw_session_begin(session, fd, crash->deadline);
    session->names.fresh = 1;
    session->current_elsewhere = 0;
    if (crash->current) {
        lw_session_set_current(session, crash->current);
    }
    marks.count = 0;

    struct lw_sink *sink = &session->sink;
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
    const struct lw_thread *current = lw_session_current(session, &crash->hint);
    struct lw_thread thread = {
        .ident = crash->hint.ident, .native_id = crash->hint.native, .interpreter_id = -1};
    if (current) {
        thread = *current;
    }
    lw_record_thread(session, &thread, 1, &marks);
}

static void
write_others(const struct lw_record_crash *crash)
{
    const struct lw_thread *current = lw_session_current(session, &crash->hint);
    struct lw_threads walk;
    struct lw_thread thread;
    int shown = 0;
    if (!lw_threads_begin(&walk, &session->target, 0, 0)) {
        return;
    }
    while (shown++ < LW_RECORD_THREADS && !session->sink.failed &&
           lw_threads_next(&walk, &thread)) {
        if (!current || thread.address != current->address) {
            lw_record_thread(session, &thread, 0, NULL);
        }
    }
}

static void
end(void)
{
    lw_json_open(&session->sink, "end");
    lw_json_close(&session->sink);
    int error = lw_sink_flush(&session->sink);
    close(session->sink.fd);
    opened = 0;
    if (error != 0) {
        lw_record_file_was_cut(error);
    }
}

void
lw_record_step(enum lw_record_step step, const struct lw_record_crash *crash)
{
    int readable = lw_session_refusal() == NULL;
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
        lw_record_native(session, crash, &marks);
        break;
    case LW_RECORD_OTHERS:
        if (readable) {
            write_others(crash);
        }
        break;
    case LW_RECORD_EXTENSIONS:
        lw_record_extensions(session);
        break;
    case LW_RECORD_MAPPINGS:
        lw_record_mappings(&session->sink);
        break;
    case LW_RECORD_END:
        end();
        return;
    default:
        break;
    }
    lw_sink_flush(&session->sink);
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
        lw_record_file_was_cut(session->sink.failed);
    }
    lw_record_file_name_cut(sink);
}

void
lw_record_resume(void)
{
    if (opened) {
        lw_session_resume(session);
        /* Half an object is worth nothing. */
        session->sink.used = session->sink.whole;
    }
}
