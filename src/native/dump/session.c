#include "dump/session.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "dump/escaped_text.h"
#include "system/sandbox.h"
#include "walker/thread_object.h"

enum { LONGEST_STACK = 1 << 30 }; /* bytes */

static struct lw_target own; /* all but `memory` and `scratch` is set once */
static const char *refusal = "the extension is not loaded";

/* Reads this process's current thread, so that a runtime that differs from the tables is refused
 * now. */
static const char *
try_own(uint64_t state)
{
    struct lw_session *session = lw_session_create();
    struct lw_thread thread;
    struct lw_frames frames;
    struct lw_frame frame;
    struct lw_code code;
    struct lw_text text;
    const char *wrong = NULL;

    if (session == NULL) {
        return "there is no memory for dumps";
    }
    lw_session_begin_held(session, -1, 0); /* process_vm_readv() may be forbidden here */
    if (!lw_thread_read(&session->target, state, &thread) || !thread.holds_gil) {
        wrong = "this process's threads are not where they should be";
    }
    else {
        lw_frames_begin(&frames, &session->target, thread.first_frame);
        if (!lw_frames_next(&frames, &frame)) {
            wrong = NULL; /* loaded by C code, with no Python frame: nothing to compare */
        }
        else if (!lw_code_read(&session->target, frame.code, &code) ||
                 lw_text_read(&session->target, code.filename, &text) != 1) {
            wrong = "this process's frames are not where they should be";
        }
    }
    munmap(session, sizeof *session);
    return wrong;
}

