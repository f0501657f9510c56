#include "fault/user_signals.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "dump/dump_text.h"
#include "fault/offer.h"
#include "output/sigpipe.h"
#include "system/process_state.h"

enum {
    SIGNALS = 65,
    SECOND = 1000 * 1000 * 1000,
    WAIT = SECOND / 5, /* for another thread's dump */
    PAUSE = SECOND / 2000,
};

extern void *PyGILState_GetThisThreadState(void); /* reads a thread-specific value, no more */

struct user_signal {
    _Atomic(struct lw_user_options *) chosen; /* NULL: not registered */
    struct lw_user_options options[2];
    struct sigaction previous;
};

static struct user_signal signals[SIGNALS];
static struct lw_dump *dump;

/* The kernel's id of the thread that dumps; a child has none. */
static atomic_int *
dumping(void)
{
    return lw_process_state(LW_PROCESS_DUMP);
}

static int
claim(int thread)
{
    int64_t limit = 0;
    for (;;) {
        int nobody = 0;
        if (atomic_compare_exchange_strong(dumping(), &nobody, thread)) {
            return 1;
        }
        int64_t now = lw_now();
        if (nobody == thread || (limit && now > limit)) {
            return 0;
        }
        limit = limit ? limit : now + WAIT;
        struct timespec pause = {.tv_nsec = PAUSE};
        nanosleep(&pause, NULL);
    }
}

static void
dump_now(const struct lw_user_options *options, int thread)
{
    struct lw_dump_options threads = {
        .current_state = (uint64_t)(uintptr_t)PyGILState_GetThisThreadState(),
        .current_native = (uint64_t)thread,
        .max_threads = options->max_threads,
        .all_threads = options->all_threads,
    };
    int fd = lw_outlet_descriptor(&options->outlet);
    if (fd < 0 || !claim(thread)) {
        return;
    }
    lw_dump_begin(dump, fd, lw_now() + LW_USER_SIGNAL_SECONDS * (int64_t)SECOND);
    if (!lw_dump_refusal()) {
        lw_dump_threads(dump, &threads);
    }
    if (lw_dump_end(dump) == EPIPE) {
        lw_sigpipe_discard();
    }
    atomic_store(dumping(), 0);
}

/* Calls the earlier handler as the kernel would have, with the same siginfo. */
static void
call_previous(struct user_signal *user, int signum, siginfo_t *fault, void *context)
{
    const struct sigaction *previous = &user->previous;
    if (!(previous->sa_flags & SA_SIGINFO) && previous->sa_handler == SIG_IGN) {
        return;
    }
    if ((previous->sa_flags & SA_SIGINFO) || previous->sa_handler != SIG_DFL) {
        lw_call_action(previous, fault, context);
        return;
    }
    /* The default action: only the kernel can do it; then ours is put back. */
    struct sigaction ours;
    if (sigaction(signum, previous, &ours) != 0) {
        return;
    }
    syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), signum, fault);
    sigaction(signum, &ours, NULL);
}

static void
handle(int signum, siginfo_t *fault, void *context)
{
    int saved_errno = errno;
    struct user_signal *user = &signals[signum];
    const struct lw_user_options *chosen = atomic_load(&user->chosen);
    if (chosen) {
        dump_now(chosen, (int)syscall(SYS_gettid));
        if (chosen->chain) {
            errno = saved_errno;
            call_previous(user, signum, fault, context);
        }
    }
    errno = saved_errno;
}

int
lw_user_register(int signum, const struct lw_user_options *wanted)
{
    struct user_signal *user = &signals[signum];
    struct sigaction action;

    if (!dump && !(dump = lw_dump_create())) {
        return ENOMEM;
    }
    struct lw_user_options *old = atomic_load(&user->chosen);
    struct lw_user_options *next = old == &user->options[0] ? &user->options[1] : &user->options[0];
    *next = *wanted;
    atomic_store(&user->chosen, next);
    if (old) {
        lw_outlet_close(&old->outlet);
        return 0;
    }
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = handle;
    /* Chained: SA_NODEFER, so that the default action can take place inside the handler; and no
     * SA_RESTART, so that a system call ends early as it would under the earlier handler. */
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | (wanted->chain ? SA_NODEFER : SA_RESTART);
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGPIPE);
    if (sigaction(signum, &action, &user->previous) != 0) {
        int error = errno;
        atomic_store(&user->chosen, NULL);
        return error;
    }
    return 0;
}

int
lw_user_unregister(int signum)
{
    struct user_signal *user = &signals[signum];
    struct lw_user_options *old = atomic_exchange(&user->chosen, NULL);
    if (!old) {
        return 0;
    }
    sigaction(signum, &user->previous, NULL);
    lw_outlet_close(&old->outlet);
    return 1;
}

int
lw_user_is_registered(int signum)
{
    return atomic_load(&signals[signum].chosen) != NULL;
}

void
lw_user_unregister_all(void)
{
    for (int signum = 1; signum < SIGNALS; signum++) {
        lw_user_unregister(signum);
    }
}
