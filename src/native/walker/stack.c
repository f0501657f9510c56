/* stack.c: lw_frames_take() and lw_thread_noted(): threads that may run meanwhile; see walk.h. */
#include "walker/walk.h"

#include <time.h>

enum {
    MOST_SAME = 10,  /* looks that found the same broken frame: it stays broken */
    MOST_MOVING = 8, /* whole stacks that moved: the last one is good enough */
    /* Nanoseconds between looks that found the same broken frame: the kernel may have stopped the
     * thread in the middle of making it. */
    PAUSE = 100000,
};

struct look {
    int count;
    int is_whole;
    uint64_t broken_at; /* address of the first frame that runs no code */
};

static struct look
look_once(struct lw_target *target, struct lw_thread *thread, struct lw_frame *frames, int room)
{
    struct look look = {0, 1, 0};
    struct lw_frames walk;
    int invalid = 0;
    lw_frames_begin(&walk, target, thread->first_frame);
    while (look.count < room && invalid < LW_MAX_INVALID &&
           lw_frames_next(&walk, &frames[look.count])) {
        struct lw_frame *frame = &frames[look.count];
        if (frame->state == LW_FRAME_PYTHON && lw_is_code(target, frame->code)) {
            invalid = 0;
            look.count++;
            continue;
        }
        look.is_whole = 0;
        look.broken_at = look.broken_at ? look.broken_at : frame->address;
        frame->state = LW_FRAME_INVALID;
        look.count += invalid++ == 0; /* of several in a row only the first is kept */
    }
    return look;
}

int
lw_frames_take(struct lw_target *target, struct lw_thread *thread, struct lw_frame *frames,
               int room)
{
    uint64_t broken_at = 0;
    int same = 0, moving = 0;
    struct look look = {0, 0, 0};
    for (int looks = 0; looks < LW_MAX_LOOKS; looks++) {
        if (looks > 0) {
            lw_memory_refresh(target->memory); /* it has changed since */
        }
        look = look_once(target, thread, frames, room);
        if (!lw_thread_again(target, thread)) {
            return look.count;
        }
        if (look.is_whole) {
            if (!thread->moved || ++moving == MOST_MOVING) {
                return look.count;
            }
            continue;
        }
        same = look.broken_at == broken_at && !thread->moved ? same + 1 : 0;
        broken_at = look.broken_at;
        if (same == MOST_SAME) {
            return look.count;
        }
        if (same > 0) {
            struct timespec pause = {.tv_nsec = PAUSE};
            nanosleep(&pause, NULL);
        }
    }
    return look.count;
}

static int
find_state(struct lw_target *target, const struct lw_noted_thread *noted, struct lw_thread *thread)
{
    struct lw_threads walk;
    if (!lw_threads_begin(&walk, target, noted->interpreter, 0)) {
        return 0;
    }
    while (lw_threads_next(&walk, thread)) {
        if (thread->address == noted->address && thread->unique_id == noted->unique_id) {
            return 1;
        }
    }
    return 0;
}

int
lw_thread_noted(struct lw_target *target, const struct lw_noted_thread *noted,
                struct lw_thread *thread)
{
    /* On 3.11 and 3.12 a sub-interpreter's first state may outlive the thread that used it. */
    if (find_state(target, noted, thread) &&
        (thread->first_frame != 0 || thread->native_id == noted->native_id)) {
        if (thread->ident != noted->ident) { /* the state has the ids of the thread that made it */
            thread->ident = noted->ident;
            thread->native_id = noted->native_id;
        }
        return 1;
    }
    return lw_thread_find(target, noted->native_id, thread) && thread->ident == noted->ident;
}