const char *
lw_session_setup(uint64_t runtime, uint32_t version, uint64_t code_type, uint64_t text_type,
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
lw_session_refusal(void)
{
    return refusal;
}

struct lw_session *
lw_session_create(void)
{
    void *session = mmap(NULL, sizeof(struct lw_session), PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return session == MAP_FAILED ? NULL : session;
}

static void
begin(struct lw_session *session, int fd, int64_t deadline)
{
    lw_sink_begin(&session->sink, fd, deadline);
    session->current_state = LW_CURRENT_UNSOUGHT;
    session->is_still = 0;
}

static void
target_own(struct lw_session *session)
{
    memcpy(&session->target, &own, offsetof(struct lw_target, scratch));
    session->target.memory = &session->memory;
    lw_names_begin(&session->names, 0, 0);
}

static _Atomic(void (*)(void)) slow_hook;

void
lw_session_set_slow_hook(void (*hook)(void))
{
    atomic_store(&slow_hook, hook);
}

static void
count_unguarded(void)
{
    static atomic_uint begun;
    void (*hook)(void) = atomic_load(&slow_hook);
    if (!hook || lw_guard_ready()) {
        return;
    }
    /* A sandbox that forbids other ways may have been set up since. */
    if (atomic_fetch_add(&begun, 1) >= LW_SESSIONS_OFTEN || lw_is_filtered_lately() ||
        !lw_memory_can_copy_own()) {
        hook();
    }
}

void
lw_session_begin(struct lw_session *session, int fd, int64_t deadline)
{
    begin(session, fd, deadline);
    if (!session->has_entered) { /* else the previous session was cut short */
        lw_guard_enter();
        session->has_entered = 1;
    }
    count_unguarded();
    lw_memory_begin_own(&session->memory);
    target_own(session);
}

void
lw_session_begin_held(struct lw_session *session, int fd, int64_t deadline)
{
    begin(session, fd, deadline);
    lw_memory_begin_held(&session->memory);
    target_own(session);
    session->is_still = 1;
}

const char *
lw_session_begin_process(struct lw_session *session, int fd, int64_t deadline, pid_t pid,
                         uint64_t runtime, uint32_t version)
{
    begin(session, fd, deadline);
    lw_memory_begin_process(&session->memory, pid);
    session->target = (struct lw_target){.memory = &session->memory, .runtime = runtime};
    lw_names_begin(&session->names, pid, 1);
    return lw_layout_find(&session->memory, runtime, version, &session->target.layout);
}

/* Finds the thread state that runs on the current thread's stack, whatever its ids are. */
static int
find_on_stack(struct lw_session *session, const struct lw_thread_hint *hint,
              struct lw_thread *thread)
{
    const uint64_t low = hint->stack, end = hint->ident;
    /* A thread's descriptor (`ident`) lies at the high end of its stack, except for the first
     * thread's. */
    const uint64_t high = end > low && end - low < LONGEST_STACK ? end : low + LONGEST_STACK;
    if (low == 0 || !lw_thread_on_stack(&session->target, low, high, thread)) {
        return 0;
    }
    thread->ident = hint->ident;
    thread->native_id = hint->native;
    return 1;
}

static int
find_current(struct lw_session *session, const struct lw_thread_hint *hint,
             struct lw_thread *thread)
{
    return find_on_stack(session, hint, thread) ||
           (hint->state != 0 && lw_thread_read(&session->target, hint->state, thread)) ||
           (hint->native != 0 && lw_thread_find(&session->target, hint->native, thread));
}

const struct lw_thread *
lw_session_current(struct lw_session *session, const struct lw_thread_hint *hint)
{
    if (session->current_state == LW_CURRENT_UNSOUGHT) {
        int found = find_current(session, hint, &session->current);
        session->current_state = found ? LW_CURRENT_FOUND : LW_CURRENT_NONE;
    }
    return session->current_state == LW_CURRENT_FOUND ? &session->current : NULL;
}

void
lw_session_set_current(struct lw_session *session, const struct lw_thread *thread)
{
    session->current_state = thread ? LW_CURRENT_FOUND : LW_CURRENT_NONE;
    if (thread) {
        session->current = *thread;
    }
}

/* Does the interpreter set the kernel's names of its threads?  Before 3.14 all have the process's name,
 * which is that of the interpreter or of the command that runs the program. */
static int
names_threads(const struct lw_session *session)
{
    return session->target.layout.version >= 0x030e;
}

/* Sets what Python calls a thread, cut to LW_PYTHON_NAME bytes; remembered as long as the kernel's
 * name. */
static size_t
python_name(struct lw_session *session, const struct lw_thread *thread, int is_own,
            const char **name)
{
    struct lw_name_entry *entry =
        is_own ? &session->names.own_entry
               : &session->names.entries[thread->native_id % LW_REMEMBERED_NAMES];
    struct lw_text text;
    if (lw_is_first_thread(thread->native_id)) {
        return 0; /* it needs no name, and is dumped most often */
    }
    if (is_own || entry->native_id != thread->native_id ||
        entry->python_read_at != entry->read_at) {
        entry->python_length = 0;
        if (lw_thread_object_name(&session->target, thread, &text)) {
            entry->python_length = (uint8_t)lw_escape_text(&session->target, &text,
                                                           entry->python_name, LW_PYTHON_NAME);
        }
        entry->python_read_at = entry->read_at;
    }
    *name = entry->python_name;
    return entry->python_length;
}

size_t
lw_session_thread_name(struct lw_session *session, const struct lw_thread *thread, int is_current,
                       const char **name)
{
    int is_own = is_current && !session->current_elsewhere;
    size_t length =
        is_own ? lw_own_name(&session->names, name)
               : lw_thread_name(&session->names, thread->native_id, thread->unique_id, name);
    if (!names_threads(session) && (length == 0 || lw_is_process_name(*name, length))) {
        length = python_name(session, thread, is_own, name);
    }
    return length;
}

void
lw_session_resume(struct lw_session *session)
{
    struct lw_sink *sink = &session->sink;
    if (sink->used > LW_SINK_SIZE) { /* the fault struck while this was being changed */
        sink->used = sink->whole = 0;
    }
    if (sink->used > sink->whole) {
        lw_sink_char(sink, '\n');
    }
}

int
lw_session_end(struct lw_session *session)
{
    if (session->has_entered) {
        session->has_entered = 0;
        lw_guard_leave();
    }
    return lw_sink_flush(&session->sink);
}
