/* check_forks.c: deadlines, locks and alternate stacks in a child of a fork, which other threads
 * may have been changing; and when the timer thread ends.
 *
 *     check_forks NAME    runs the check of that name; silence and status 0 say that it holds */
#undef NDEBUG
#include <assert.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "output/sink.h"
#include "system/altstack.h"
#include "system/altstack_memory.h"
#include "system/clock.h"
#include "system/process_state.h"
#include "system/shared_lock.h"
#include "watchdog/deadline.h"

enum { THREADS = 4, EACH = 8, FORKS = 300, PATIENCE = 50 };
static const int64_t SECOND = 1000000000;

struct dog {
    struct lw_deadline deadline; /* first */
    atomic_int fired;
};

static struct dog dogs[THREADS * EACH];
static atomic_int ends;

static void
fire(struct lw_deadline *deadline)
{
    atomic_fetch_add(&((struct dog *)deadline)->fired, 1);
}

static void
keep(struct lw_deadline *deadline)
{
    (void)deadline;
    abort(); /* its owner has a reference */
}

static struct lw_deadline *
prepare(struct dog *dog, int after_fork)
{
    dog->deadline.fire = fire;
    dog->deadline.release = keep;
    dog->deadline.references = 1;
    dog->deadline.after_fork = (uint8_t)after_fork;
    return &dog->deadline;
}

static void
prepare_all(void)
{
    for (int i = 0; i < THREADS * EACH; i++) {
        prepare(&dogs[i], i % 2);
    }
}

static void
pause_a_little(void)
{
    struct timespec pause = {.tv_nsec = 1000000};
    nanosleep(&pause, NULL);
}

static int
count_threads(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/task");
    assert(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    closedir(folder);
    return count;
}

/* The timer thread is gone, or is at its end: on a busy machine nothing waits for that for long. */
static void
end_of_timer_thread(void)
{
    while (count_threads() > 1) {
        pause_a_little();
    }
}

/* All operations on a deadline, in random order. */
static void
use(struct lw_deadline *deadline, int64_t seconds)
{
    assert(lw_deadline_arm(deadline, lw_now() + seconds * SECOND) == 0);
    assert(lw_deadline_is_armed(deadline));
    assert(lw_deadline_arm(deadline, lw_now() + 2 * seconds * SECOND) == 0);
    assert(lw_deadline_cancel(deadline) == 1);
    assert(lw_deadline_cancel(deadline) == 0);
    assert(!lw_deadline_is_armed(deadline));
}

static void
check_in_child(int depth)
{
    for (int i = 0; i < THREADS * EACH; i++) {
        struct lw_deadline *deadline = &dogs[i].deadline;
        int armed = lw_deadline_is_armed(deadline);
        assert(!armed || deadline->after_fork);
        assert(lw_deadline_cancel(deadline) == armed);
    }
    for (int i = 0; i < THREADS * EACH; i++) {
        use(&dogs[i].deadline, 100 + i % 7);
    }
    struct dog soon = {0};
    assert(lw_deadline_arm(prepare(&soon, 1), lw_now()) == 0);
    while (!soon.fired) {
        pause_a_little();
    }
    for (int which = 0; which < LW_SHARED_LOCKS; which++) {
        lw_shared_lock(which);
        lw_shared_unlock(which);
    }
    assert(lw_altstack_install() == 0);
    if (depth > 0) {
        pid_t child = fork();
        if (child == 0) {
            check_in_child(depth - 1);
            _exit(0);
        }
        int status;
        assert(waitpid(child, &status, 0) == child && status == 0);
    }
}

static void *
arm_and_cancel(void *argument)
{
    struct dog *own = argument;
    unsigned seed = (unsigned)(uintptr_t)own;
    lw_altstack_install();
    while (!ends) {
        struct lw_deadline *deadline = &own[rand_r(&seed) % EACH].deadline;
        if (rand_r(&seed) % 2) {
            lw_deadline_arm(deadline, lw_now() + (rand_r(&seed) % 1000 + 100) * SECOND);
        }
        else {
            lw_deadline_cancel(deadline);
        }
        enum lw_shared which = rand_r(&seed) % LW_SHARED_LOCKS;
        lw_shared_lock(which);
        lw_shared_unlock(which);
    }
    return NULL;
}

/* Forks as the C library does, or as the kernel does: then no fork handler runs. */
static void
storm(int is_raw, int forks)
{
    pthread_t threads[THREADS];
    prepare_all();
    for (int i = 0; i < THREADS; i++) {
        assert(pthread_create(&threads[i], NULL, arm_and_cancel, &dogs[i * EACH]) == 0);
    }
    for (int i = 0; i < forks; i++) {
        pid_t child = is_raw ? (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) : fork();
        if (child == 0) {
            alarm(PATIENCE);
            if (is_raw) { /* the C library doesn't know: no thread can be started, nor memory had */
                for (int which = 0; which < LW_SHARED_LOCKS; which++) {
                    lw_shared_lock(which);
                    lw_shared_unlock(which);
                }
                for (int j = 0; j < THREADS * EACH; j++) {
                    assert(!lw_deadline_is_armed(&dogs[j].deadline) || dogs[j].deadline.after_fork);
                    lw_deadline_cancel(&dogs[j].deadline);
                }
            }
            else {
                check_in_child(i % 10 == 0);
            }
            _exit(0);
        }
        int status;
        assert(waitpid(child, &status, 0) == child);
        assert(status == 0);
    }
    ends = 1;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
}

static void
check_storm(void)
{
    storm(0, FORKS);
}

static void
check_storm_without_handlers(void)
{
    storm(1, FORKS);
}

static void *
hold(void *argument)
{
    lw_shared_lock(LW_SHARED_HANDLERS);
    atomic_store((atomic_int *)argument, 1);
    for (;;) {
        pause();
    }
    return NULL;
}

static void
check_lock_of_another_thread(void)
{
    atomic_int is_held = 0;
    pthread_t thread;
    assert(pthread_create(&thread, NULL, hold, &is_held) == 0);
    while (!is_held) {
        pause_a_little();
    }
    pid_t child = fork();
    if (child == 0) {
        alarm(PATIENCE);
        lw_shared_lock(LW_SHARED_HANDLERS);
        _exit(0);
    }
    int status;
    assert(waitpid(child, &status, 0) == child && status == 0);
}

static void
check_child_keeps_those_with_after_fork(void)
{
    int status;
    prepare_all();
    for (int i = 0; i < THREADS * EACH; i++) {
        assert(lw_deadline_arm(&dogs[i].deadline, lw_now() + (100 + i * 31 % 17) * SECOND) == 0);
    }
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < THREADS * EACH; i++) {
            assert(lw_deadline_is_armed(&dogs[i].deadline) == i % 2);
            assert(lw_deadline_cancel(&dogs[i].deadline) == i % 2);
            assert(dogs[i].deadline.references == 1);
        }
        _exit(0);
    }
    assert(waitpid(child, &status, 0) == child && status == 0);
    struct dog soon = {0};
    assert(lw_deadline_arm(prepare(&soon, 1), lw_now() + SECOND / 2) == 0);
    child = fork();
    if (child == 0) { /* its thread is started by a call */
        assert(lw_deadline_restart() == 0);
        while (!soon.fired) {
            pause_a_little();
        }
        _exit(0);
    }
    assert(waitpid(child, &status, 0) == child && status == 0);
    while (!soon.fired) {
        pause_a_little();
    }
}

