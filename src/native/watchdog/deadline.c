#include "watchdog/deadline.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "system/altstack.h"
#include "system/process.h"
#include "output/sink.h"

enum {
    FIRST_ROOM = 64,
    SECOND = 1000 * 1000 * 1000,
    THREAD_STACK = 256 * 1024,
    LARGE_THREAD_STACK = 8 * 1024 * 1024,
    LINGER = SECOND / 50,      /* with nothing armed: programs arm and cancel in turn */
    MOST_PAUSES = 200,         /* for a thread to be gone */
    PAUSE = SECOND / 1000 / 5, /* one of them */
};

/* All of it is changed under the lock, and made anew in a child (see process.h). */
static atomic_uint made;
static pthread_mutex_t lock;
static pthread_cond_t changed;
static struct lw_deadline **heap; /* from 1 */
static size_t count, room;
static struct lw_deadline *in_motion; /* taken from its place in the heap, not yet put down */
static atomic_int thread;             /* the timer's kernel id; 0: there is none */
static int running;                   /* the thread serves, and looks at the heap before it ends */
static int ending;                    /* it is to end now if nothing is armed */
static int armed_since;               /* a deadline was armed while it lingered */
static int64_t awake_at = INT64_MAX;  /* when the thread wakes up by itself */

static void
place(size_t slot, struct lw_deadline *deadline)
{
    heap[slot] = deadline;
    __atomic_store_n(&deadline->slot, slot, __ATOMIC_RELEASE);
}

static void
sift_up(size_t slot)
{
    struct lw_deadline *moved = in_motion = heap[slot];
    while (slot > 1 && heap[slot / 2]->when > moved->when) {
        place(slot, heap[slot / 2]);
        slot /= 2;
    }
    place(slot, moved);
    in_motion = NULL;
}

static void
sift_down(size_t slot)
{
    struct lw_deadline *moved = in_motion = heap[slot];
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
    in_motion = NULL;
}

static void
take_out(struct lw_deadline *deadline)
{
    size_t slot = deadline->slot;
    struct lw_deadline *last = in_motion = heap[count--];
    __atomic_store_n(&deadline->slot, 0, __ATOMIC_RELEASE);
    if (last != deadline) {
        place(slot, last);
        sift_up(slot);
        sift_down(last->slot);
    }
    in_motion = NULL;
}

void
lw_deadline_release(struct lw_deadline *deadline)
{
    if (atomic_fetch_sub(&deadline->references, 1) == 1) {
        deadline->release(deadline);
    }
}

static void
wait_until(int64_t when)
{
    struct timespec until = {.tv_sec = when / SECOND, .tv_nsec = when % SECOND};
    awake_at = when;
    pthread_cond_timedwait(&changed, &lock, &until);
    awake_at = INT64_MIN; /* awake: it will look at the heap before it sleeps */
}

/* Waits for a deadline to be armed.  0: none was, the thread ends. */
static int
linger(void)
{
    int64_t end = lw_now() + LINGER;
    while (count == 0 && !ending) {
        if (lw_now() >= end) {
            if (!armed_since) {
                return 0;
            }
            end = lw_now() + LINGER;
            armed_since = 0;
        }
        wait_until(end);
    }
    armed_since = 0;
    return count > 0;
}

/* Lets the first deadline do what it does.  The lock is not held meanwhile. */
static void
fire_first(void)
{
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
    pthread_mutex_unlock(&lock);
    due->fire(due);
    lw_deadline_release(due);
    pthread_mutex_lock(&lock);
}

