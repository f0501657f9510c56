#include "fault/handler.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "memory/guard.h"
#include "fault/hand_over.h"
#include "fault/steps.h"
#include "output/sink.h"

enum {
    TENTH = 100 * 1000 * 1000, /* nanoseconds */
    WAIT_TENTHS = 35,          /* a second thread that fails waits so long for the first */
};

struct fatal {
    const int signum;
    const char *const name;
    int installed;
    struct sigaction previous;
};

static struct fatal fatals[LW_FATAL_SIGNALS] = {
    {.signum = SIGBUS, .name = "Bus error"},
    {.signum = SIGILL, .name = "Illegal instruction"},
    {.signum = SIGFPE, .name = "Floating-point exception"},
    {.signum = SIGABRT, .name = "Aborted"},
    {.signum = SIGSEGV, .name = "Segmentation fault"},
};

static struct lw_fault_options options[2]; /* the one in use, and the next */
static _Atomic(struct lw_fault_options *) enabled;
static atomic_int guard_wanted;
static atomic_int owner; /* kernel thread id of the thread that reports */

static int
this_thread(void)
{
    return (int)syscall(SYS_gettid);
}

static struct fatal *
fatal_of(int signum)
{
    for (int i = 0; i < LW_FATAL_SIGNALS; i++) {
        if (fatals[i].signum == signum) {
            return &fatals[i];
        }
    }
    return NULL;
}

int
lw_fault_is_fatal(int signum)
{
    return fatal_of(signum) != NULL;
}

static void
pause_a_little(void)
{
    struct timespec pause = {.tv_nsec = TENTH / 20};
    nanosleep(&pause, NULL);
}

/* Becomes the thread that reports.  0: another one has been at it for too long. */
static int
become_owner(const struct fatal *fatal, int thread)
{
    int64_t limit = 0;
    for (;;) {
        int nobody = 0;
        if (atomic_compare_exchange_strong(&owner, &nobody, thread)) {
            return 1;
        }
        if (limit == 0) {
            lw_report_also(thread, fatal->name);
            limit = lw_now() + WAIT_TENTHS * (int64_t)TENTH;
        }
        if (lw_now() > limit) {
            return 0;
        }
        pause_a_little();
    }
}

static void
handle(int signum, siginfo_t *fault, void *context)
{
    if (lw_guard_recover(context)) {
        return;
    }
    int saved_errno = errno;
    int thread = this_thread();
    struct fatal *fatal = fatal_of(signum);

    if (atomic_load(&owner) == thread) {
        lw_report_resume(fault);
        return; /* sent to a thread that is dying already */
    }
    if (lw_report_is_late(fault)) {
        return;
    }
    if (atomic_load(&enabled) && fatal->installed && become_owner(fatal, thread)) {
        const struct lw_fault_options *now = atomic_load(&enabled); /* it may have waited long */
        if (now) {
            struct lw_failure failure = {fatal->name, fault, context, thread};
            lw_report(&failure, now);
        }
        atomic_store(&owner, 0);
    }
    int had_one = fatal->installed;
    fatal->installed = 0;
    lw_hand_over(fault, had_one ? &fatal->previous : NULL, thread);
    errno = saved_errno;
}

static int
is_ours(int signum, struct sigaction *now)
{
    return sigaction(signum, NULL, now) == 0 && now->sa_sigaction == handle;
}

static int
install(struct fatal *fatal)
{
    struct sigaction now, ours = {.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
    if (is_ours(fatal->signum, &now)) {
        return 0;
    }
    ours.sa_sigaction = handle;
    sigemptyset(&ours.sa_mask);
    sigaddset(&ours.sa_mask, SIGPIPE);
    fatal->previous = now;
    fatal->installed = 1;
    if (sigaction(fatal->signum, &ours, NULL) != 0) {
        fatal->installed = 0;
        return errno;
    }
    return 0;
}

/* The child has one thread: nobody else is failing there. */
static void
forget_after_fork(void)
{
    atomic_store(&owner, 0);
    lw_report_forget_others();
}

static pthread_once_t prepared = PTHREAD_ONCE_INIT;

static void
prepare(void)
{
    pthread_atfork(NULL, NULL, forget_after_fork);
    lw_guard_use(handle);
}

int
lw_fault_guard(void)
{
    if (atomic_load(&guard_wanted)) {
        return 0;
    }
    pthread_once(&prepared, prepare);
    atomic_store(&guard_wanted, 1);
    int error = install(fatal_of(SIGSEGV));
    return error ? error : install(fatal_of(SIGBUS));
}

int
lw_fault_enable(const struct lw_fault_options *wanted)
{
    pthread_once(&prepared, prepare);
    int status = lw_report_prepare();
    if (status) {
        return status;
    }
    struct lw_fault_options *old = atomic_load(&enabled);
    struct lw_fault_options *next = old == &options[0] ? &options[1] : &options[0];
    *next = *wanted;
    atomic_store(&enabled, next);
    if (old) {
        lw_outlet_close(&old->outlet);
    }
    for (int i = 0; i < LW_FATAL_SIGNALS; i++) {
        int error = install(&fatals[i]);
        if (error) {
            return error;
        }
    }
    return 0;
}

int
lw_fault_disable(void)
{
    struct lw_fault_options *old = atomic_exchange(&enabled, NULL);
    if (!old) {
        return 0;
    }
    for (int i = 0; i < LW_FATAL_SIGNALS; i++) {
        struct sigaction now;
        int guards = atomic_load(&guard_wanted) &&
                     (fatals[i].signum == SIGSEGV || fatals[i].signum == SIGBUS);
        if (!guards && fatals[i].installed && is_ours(fatals[i].signum, &now)) {
            sigaction(fatals[i].signum, &fatals[i].previous, NULL);
            fatals[i].installed = 0;
        }
    }
    lw_outlet_close(&old->outlet);
    return 1;
}

void
lw_fault_rehearse(const void *context)
{
    static atomic_flag done = ATOMIC_FLAG_INIT;
    sigset_t sent, kept;
    int nobody = 0;
    const struct lw_fault_options *now = atomic_load(&enabled);

    if (!now || atomic_flag_test_and_set(&done)) {
        return;
    }
    sigfillset(&sent); /* as if they came later; a read that faults is recovered */
    sigdelset(&sent, SIGSEGV);
    sigdelset(&sent, SIGBUS);
    pthread_sigmask(SIG_BLOCK, &sent, &kept);
    if (atomic_compare_exchange_strong(&owner, &nobody, this_thread())) {
        lw_report_rehearse(now, context);
        atomic_store(&owner, 0);
    }
    pthread_sigmask(SIG_SETMASK, &kept, NULL);
}

int
lw_fault_is_enabled(void)
{
    struct sigaction now;
    if (!atomic_load(&enabled)) {
        return 0;
    }
    for (int i = 0; i < LW_FATAL_SIGNALS; i++) {
        if (!is_ours(fatals[i].signum, &now)) {
            return 0;
        }
    }
    return 1;
}

void
lw_fault_replaced(void (*tell)(void *argument, int signum, uintptr_t function), void *argument)
{
    struct sigaction now;
    if (!atomic_load(&enabled)) {
        return;
    }
    for (int i = 0; i < LW_FATAL_SIGNALS; i++) {
        if (!is_ours(fatals[i].signum, &now)) {
            tell(argument, fatals[i].signum, (uintptr_t)now.sa_handler);
        }
    }
}