static void
check_thread_ends_with_the_last_cancel(void)
{
    prepare_all();
    for (int i = 0; i < 2; i++) { /* the second time it is wanted again soon, and lingers */
        assert(lw_deadline_arm(&dogs[i].deadline, lw_now() + 100 * SECOND) == 0);
        assert(count_threads() == 2);
        assert(lw_deadline_cancel(&dogs[i].deadline) == 1);
        if (i == 0) {
            end_of_timer_thread();
        }
    }
    lw_deadline_before_fork();
    end_of_timer_thread();
    for (int i = 0; i < 3000; i++) {
        use(&dogs[0].deadline, 100);
    }
    end_of_timer_thread(); /* by itself */
    assert(lw_deadline_arm(&dogs[0].deadline, lw_now() + 100 * SECOND) == 0);
    lw_deadline_before_fork(); /* it is at work */
    assert(count_threads() == 2);
    assert(lw_deadline_cancel(&dogs[0].deadline) == 1);
}

static void
check_all_of_an_interpreter(void)
{
    int one, other;
    prepare_all();
    for (int i = 0; i < THREADS * EACH; i++) {
        dogs[i].deadline.interpreter = i % 3 ? &one : &other;
        assert(lw_deadline_arm(&dogs[i].deadline, lw_now() + (100 + i * 31 % 17) * SECOND) == 0);
    }
    lw_deadline_cancel_all(&one);
    for (int i = 0; i < THREADS * EACH; i++) {
        assert(lw_deadline_is_armed(&dogs[i].deadline) == (i % 3 == 0));
        assert(dogs[i].deadline.references == (i % 3 ? 1 : 2));
    }
    assert(count_threads() == 2);
    lw_deadline_cancel_all(&other);
    end_of_timer_thread();
}

static void
check_order(void)
{
    static struct dog many[1000];
    for (int i = 0; i < 1000; i++) {
        prepare(&many[i], i % 5 == 0);
        assert(lw_deadline_arm(&many[i].deadline, lw_now() + (i * 7919 % 1000 + 50) * 1000000) ==
               0);
    }
    for (int i = 0; i < 1000; i += 3) {
        lw_deadline_arm(&many[i].deadline, lw_now() + 1000 * SECOND);
    }
    for (int i = 0; i < 1000; i++) {
        while (i % 3 && !many[i].fired) {
            pause_a_little();
        }
        assert(i % 3 || lw_deadline_cancel(&many[i].deadline) == 1);
        assert(many[i].fired == (i % 3 != 0));
    }
}

/* -- alternate stacks -- */

