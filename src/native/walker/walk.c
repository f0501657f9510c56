#include "walker/walk.h"

#include <string.h>

enum {
    MAX_OWNER = 4, /* no version has more kinds of frames */
    FIRST_CYCLE_LIMIT = 8,
};

static int
read_u64(struct lw_target *target, uint64_t address, uint64_t *value)
{
    return lw_memory_read(target->memory, address, value, sizeof *value);
}

static int
read_i32(struct lw_target *target, uint64_t address, int32_t *value)
{
    return lw_memory_read(target->memory, address, value, sizeof *value);
}

static void
cycle_begin(struct lw_cycle *cycle)
{
    *cycle = (struct lw_cycle){0, 0, FIRST_CYCLE_LIMIT};
}

/* Returns 1 when `address` closes a cycle. */
static int
cycle_closes(struct lw_cycle *cycle, uint64_t address)
{
    if (address == cycle->mark) {
        return 1;
    }
    if (++cycle->steps == cycle->limit) {
        cycle->mark = address;
        cycle->steps = 0;
        cycle->limit *= 2;
    }
    return 0;
}

static void
read_gil(struct lw_target *target, struct lw_interpreter *interpreter)
{
    const struct lw_layout *at = &target->layout;
    uint64_t gil = target->runtime + at->runtime_gil;
    int32_t locked;

    interpreter->gil_holder = 0;
    if (at->runtime_gil == LW_ABSENT &&
        (!read_u64(target, interpreter->address + at->interpreter_gil, &gil) ||
         !lw_is_pointer(gil))) {
        return;
    }
    if (read_i32(target, gil + at->gil_locked, &locked) && locked == 1 &&
        !read_u64(target, gil + at->gil_last_holder, &interpreter->gil_holder)) {
        interpreter->gil_holder = 0;
    }
}

int
lw_interpreter_read(struct lw_target *target, uint64_t address, struct lw_interpreter *interpreter)
{
    const struct lw_layout *at = &target->layout;
    uint64_t id;
    int32_t collecting = 0;

    *interpreter = (struct lw_interpreter){.address = address, .id = -1};
    if (!lw_is_pointer(address) || !read_u64(target, address + at->interpreter_id, &id) ||
        !read_u64(target, address + at->interpreter_next, &interpreter->next) ||
        !read_u64(target, address + at->interpreter_threads_head, &interpreter->first_thread)) {
        return 0;
    }
    interpreter->id = (int64_t)id;
    read_gil(target, interpreter);
    if (read_i32(target, address + at->interpreter_gc + at->gc_collecting, &collecting)) {
        interpreter->collecting = collecting == 1;
    }
    if (interpreter->collecting && at->gc_frame != LW_ABSENT) {
        (void)read_u64(target, address + at->interpreter_gc + at->gc_frame, &interpreter->gc_frame);
    }
    return 1;
}

static uint64_t
first_frame(struct lw_target *target, const uint8_t *thread, uint64_t *on_c_stack,
            uint64_t *runs_at)
{
    const struct lw_layout *at = &target->layout;
    uint64_t frame = lw_field_u64(thread, at->thread_frame);
    if (at->cframe_frame != LW_ABSENT) {
        uint64_t cframe = frame;
        *runs_at = cframe;
        *on_c_stack = at->cframe_previous != LW_ABSENT ? cframe : 0;
        if (!lw_is_pointer(cframe) || !read_u64(target, cframe + at->cframe_frame, &frame)) {
            return 0;
        }
    }
    return frame;
}

/* Does the stack of `thread` contain `frame`? */
static int
has_frame(struct lw_target *target, const struct lw_thread *thread, uint64_t wanted)
{
    struct lw_frames walk;
    struct lw_frame frame;
    lw_frames_begin(&walk, target, thread->first_frame);
    walk.shims = 1;
    while (lw_frames_next(&walk, &frame)) {
        if (frame.address == wanted) {
            return 1;
        }
    }
    return 0;
}

/* Does this thread collect garbage?  3.15 says which frame started the collection.  Older versions
 * say only that there is one: then it is the thread that holds the lock, unless a finalizer
 * released that. */
static int
is_collecting(struct lw_target *target, const struct lw_interpreter *interpreter,
              const struct lw_thread *thread)
{
    if (!interpreter->collecting) {
        return 0;
    }
    if (interpreter->gc_frame != 0) {
        return has_frame(target, thread, interpreter->gc_frame);
    }
    return thread->address == interpreter->gil_holder;
}

static int
read_thread(struct lw_target *target, uint64_t address, struct lw_thread *thread, uint64_t *next,
            uint64_t *previous)
{
    const struct lw_layout *at = &target->layout;
    uint8_t bytes[LW_THREAD_BYTES];
    /* The unique id is the last field wanted in every version. */
    size_t size = at->thread_unique_id + sizeof(uint64_t);

    *thread =
        (struct lw_thread){.address = address, .interpreter_id = -1, .state = LW_THREAD_FREED};
    if (!lw_is_pointer(address) || !lw_memory_read(target->memory, address, bytes, size)) {
        return 0;
    }
    thread->interpreter = lw_field_u64(bytes, at->thread_interpreter);
    *next = lw_field_u64(bytes, at->thread_next);
    *previous = lw_field_u64(bytes, at->thread_prev);
    thread->ident = lw_field_u64(bytes, at->thread_ident);
    thread->native_id = lw_field_u64(bytes, at->thread_native_id);
    thread->unique_id = lw_field_u64(bytes, at->thread_unique_id);
    thread->first_frame = first_frame(target, bytes, &thread->cframe, &thread->runs_at);
    return 1;
}

