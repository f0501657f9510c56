#include "fault/user_signals.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dump/dump_text.h"
#include "fault/earlier_call.h"
#include "system/clock.h"
#include "system/process_state.h"
#include "system/signal_mask.h"
#include "system/turn.h"

enum {
    SECOND = 1000 * 1000 * 1000,
    WAIT = SECOND / 5, /* for another thread's dump */
};

extern void *PyGILState_GetThisThreadState(void); /* reads a thread-specific value, no more */

struct user_signal {
    struct lw_choices choices;
    struct sigaction previous;
};

static struct user_signal signals[NSIG];
static struct lw_dump *dump;

/* The kernel's id of the thread that dumps; 0 in a new child. */
static atomic_int *
dumping(void)
{
    return lw_process_state(LW_PROCESS_DUMP);
}

static void
dump_now(const struct lw_choice *options, int thread)
{
    struct lw_dump_options threads = {
        .hint.state = (uint64_t)(uintptr_t)PyGILState_GetThisThreadState(),
        .hint.native = (uint64_t)thread,
        .max_threads = options->max_threads,
        .all_threads = options->all_threads,
    };
    int fd = lw_outlet_descriptor(&options->outlet);
    if (fd < 0 || !lw_turn_take(dumping(), thread, WAIT)) {
        return;
    }
    lw_dump_begin(dump, fd, lw_now() + LW_USER_SIGNAL_SECONDS * (int64_t)SECOND);
    if (!lw_session_refusal()) {
        lw_report_header_write(lw_dump_sink(dump), &options->header);
        lw_dump_threads(dump, &threads);
    }
    if (lw_dump_end(dump) == EPIPE) {
        lw_signal_discard(SIGPIPE);
    }
    lw_turn_end(dumping());
}

/* Only the kernel can take the default action: puts it in force for a moment. */
static void
act_by_default(const struct user_signal *user, const struct lw_delivery *delivery)
{
    struct sigaction in_force, now;
    sigset_t kept;
    int signum = delivery->info->si_signo;
    if (sigaction(signum, &user->previous, &in_force) != 0) {
        return;
    }
    syscall(SYS_rt_tgsigqueueinfo, getpid(), delivery->thread, signum, delivery->info);
    lw_signal_mask(SIG_UNBLOCK, signum, &kept); /* now it acts, if it was blocked */
    pthread_sigmask(SIG_SETMASK, &kept, NULL);
    if (sigaction(signum, NULL, &now) == 0 && now.sa_handler == user->previous.sa_handler) {
        sigaction(signum, &in_force, NULL);
    }
}

static void
handle(int signum, siginfo_t *info, void *context)
{
    if (!lw_is_delivered(signum, info, context)) {
        lw_deliver(signum, handle);
        return;
    }
    int saved_errno = errno;
    struct user_signal *user = &signals[signum];
    const struct lw_delivery delivery = {info, context, (int)syscall(SYS_gettid),
                                         (uintptr_t)__builtin_frame_address(0)};
    int is_registered = 0, chain = 0;
    if (lw_earlier_came_back(user, &delivery)) {
        return; /* the earlier handler calls ours as its own earlier one */
    }
    const struct lw_choice *chosen = lw_choices_enter(&user->choices);
    if (chosen) {
        is_registered = 1;
        chain = chosen->chain;
        dump_now(chosen, delivery.thread);
        lw_choices_leave(chosen);
    }
    errno = saved_errno;
    if (lw_is_function(&user->previous) && (chain || !is_registered)) {
        lw_earlier_call(user, &user->previous, &delivery);
    }
    else if (chain && user->previous.sa_handler == SIG_DFL) {
        act_by_default(user, &delivery);
    }
    errno = saved_errno;
}

static int
is_ours(const struct sigaction *action)
{
    return action->sa_sigaction == handle;
}

/* Puts ours in force over `now`, which may be ours with other flags. */
static int
install(int signum, const struct sigaction *now, int chain)
{
    struct user_signal *user = &signals[signum];
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = handle;
    /* Chained: SA_NODEFER, so that the default action can take place inside the handler; and no
     * SA_RESTART, so that a system call ends early as it would under the earlier handler. */
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | (chain ? SA_NODEFER : SA_RESTART);
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGPIPE);
    if (!is_ours(now)) {
        user->previous = *now; /* before ours can be called */
    }
    return sigaction(signum, &action, NULL) == 0 ? 0 : errno;
}

int
lw_user_register(int signum, const struct lw_choice *wanted)
{
    struct user_signal *user = &signals[signum];
    struct sigaction now;

    if (!dump && !(dump = lw_dump_create())) {
        return ENOMEM;
    }
    if (sigaction(signum, NULL, &now) != 0) {
        return errno;
    }
    /* A handler that has replaced ours since stays in force. */
    if (is_ours(&now) || !lw_choices_is_set(&user->choices)) {
        int error = install(signum, &now, wanted->chain);
        if (error) {
            return error;
        }
    }
    (void)lw_choices_set(&user->choices, wanted);
    return 0;
}

int
lw_user_unregister(int signum)
{
    struct user_signal *user = &signals[signum];
    struct sigaction now;
    if (!lw_choices_is_set(&user->choices)) {
        return 0;
    }
    if (sigaction(signum, NULL, &now) == 0 && is_ours(&now)) {
        sigaction(signum, &user->previous, NULL);
    }
    (void)lw_choices_set(&user->choices, NULL);
    return 1;
}

int
lw_user_chain_kills(int signum)
{
    struct sigaction now;
    int is_for_programs = signum == SIGUSR1 || signum == SIGUSR2 || signum >= SIGRTMIN;
    if (!is_for_programs || sigaction(signum, NULL, &now) != 0) {
        return 0;
    }
    const struct sigaction *earlier = is_ours(&now) ? &signals[signum].previous : &now;
    return !lw_is_function(earlier) && earlier->sa_handler == SIG_DFL;
}

void
lw_user_unregister_all(void)
{
    for (int signum = 1; signum < NSIG; signum++) {
        lw_user_unregister(signum);
    }
}