static void *
own_stack(void)
{
    stack_t now;
    assert(sigaltstack(NULL, &now) == 0);
    return now.ss_flags & SS_DISABLE ? NULL : now.ss_sp;
}

static void *
show_stack(void *argument)
{
    pthread_barrier_t *all = argument;
    assert(lw_altstack_install() == 0);
    void *stack = own_stack();
    assert(stack);
    memset((char *)stack + lw_page_size(), 1, lw_altstack_size() - lw_page_size());
    pthread_barrier_wait(all); /* each has one of its own now */
    pthread_barrier_wait(all);
    return stack;
}

static int
compare(const void *one, const void *other)
{
    uintptr_t a = *(const uintptr_t *)one, b = *(const uintptr_t *)other;
    return (a > b) - (a < b);
}

static void
check_each_thread_has_a_stack(void)
{
    enum { MANY = 200 };
    static pthread_t threads[MANY];
    static uintptr_t stacks[MANY];
    pthread_barrier_t all;
    for (int round = 0; round < 5; round++) {
        pthread_barrier_init(&all, NULL, MANY + 1);
        for (int i = 0; i < MANY; i++) {
            assert(pthread_create(&threads[i], NULL, show_stack, &all) == 0);
        }
        pthread_barrier_wait(&all);
        assert(lw_altstack_count() == MANY);
        pthread_barrier_wait(&all);
        for (int i = 0; i < MANY; i++) {
            assert(pthread_join(threads[i], (void **)&stacks[i]) == 0);
        }
        qsort(stacks, MANY, sizeof(stacks[0]), compare);
        for (int i = 1; i < MANY; i++) {
            assert(stacks[i] - stacks[i - 1] >= lw_altstack_size());
        }
        assert(lw_altstack_count() == 0);
        pthread_barrier_destroy(&all);
    }
}

static void *
touch_guard(void *unused)
{
    (void)unused;
    lw_altstack_install();
    int pipes[2];
    assert(pipe(pipes) == 0);
    assert(write(pipes[1], own_stack(), 1) < 0); /* EFAULT: nothing can be read there */
    assert(write(pipes[1], (char *)own_stack() + lw_page_size(), 1) == 1);
    return NULL;
}

static void
check_guard(void)
{
    pthread_t thread;
    assert(pthread_create(&thread, NULL, touch_guard, NULL) == 0);
    pthread_join(thread, NULL);
}

static void *
replace_small_one(void *unused)
{
    static _Thread_local char small[8192];
    const stack_t theirs = {.ss_sp = small, .ss_size = sizeof(small)},
                  none = {.ss_flags = SS_DISABLE};
    (void)unused;
    assert(sigaltstack(&theirs, NULL) == 0);
    assert(lw_altstack_install() == 0);
    void *ours = own_stack();
    assert(ours != small);
    assert(sigaltstack(&none, NULL) ==
           0); /* what a runtime does with its own when its thread ends */
    return ours;
}

/* Such a runtime doesn't unmap ours: it is another thread's next. */
static void
check_stack_in_place_of_a_small_one(void)
{
    void *first = NULL, *next;
    pthread_t thread;
    for (int i = 0; i < 50; i++) {
        assert(pthread_create(&thread, NULL, replace_small_one, NULL) == 0);
        assert(pthread_join(thread, &next) == 0);
        assert(next == first || !first);
        first = next;
    }
}

static void
check_no_key(void)
{
    pthread_key_t key;
    while (pthread_key_create(&key, NULL) == 0) {
    }
    pthread_t thread;
    void *result;
    assert(lw_altstack_install() == 0 && own_stack() != NULL); /* the main thread needs none */
    assert(!lw_altstack_is_due());
    assert(pthread_create(&thread, NULL, (void *(*)(void *))(void (*)(void))lw_altstack_install,
                          NULL) == 0);
    assert(pthread_join(thread, &result) == 0 && (int)(intptr_t)result == -1);
    pthread_key_delete(key);
    pthread_key_delete(key - 1);
    lw_altstack_renew(); /* one is to be had now */
    assert(lw_altstack_is_due());
}

static const struct {
    const char *name;
    void (*run)(void);
} checks[] = {
    {"storm", check_storm},
    {"storm_without_handlers", check_storm_without_handlers},
    {"lock_of_another_thread", check_lock_of_another_thread},
    {"child_keeps_those_with_after_fork", check_child_keeps_those_with_after_fork},
    {"thread_ends_with_the_last_cancel", check_thread_ends_with_the_last_cancel},
    {"all_of_an_interpreter", check_all_of_an_interpreter},
    {"order", check_order},
    {"each_thread_has_a_stack", check_each_thread_has_a_stack},
    {"guard", check_guard},
    {"stack_in_place_of_a_small_one", check_stack_in_place_of_a_small_one},
    {"no_key", check_no_key},
};

int
main(int count, char **arguments)
{
    for (size_t i = 0; count == 2 && i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (strcmp(checks[i].name, arguments[1]) == 0) {
            checks[i].run();
            return 0;
        }
    }
    return 2;
}
