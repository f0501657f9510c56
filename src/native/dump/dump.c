#include "dump/dump.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "system/sandbox.h"

static struct lw_target own; /* all but `memory` and `scratch` is set once */
static const char *refusal = "the extension module is not loaded";

/* A walk over this process, so that a runtime that is not what the tables say is refused now. */
static const char *
try_own(uint64_t state)
{
    struct lw_dump *dump = lw_dump_create();
    struct lw_thread thread;
    struct lw_frames frames;
    struct lw_frame frame;
    struct lw_code code;
    struct lw_text text;
    const char *wrong = NULL;

    if (dump == NULL) {
        return "there is no memory for dumps";
    }
    lw_dump_begin_held(dump, -1, 0); /* process_vm_readv() may be forbidden here */
    if (!lw_thread_read(&dump->target, state, &thread) || !thread.holds_gil) {
        wrong = "this process's threads are not where they should be";
    }
    else {
        lw_frames_begin(&frames, &dump->target, thread.first_frame);
        if (!lw_frames_next(&frames, &frame)) {
            wrong = NULL; /* loaded by C code, with no Python frame: nothing to compare */
        }
        else if (!lw_code_read(&dump->target, frame.code, &code) ||
                 lw_text_read(&dump->target, code.filename, &text) != 1) {
            wrong = "this process's frames are not where they should be";
        }
    }
    lw_dump_destroy(dump);
    return wrong;
}

const char *
lw_dump_setup(uint64_t runtime, uint32_t version, uint64_t code_type, uint64_t text_type,
              uint64_t bytes_type, uint64_t state)
{
    static struct lw_memory memory; /* too large for a stack; used only here */
    struct lw_target target = {.runtime = runtime,
                               .code_type = code_type,
                               .text_type = text_type,
                               .bytes_type = bytes_type};
    lw_memory_begin_held(&memory);
    refusal = lw_layout_find(&memory, runtime, version, &target.layout);
    lw_names_learn_process();
    if (refusal == NULL) {
        own = target;
        refusal = try_own(state);
    }
    return refusal;
}

const char *
lw_dump_refusal(void)
{
    return refusal;
}

struct lw_dump *
lw_dump_create(void)
{
    void *dump = mmap(NULL, sizeof(struct lw_dump), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return dump == MAP_FAILED ? NULL : dump;
}

void
lw_dump_destroy(struct lw_dump *dump)
{
    if (dump != NULL) {
        munmap(dump, sizeof *dump);
    }
}

void
lw_dump_forget(struct lw_dump *dump)
{
    dump->generation++;
    dump->arena_used = 0;
    dump->codes_used = 0;
    dump->lines_used = 0;
}

static void
begin(struct lw_dump *dump, int fd, int64_t deadline)
{
    lw_sink_begin(&dump->sink, fd, deadline);
    lw_dump_forget(dump);
    dump->threads_shown = 0;
    dump->is_still = 0;
}

static void
target_own(struct lw_dump *dump)
{
    memcpy(&dump->target, &own, offsetof(struct lw_target, scratch));
    dump->target.memory = &dump->memory;
    lw_names_begin(&dump->names, 0, 0);
}

static _Atomic(void (*)(void)) when_often;

void
lw_dump_when_often(void (*often)(void))
{
    atomic_store(&when_often, often);
}

static void
count_unguarded(void)
{
    static atomic_uint dumps;
    void (*often)(void) = atomic_load(&when_often);
    if (!often || lw_guard_ready()) {
        return;
    }
    /* A sandbox that forbids other ways may have come later. */
    if (atomic_fetch_add(&dumps, 1) >= LW_DUMPS_OFTEN || lw_is_filtered_lately() ||
        !lw_memory_can_copy_own()) {
        often();
    }
}

void
lw_dump_begin(struct lw_dump *dump, int fd, int64_t deadline)
{
    begin(dump, fd, deadline);
    if (!dump->has_entered) { /* else one before was cut */
        lw_guard_enter();
        dump->has_entered = 1;
    }
    count_unguarded();
    lw_memory_begin_own(&dump->memory);
    target_own(dump);
}

void
lw_dump_begin_held(struct lw_dump *dump, int fd, int64_t deadline)
{
    begin(dump, fd, deadline);
    lw_memory_begin_held(&dump->memory);
    target_own(dump);
    dump->is_still = 1;
}

const char *
lw_dump_begin_process(struct lw_dump *dump, int fd, int64_t deadline, pid_t pid, uint64_t runtime,
                      uint32_t version)
{
    begin(dump, fd, deadline);
    lw_memory_begin_process(&dump->memory, pid);
    dump->target = (struct lw_target){.memory = &dump->memory, .runtime = runtime};
    lw_names_begin(&dump->names, pid, 1);
    return lw_layout_find(&dump->memory, runtime, version, &dump->target.layout);
}

void
lw_dump_resume(struct lw_dump *dump)
{
    struct lw_sink *sink = &dump->sink;
    if (sink->used > LW_SINK_SIZE) { /* the fault struck while this was being changed */
        sink->used = sink->whole = 0;
    }
    if (sink->used > sink->whole) {
        lw_sink_char(sink, '\n');
    }
    lw_dump_forget(dump);
}

int
lw_dump_end(struct lw_dump *dump)
{
    if (dump->has_entered) {
        dump->has_entered = 0;
        lw_guard_leave();
    }
    return lw_sink_flush(&dump->sink);
}