static void
complete_thread(struct lw_target *target, const struct lw_interpreter *interpreter,
                struct lw_thread *thread)
{
    thread->state = LW_THREAD_OK;
    thread->interpreter_id = interpreter->id;
    thread->holds_gil = thread->address == interpreter->gil_holder;
    thread->collecting = (uint8_t)is_collecting(target, interpreter, thread);
}

int
lw_thread_read(struct lw_target *target, uint64_t address, struct lw_thread *thread)
{
    struct lw_interpreter interpreter;
    uint64_t next, previous;
    if (!read_thread(target, address, thread, &next, &previous)) {
        return 0;
    }
    if (!lw_interpreter_read(target, thread->interpreter, &interpreter)) {
        return 0;
    }
    complete_thread(target, &interpreter, thread);
    return 1;
}

/* Moves on to the next interpreter that is wanted; 0 at the end. */
static int
next_interpreter(struct lw_threads *walk, uint64_t address)
{
    while (walk->interpreters++ < LW_MAX_INTERPRETERS &&
           !cycle_closes(&walk->interpreter_cycle, address) &&
           lw_interpreter_read(walk->target, address, &walk->interpreter)) {
        if ((walk->only == 0 || walk->only == address) && walk->except != address) {
            cycle_begin(&walk->thread_cycle);
            walk->previous = 0;
            walk->next = walk->interpreter.first_thread;
            return 1;
        }
        address = walk->interpreter.next;
    }
    walk->interpreter.next = 0;
    walk->next = 0;
    return 0;
}

int
lw_threads_begin(struct lw_threads *walk, struct lw_target *target, uint64_t only, uint64_t except)
{
    uint64_t head = 0;
    *walk = (struct lw_threads){.target = target, .only = only, .except = except};
    cycle_begin(&walk->interpreter_cycle);
    cycle_begin(&walk->thread_cycle);
    if (only == 0 &&
        !read_u64(target, target->runtime + target->layout.runtime_interpreters_head, &head)) {
        return 0;
    }
    /* Go straight to the wanted interpreter: concurrent changes to others can't affect that. */
    return next_interpreter(walk, only == 0 ? head : only);
}

/* The thread at walk->next is gone: follows the list from the thread before it. */
static int
resume(struct lw_threads *walk)
{
    const struct lw_layout *at = &walk->target->layout;
    uint64_t from = walk->previous != 0 ? walk->previous + at->thread_next
                                        : walk->interpreter.address + at->interpreter_threads_head;
    uint64_t gone = walk->next;
    return walk->resumes++ < LW_MAX_RESUMES && read_u64(walk->target, from, &walk->next) &&
           walk->next != gone;
}

/* Reads the thread at walk->next, which may end meanwhile.  Returns 1 and the address of the thread
 * after it; 0 if the list has ended meanwhile; -1 if its state is gone and the rest of the list
 * with it. */
static int
read_listed(struct lw_threads *walk, struct lw_thread *thread, uint64_t *next)
{
    uint64_t previous = 0;
    while (!read_thread(walk->target, walk->next, thread, next, &previous) ||
           thread->interpreter != walk->interpreter.address || previous != walk->previous) {
        if (!resume(walk)) {
            return -1;
        }
        if (walk->next == 0) {
            return 0;
        }
    }
    return 1;
}

int
lw_threads_next(struct lw_threads *walk, struct lw_thread *thread)
{
    uint64_t next = 0;

    for (;;) {
        if (walk->next == 0) {
            if (walk->interpreter.next == 0 || walk->only == walk->interpreter.address ||
                !next_interpreter(walk, walk->interpreter.next)) {
                return 0;
            }
            continue;
        }
        if (walk->threads++ >= LW_MAX_THREADS || cycle_closes(&walk->thread_cycle, walk->next)) {
            walk->next = walk->interpreter.next = 0;
            return 0;
        }
        int outcome = read_listed(walk, thread, &next);
        if (outcome < 0) {
            thread->state = LW_THREAD_FREED;
            walk->next = 0; /* nothing behind it can be trusted */
            return 1;
        }
        if (outcome > 0) {
            complete_thread(walk->target, &walk->interpreter, thread);
            walk->previous = walk->next;
            walk->next = next;
            return 1;
        }
    }
}

int
lw_thread_find(struct lw_target *target, uint64_t native_id, struct lw_thread *thread)
{
    struct lw_threads walk;
    struct lw_thread here;
    int found = 0;

    if (!lw_threads_begin(&walk, target, 0, 0)) {
        return 0;
    }
    while (lw_threads_next(&walk, &here)) {
        if (here.state != LW_THREAD_OK || here.native_id != native_id) {
            continue;
        }
        if (!found || here.holds_gil || (thread->first_frame == 0 && here.first_frame != 0)) {
            *thread = here;
            found = 1;
        }
        if (here.holds_gil) {
            break;
        }
    }
    return found;
}

