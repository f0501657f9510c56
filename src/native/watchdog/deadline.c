#include "watchdog/deadline.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "system/altstack.h"
#include "system/clock.h"
#include "system/process_state.h"

enum {
    MILLISECOND = 1000 * 1000,
    SECOND = 1000 * MILLISECOND,
    SOON = SECOND / 10,       /* a thread that is started again so soon after its end lingers */
    LINGER = SECOND / 50,     /* it ends after this long without an arming */
    GONE = 20 * MILLISECOND,  /* longest wait for the end of an idle thread */
    DUMP_TENTHS = 35,         /* longest wait for that of a dumping one, in tenths of a second */
    PAUSE = MILLISECOND / 50, /* between two checks */
    THREAD_STACK = 256 * 1024,
    LARGE_THREAD_STACK = 8 * 1024 * 1024
};

/* The state of this process alone; under the lock. */
struct timer {
    struct lw_lock lock;
    atomic_uint process; /* which one, counting from the first that armed; 0: not begun */
    atomic_size_t count; /* in the heap */
    int64_t awake_at;    /* when the thread wakes up by itself; INT64_MIN: it is awake */
    int64_t ended_at;    /* when the last thread ended; 0: none has */
    unsigned armings;
    atomic_uint calls;    /* the thread sleeps on this */
    atomic_int thread;    /* its kernel id */
    atomic_uchar running; /* there is a thread, which checks the heap once more before it ends */
    atomic_uchar firing;
    uint8_t lingers; /* the thread doesn't end when nothing is armed */
};

_Static_assert(sizeof(struct timer) <= LW_PROCESS_PART_SIZE, "it fits its part");

/* A child takes these over: they are consistent after each single store. */
static struct lw_deadline *_Atomic kept; /* chain of the armed ones that stay armed in a child */
static unsigned processes;

void
lw_deadline_release(struct lw_deadline *deadline)
{
    if (atomic_fetch_sub(&deadline->references, 1) == 1) {
        deadline->release(deadline);
    }
}

/* -- the chain of those that stay armed in a child -- */

static void
chain(struct lw_deadline *deadline)
{
    struct lw_deadline *next = kept;
    deadline->next = next;
    deadline->link = &kept;
    atomic_store(&kept, deadline);
    if (next) {
        next->link = &deadline->next;
    }
}

static void
unchain(struct lw_deadline *deadline)
{
    atomic_store(deadline->link, deadline->next);
    if (deadline->next) {
        deadline->next->link = deadline->link;
    }
}

/* -- the heap of this process -- */

static int
is_in_heap(const struct timer *timer, const struct lw_deadline *deadline)
{
    return atomic_load_explicit(&deadline->slot, memory_order_acquire) != 0 &&
           atomic_load_explicit(&deadline->process, memory_order_relaxed) == timer->process;
}

static void
set_count(struct timer *timer, size_t count)
{
    atomic_store_explicit(&timer->count, count, memory_order_relaxed);
}

static void
add(struct timer *timer, struct lw_deadline *deadline)
{
    atomic_store_explicit(&deadline->process, timer->process, memory_order_relaxed);
    set_count(timer, timer->count + 1);
    lw_heap_add(deadline, timer->count);
}

static void
take_out(struct timer *timer, struct lw_deadline *deadline)
{
    if (deadline->after_fork) {
        unchain(deadline);
    }
    lw_heap_remove(deadline, timer->count);
    set_count(timer, timer->count - 1);
}

/* The first use in this process: the heap begins with the deadlines that a parent left. */
static void
begin(struct timer *timer)
{
    struct lw_deadline *_Atomic *link = &kept;
    timer->awake_at = INT64_MIN;
    atomic_store(&timer->process, ++processes);
    for (struct lw_deadline *deadline = *link; deadline; deadline = *link) {
        if (lw_heap_reserve(timer->count) != 0) {
            atomic_store(link, NULL); /* the rest is not armed any more */
            break;
        }
        deadline->link = link; /* it may have been copied in the middle of a change */
        add(timer, deadline);
        link = &deadline->next;
    }
}

