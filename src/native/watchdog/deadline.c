#include "watchdog/deadline.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "system/altstack.h"
#include "output/sink.h"

enum {
    FIRST_ROOM = 64,
    SECOND = 1000 * 1000 * 1000,
    THREAD_STACK = 256 * 1024,
    LARGE_THREAD_STACK = 8 * 1024 * 1024
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static struct lw_deadline **heap; /* from 1 */
static size_t count, room;
static int running;
static int64_t awake_at = INT64_MAX; /* when the thread wakes up by itself */

static void
place(size_t slot, struct lw_deadline *deadline)
{
    heap[slot] = deadline;
    __atomic_store_n(&deadline->slot, slot, __ATOMIC_RELEASE);
}

static void
sift_up(size_t slot)
{
    struct lw_deadline *moved = heap[slot];
    while (slot > 1 && heap[slot / 2]->when > moved->when) {
        place(slot, heap[slot / 2]);
        slot /= 2;
    }
    place(slot, moved);
}

static void
sift_down(size_t slot)
{
    struct lw_deadline *moved = heap[slot];
    for (;;) {
        size_t child = slot * 2;
        if (child > count) {
            break;
        }
        if (child < count && heap[child + 1]->when < heap[child]->when) {
            child++;
        }
        if (heap[child]->when >= moved->when) {
            break;
        }
        place(slot, heap[child]);
        slot = child;
    }
    place(slot, moved);
}

static void
take_out(struct lw_deadline *deadline)
{
    size_t slot = deadline->slot;
    struct lw_deadline *last = heap[count--];
    __atomic_store_n(&deadline->slot, 0, __ATOMIC_RELEASE);
    if (last != deadline) {
        place(slot, last);
        sift_up(slot);
        sift_down(last->slot);
    }
}

void
lw_deadline_release(struct lw_deadline *deadline)
{
    if (atomic_fetch_sub(&deadline->references, 1) == 1) {
        deadline->release(deadline);
    }
}

static void
wait_for_next(void)
{
    if (count == 0) {
        awake_at = INT64_MAX;
        pthread_cond_wait(&changed, &lock);
        return;
    }
    awake_at = heap[1]->when;
    struct timespec until = {.tv_sec = awake_at / SECOND, .tv_nsec = awake_at % SECOND};
    pthread_cond_timedwait(&changed, &lock, &until);
}

static void *
run_timer(void *unused)
{
    (void)unused;
    lw_altstack_install();
    pthread_mutex_lock(&lock);
    for (;;) {
        if (count == 0 || heap[1]->when > lw_now()) {
            wait_for_next();
            continue;
        }
        struct lw_deadline *due = heap[1];
        atomic_fetch_add(&due->references, 1);
        if (due->interval > 0) {
            due->when = lw_now() + due->interval;
            sift_down(1);
        }
        else {
            take_out(due);
            atomic_fetch_sub(&due->references, 1); /* the heap's; ours is left */
        }
        awake_at = INT64_MIN; /* awake: it will look at the heap before it sleeps */
        pthread_mutex_unlock(&lock);
        due->fire(due);
        lw_deadline_release(due);
        pthread_mutex_lock(&lock);
    }
    return NULL;
}

static int
start_thread(void)
{
    sigset_t blocked, old;
    pthread_attr_t attributes;
    pthread_t thread;

    /* The two signals of guarded reads stay open; everything else is for the program's threads. */
    sigfillset(&blocked);
    sigdelset(&blocked, SIGSEGV);
    sigdelset(&blocked, SIGBUS);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, THREAD_STACK);
    pthread_sigmask(SIG_SETMASK, &blocked, &old);
    int error = pthread_create(&thread, &attributes, run_timer, NULL);
    if (error == EINVAL) { /* libraries with large thread-local storage need a larger stack */
        pthread_attr_setstacksize(&attributes, LARGE_THREAD_STACK);
        error = pthread_create(&thread, &attributes, run_timer, NULL);
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    running = error == 0;
    return error;
}

static void
lock_before_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void
unlock_in_parent(void)
{
    pthread_mutex_unlock(&lock);
}

static void
make_condition(void)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* The child has no timer thread, and only the deadlines that asked to stay. */
static void
forget_in_child(void)
{
    size_t old = count;
    count = 0;
    for (size_t i = 1; i <= old; i++) {
        struct lw_deadline *deadline = heap[i];
        if (deadline->after_fork) {
            heap[++count] = deadline;
            sift_up(count);
        }
        else {
            deadline->slot = 0;
            lw_deadline_release(deadline);
        }
    }
    running = 0;
    awake_at = INT64_MAX;
    make_condition();
    pthread_mutex_unlock(&lock);
}

static void
prepare(void)
{
    make_condition();
    pthread_atfork(lock_before_fork, unlock_in_parent, forget_in_child);
}

static int
make_room(void)
{
    if (count + 2 <= room) {
        return 0;
    }
    size_t wanted = room ? room * 2 : FIRST_ROOM;
    struct lw_deadline **larger = realloc(heap, wanted * sizeof(*heap));
    if (!larger) {
        return ENOMEM;
    }
    heap = larger;
    room = wanted;
    return 0;
}

int
lw_deadline_arm(struct lw_deadline *deadline, int64_t when)
{
    pthread_once(&prepared, prepare);
    pthread_mutex_lock(&lock);
    int error = make_room();
    if (!error && !running) {
        error = start_thread();
    }
    if (!error) {
        deadline->when = when;
        if (deadline->slot) {
            sift_up(deadline->slot);
            sift_down(deadline->slot);
        }
        else {
            atomic_fetch_add(&deadline->references, 1);
            heap[++count] = deadline;
            sift_up(count);
        }
        if (when < awake_at && awake_at != INT64_MIN) {
            awake_at = when;
            pthread_cond_signal(&changed);
        }
    }
    pthread_mutex_unlock(&lock);
    return error;
}

int
lw_deadline_cancel(struct lw_deadline *deadline)
{
    /* Only the owner arms: what is not armed now stays so. */
    if (__atomic_load_n(&deadline->slot, __ATOMIC_ACQUIRE) == 0) {
        return 0;
    }
    pthread_mutex_lock(&lock);
    int was_armed = deadline->slot != 0;
    if (was_armed) {
        take_out(deadline);
    }
    pthread_mutex_unlock(&lock);
    if (was_armed) {
        lw_deadline_release(deadline);
    }
    return was_armed;
}

int
lw_deadline_is_armed(struct lw_deadline *deadline)
{
    return __atomic_load_n(&deadline->slot, __ATOMIC_ACQUIRE) != 0;
}

int
lw_deadline_restart(void)
{
    pthread_mutex_lock(&lock);
    int error = count > 0 && !running ? start_thread() : 0;
    pthread_mutex_unlock(&lock);
    return error;
}