static void *
run_timer(void *unused)
{
    (void)unused;
    lw_altstack_install();
    pthread_mutex_lock(&lock);
    atomic_store(&thread, (int)syscall(SYS_gettid));
    awake_at = INT64_MIN;
    while (count > 0 || linger()) {
        if (heap[1]->when > lw_now()) {
            wait_until(heap[1]->when);
        }
        else {
            fire_first();
        }
    }
    running = 0;
    awake_at = INT64_MAX;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static int
start_thread(void)
{
    sigset_t blocked, old;
    pthread_attr_t attributes;
    pthread_t handle;

    /* The two signals of guarded reads stay open; everything else is for the program's threads. */
    sigfillset(&blocked);
    sigdelset(&blocked, SIGSEGV);
    sigdelset(&blocked, SIGBUS);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, THREAD_STACK);
    pthread_sigmask(SIG_SETMASK, &blocked, &old);
    int error = pthread_create(&handle, &attributes, run_timer, NULL);
    if (error == EINVAL) { /* libraries with large thread-local storage need a larger stack */
        pthread_attr_setstacksize(&attributes, LARGE_THREAD_STACK);
        error = pthread_create(&handle, &attributes, run_timer, NULL);
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    running = error == 0;
    return error;
}

static void
make_locks(void)
{
    pthread_condattr_t attributes;
    pthread_mutex_init(&lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* Notes a deadline of the parent in the child's heap, once, though it may be found twice: it was being
 * moved when the process was forked. */
static void
collect(struct lw_deadline *deadline)
{
    if (deadline && deadline->slot) {
        deadline->slot = 0;
        heap[++count] = deadline; /* never past the place that is read */
    }
}

/* A child keeps the deadlines that asked for it. */
static void
keep_in_child(void)
{
    size_t found, old = count;
    struct lw_deadline *moving = in_motion;
    count = 0;
    for (size_t i = 1; i <= old; i++) {
        collect(heap[i]);
    }
    collect(moving);
    found = count;
    count = 0;
    for (size_t i = 1; i <= found; i++) {
        struct lw_deadline *deadline = heap[i];
        if (deadline->after_fork) {
            heap[++count] = deadline;
            sift_up(count);
        }
        else {
            lw_deadline_release(deadline);
        }
    }
    in_motion = NULL;
}

static void end_idle_thread(void);

/* For the first use in a process: a child has no timer thread. */
static void
renew(void)
{
    static int is_child;
    make_locks();
    keep_in_child();
    running = ending = armed_since = 0;
    atomic_store(&thread, 0);
    awake_at = INT64_MAX;
    if (!is_child) {
        is_child = 1;
        pthread_atfork(end_idle_thread, NULL, NULL);
    }
}

static void
enter(void)
{
    lw_renew(&made, renew);
    pthread_mutex_lock(&lock);
}

/* Is the thread, which has nothing more to do, still counted by the kernel? */
static int
is_there(int number)
{
    return number != 0 && syscall(SYS_tgkill, getpid(), number, 0) == 0;
}

/* Ends the timer thread if nothing is armed, and waits until it is gone, though not for ever: a process
 * of one thread may fork without a warning, and change its user name space. */
static void
end_idle_thread(void)
{
    lw_renew(&made, renew);
    for (int i = 0; i < MOST_PAUSES && (running || is_there(atomic_load(&thread))); i++) {
        if (pthread_mutex_trylock(&lock) == 0) { /* this thread may be in the middle of arming */
            int is_busy = running && count > 0;
            ending = running && count == 0;
            pthread_cond_signal(&changed);
            pthread_mutex_unlock(&lock);
            if (is_busy) {
                return;
            }
        }
        struct timespec pause = {.tv_nsec = PAUSE};
        nanosleep(&pause, NULL);
    }
    if (!running) {
        atomic_store(&thread, 0); /* the number may be another thread's soon */
    }
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
    enter();
    int error = make_room();
    if (!error && !running) {
        error = start_thread();
    }
    if (!error) {
        ending = 0;
        armed_since = 1;
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

/* Lets the thread see that nothing is armed any more, unless it will look soon. */
static void
wake_to_linger(void)
{
    if (count == 0 && running && awake_at != INT64_MIN && awake_at > lw_now() + LINGER) {
        awake_at = INT64_MIN;
        pthread_cond_signal(&changed);
    }
}

int
lw_deadline_cancel(struct lw_deadline *deadline)
{
    /* Only the owner arms: what is not armed now stays so. */
    if (__atomic_load_n(&deadline->slot, __ATOMIC_ACQUIRE) == 0) {
        return 0;
    }
    enter();
    int was_armed = deadline->slot != 0;
    if (was_armed) {
        take_out(deadline);
        wake_to_linger();
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
    lw_renew(&made, renew);
    return __atomic_load_n(&deadline->slot, __ATOMIC_ACQUIRE) != 0;
}

int
lw_deadline_restart(void)
{
    enter();
    int error = count > 0 && !running ? start_thread() : 0;
    pthread_mutex_unlock(&lock);
    return error;
}

void
lw_deadline_cancel_all(int (*wanted)(struct lw_deadline *deadline, void *argument), void *argument)
{
    struct lw_deadline *found;
    do {
        enter();
        found = NULL;
        for (size_t i = 1; i <= count && !found; i++) {
            if (wanted(heap[i], argument)) {
                found = heap[i];
                atomic_fetch_add(&found->references, 1);
            }
        }
        pthread_mutex_unlock(&lock);
        if (found) {
            lw_deadline_cancel(found);
            lw_deadline_release(found);
        }
    } while (found);
    end_idle_thread();
}