int
lw_thread_on_stack(struct lw_target *target, uint64_t low, uint64_t high, struct lw_thread *thread)
{
    struct lw_threads walk;
    struct lw_thread here;
    uint64_t nearest = high;
    if (target->layout.cframe_frame == LW_ABSENT || !lw_threads_begin(&walk, target, 0, 0)) {
        return 0;
    }
    while (lw_threads_next(&walk, &here)) {
        if (here.state == LW_THREAD_OK && here.runs_at >= low && here.runs_at < nearest) {
            nearest = here.runs_at;
            *thread = here;
        }
    }
    return nearest != high;
}

void
lw_frames_begin(struct lw_frames *walk, struct lw_target *target, uint64_t first)
{
    *walk = (struct lw_frames){.target = target, .next = first};
    cycle_begin(&walk->cycle);
}

/* Ends the walk with one frame that says that the chain could not be followed. */
static int
cut(struct lw_frames *walk, struct lw_frame *frame)
{
    walk->next = 0;
    frame->state = LW_FRAME_INVALID;
    return 1;
}

/* 3.11: the frame just read was the first of its struct on the C stack. */
static void
leave_cframe(struct lw_frames *walk)
{
    walk->entry = walk->cframe;
    if (!read_u64(walk->target, walk->cframe + walk->target->layout.cframe_previous,
                  &walk->cframe)) {
        walk->cframe = 0;
    }
}

int
lw_frames_next(struct lw_frames *walk, struct lw_frame *frame)
{
    struct lw_target *target = walk->target;
    const struct lw_layout *at = &target->layout;
    uint8_t room[LW_FRAME_BYTES];

    if (walk->entry != 0) {
        *frame = (struct lw_frame){.address = walk->entry, .state = LW_FRAME_SHIM};
        walk->entry = 0;
        return 1;
    }
    while (walk->next != 0) {
        *frame = (struct lw_frame){.address = walk->next};
        if (!lw_is_pointer(walk->next) || walk->count++ >= LW_MAX_FRAMES ||
            cycle_closes(&walk->cycle, walk->next)) {
            return cut(walk, frame);
        }
        const uint8_t *bytes = lw_memory_view(target->memory, walk->next, room, at->frame_size);
        if (bytes == NULL) {
            return cut(walk, frame);
        }
        frame->owner = bytes[at->frame_owner];
        if (frame->owner > MAX_OWNER) {
            return cut(walk, frame);
        }
        walk->next = lw_field_u64(bytes, at->frame_previous);
        if (frame->owner >= at->frame_owner_shim) {
            if (!walk->shims) {
                continue;
            }
            frame->state = LW_FRAME_SHIM;
            return 1;
        }
        if (walk->cframe != 0 && bytes[at->frame_is_entry]) {
            leave_cframe(walk);
        }
        frame->code = lw_field_u64(bytes, at->frame_executable) & ~(uint64_t)at->frame_tag_mask;
        frame->instruction = lw_field_u64(bytes, at->frame_instruction);
        frame->state = LW_FRAME_PYTHON;
        return 1;
    }
    return 0;
}

/* Does the walk begin with a frame that runs code? */
static int
begins_well(struct lw_frames walk)
{
    struct lw_frame frame;
    walk.shims = 0;
    return !lw_frames_next(&walk, &frame) ||
           (frame.state == LW_FRAME_PYTHON && lw_is_code(walk.target, frame.code));
}

/* Drops cached copies of what leads to the thread's innermost frame. */
static void
forget_thread(struct lw_target *target, const struct lw_thread *thread)
{
    lw_memory_look_again(target->memory, thread->address, LW_THREAD_BYTES);
    lw_memory_look_again(target->memory, thread->runs_at, LW_CFRAME_BYTES);
}

int
lw_thread_again(struct lw_target *target, struct lw_thread *thread)
{
    struct lw_thread now;
    uint64_t next, previous;
    forget_thread(target, thread);
    if (!read_thread(target, thread->address, &now, &next, &previous) ||
        now.unique_id != thread->unique_id || now.ident != thread->ident) {
        return 0;
    }
    thread->moved = now.first_frame != thread->first_frame;
    thread->first_frame = now.first_frame;
    thread->cframe = now.cframe;
    return 1;
}

void
lw_frames_begin_thread(struct lw_frames *walk, struct lw_target *target, struct lw_thread *thread)
{
    struct lw_thread again;
    uint64_t next, previous;
    for (int starts = 1;; starts++) {
        lw_frames_begin(walk, target, thread->first_frame);
        if (starts == LW_MAX_STARTS || begins_well(*walk)) {
            return;
        }
        lw_memory_refresh(target->memory);
        if (!read_thread(target, thread->address, &again, &next, &previous) ||
            again.unique_id != thread->unique_id) {
            return;
        }
        thread->first_frame = again.first_frame;
        thread->cframe = again.cframe;
    }
}