static struct timer *
enter(void)
{
    struct timer *timer = lw_process_state(LW_PROCESS_TIMER);
    lw_lock_take(&timer->lock);
    if (timer->process == 0) {
        begin(timer);
    }
    return timer;
}

/* -- the thread -- */

static void
wake(struct timer *timer)
{
    syscall(SYS_futex, &timer->calls, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void
sleep_until(struct timer *timer, int64_t when)
{
    struct timespec until = {.tv_sec = when / SECOND, .tv_nsec = when % SECOND};
    unsigned calls = timer->calls;
    timer->awake_at = when;
    lw_lock_release(&timer->lock);
    syscall(SYS_futex, &timer->calls, FUTEX_WAIT_BITSET_PRIVATE, calls, &until, NULL,
            FUTEX_BITSET_MATCH_ANY);
    lw_lock_take(&timer->lock);
    timer->awake_at = INT64_MIN; /* it checks the heap before it sleeps */
}

/* Fires the first deadline, without the lock. */
static void
fire_first(struct timer *timer)
{
    struct lw_deadline *due = lw_heap_at(1);
    atomic_fetch_add(&due->references, 1);
    if (due->interval > 0) {
        due->when = lw_now() + due->interval;
        lw_heap_move(due, timer->count);
    }
    else {
        take_out(timer, due);
        atomic_fetch_sub(&due->references, 1); /* the heap's; ours is left */
    }
    timer->firing = 1;
    lw_lock_release(&timer->lock);
    due->fire(due);
    lw_deadline_release(due);
    lw_lock_take(&timer->lock);
    timer->firing = 0;
}

static void
serve(struct timer *timer)
{
    unsigned armings = timer->armings;
    int64_t look_at = lw_now() + LINGER;
    while (timer->count > 0 || timer->lingers) {
        int64_t now = lw_now();
        int64_t first = timer->count > 0 ? lw_heap_at(1)->when : INT64_MAX;
        if (first <= now) {
            fire_first(timer);
        }
        else if (timer->lingers && look_at <= now) {
            timer->lingers = timer->armings != armings;
            armings = timer->armings;
            look_at = now + LINGER;
        }
        else {
            sleep_until(timer, timer->lingers && look_at < first ? look_at : first);
        }
    }
}

static void *
run_timer(void *unused)
{
    struct timer *timer = lw_process_state(LW_PROCESS_TIMER);
    (void)unused;
    lw_altstack_install();
    timer->thread = (int)syscall(SYS_gettid);
    lw_lock_take(&timer->lock);
    serve(timer);
    timer->running = 0;
    timer->ended_at = lw_now();
    lw_lock_release(&timer->lock);
    return NULL;
}

static int
start_thread(struct timer *timer)
{
    sigset_t blocked, old;
    pthread_attr_t attributes;
    pthread_t thread;

    /* The two signals of guarded reads stay unblocked; all others are for the program's threads. */
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
    if (!error) {
        timer->running = 1;
        timer->lingers = timer->ended_at != 0 && lw_now() - timer->ended_at < SOON;
    }
    return error;
}

static int
is_there(int thread)
{
    return thread != 0 && syscall(SYS_tgkill, getpid(), thread, 0) == 0;
}

/* Waits, for `most` nanoseconds, until the kernel no longer counts the thread that is to end: a
 * process with one thread can fork without a warning, and change its user name space.  The lock is
 * not held. */
static void
wait_for_end(struct timer *timer, int64_t most)
{
    const struct timespec pause = {.tv_nsec = PAUSE};
    int64_t limit = lw_now() + most;
    while (timer->count == 0 && (timer->running || is_there(timer->thread)) && lw_now() < limit) {
        nanosleep(&pause, NULL);
    }
    if (!timer->running) {
        timer->thread = 0; /* the number may be another thread's soon */
    }
}

/* Releases the lock, and ends the thread if nothing is left for it to do. */
static void
leave(struct timer *timer)
{
    int ends = timer->running && timer->count == 0 && !timer->lingers;
    if (!ends) {
        lw_lock_release(&timer->lock);
        return;
    }
    timer->calls++;
    lw_lock_release(&timer->lock);
    wake(timer);
    if (!timer->firing) {
        wait_for_end(timer, GONE);
    }
}

/* -- the interface -- */

int
lw_deadline_arm(struct lw_deadline *deadline, int64_t when)
{
    struct timer *timer = enter();
    int is_first = 0;
    int error = lw_heap_reserve(timer->count);
    if (!error && !timer->running) {
        error = start_thread(timer);
    }
    if (!error) {
        deadline->when = when;
        if (is_in_heap(timer, deadline)) {
            lw_heap_move(deadline, timer->count);
        }
        else {
            if (deadline->slot == 0) { /* else a parent's heap counted one */
                atomic_fetch_add(&deadline->references, 1);
            }
            if (deadline->after_fork) {
                chain(deadline);
            }
            add(timer, deadline);
        }
        timer->armings++;
        is_first = when < timer->awake_at;
    }
    if (is_first) {
        timer->awake_at = when;
        timer->calls++;
    }
    lw_lock_release(&timer->lock);
    if (is_first) {
        wake(timer);
    }
    return error;
}

int
lw_deadline_cancel(struct lw_deadline *deadline)
{
    /* Only the owner arms: a deadline that is not armed now stays so. */
    if (atomic_load_explicit(&deadline->slot, memory_order_acquire) == 0) {
        return 0;
    }
    struct timer *timer = enter();
    int was_armed = is_in_heap(timer, deadline);
    int was_counted = deadline->slot != 0; /* by the heap, or a parent's */
    if (was_armed) {
        take_out(timer, deadline);
    }
    else {
        atomic_store_explicit(&deadline->slot, 0, memory_order_release);
    }
    leave(timer);
    if (was_counted) {
        lw_deadline_release(deadline);
    }
    return was_armed;
}

int
lw_deadline_is_armed(struct lw_deadline *deadline)
{
    struct timer *timer = lw_process_state(LW_PROCESS_TIMER);
    if (timer->process == 0) {
        timer = enter();
        lw_lock_release(&timer->lock);
    }
    return is_in_heap(timer, deadline);
}

void
lw_deadline_cancel_all(const void *interpreter)
{
    struct lw_deadline *found = NULL;
    struct timer *timer = enter();
    for (size_t i = 1; i <= timer->count;) {
        struct lw_deadline *deadline = lw_heap_at(i++);
        if (deadline->interpreter == interpreter) {
            take_out(timer, deadline);
            deadline->next = found;
            found = deadline;
            i = 1; /* the heap has another order now */
        }
    }
    if (timer->count == 0) {
        timer->lingers = 0;
    }
    leave(timer);
    if (timer->firing) { /* it may be reading the interpreter that ends */
        wait_for_end(timer, DUMP_TENTHS * (int64_t)(SECOND / 10));
    }
    while (found) {
        struct lw_deadline *next = found->next;
        lw_deadline_release(found);
        found = next;
    }
}

void
lw_deadline_before_fork(void)
{
    struct timer *timer = lw_process_state(LW_PROCESS_TIMER);
    if ((timer->thread == 0 && !timer->running) || !lw_lock_try(&timer->lock)) {
        return; /* there is none, or another thread is arming or cancelling now */
    }
    if (timer->count == 0) {
        timer->lingers = 0;
    }
    int has_ended = !timer->running;
    leave(timer);
    if (has_ended) {
        wait_for_end(timer, GONE);
    }
}

int
lw_deadline_restart(void)
{
    struct timer *timer = enter();
    int error = timer->count > 0 && !timer->running ? start_thread(timer) : 0;
    lw_lock_release(&timer->lock);
    return error;
}
