#include "fault/handler.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "memory/guard.h"
#include "fault/hand_over.h"
#include "fault/offer.h"
#include "fault/steps.h"
#include "output/sink.h"
#include "system/process_state.h"

enum {
    TENTH = 100 * 1000 * 1000, /* nanoseconds */
    WAIT_TENTHS = 35,          /* a second thread that fails waits so long for the first */
};

struct fatal {
    const int signum;
    const char *const name;
    atomic_int installed; /* ours was put in place, and nothing has been handed over since */
    atomic_int offered;   /* what was there before is another runtime's: it is asked first */
    struct sigaction previous;
    atomic_int has_above; /* a runtime put its action over ours, and ours is over that again */
    struct sigaction above;
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

/* The kernel's id of the thread that reports; a child has none. */
static atomic_int *
owner(void)
{
    return lw_process_state(LW_PROCESS_REPORT);
}

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
        if (atomic_compare_exchange_strong(owner(), &nobody, thread)) {
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

/* The action in force now.  One that can't be read counts as the default. */
static struct sigaction
action_of(int signum)
{
    struct sigaction now = {.sa_handler = SIG_DFL};
    (void)sigaction(signum, NULL, &now);
    return now;
}

/* Has a runtime that used faults before us taken this one?  It may have made the default its action, as
 * those do that see no sense in a fault: then nobody takes it, and the report comes before the end. */
static int
was_taken(struct fatal *fatal, siginfo_t *fault, void *context, int thread, uintptr_t frame)
{
    enum { ABOVE, BENEATH };
    int taken = 0;
    if (!lw_comes_again(fault) || !atomic_load(&fatal->installed)) {
        return 0;
    }
    if (atomic_load(&fatal->has_above) && !lw_offer_came_back(ABOVE, context, thread, frame)) {
        taken = lw_offer(ABOVE, &fatal->above, fault, context, thread, frame) == LW_OFFER_TAKEN;
    }
    if (!taken && atomic_load(&fatal->offered) &&
        !lw_offer_came_back(BENEATH, context, thread, frame)) {
        taken =
            lw_offer(BENEATH, &fatal->previous, fault, context, thread, frame) == LW_OFFER_TAKEN;
    }
    return taken && action_of(fatal->signum).sa_handler != SIG_DFL;
}

/* Reports a failure of this thread; waits for another thread that reports. */
static void
report(struct fatal *fatal, siginfo_t *fault, void *context, int thread)
{
    if (!atomic_load(&enabled) || !become_owner(fatal, thread)) {
        return;
    }
    const struct lw_fault_options *now = atomic_load(&enabled); /* it may have waited long */
    if (now && atomic_load(&fatal->installed)) {
        struct lw_failure failure = {fatal->name, fault, context, thread};
        lw_report(&failure, now);
    }
    atomic_store(owner(), 0);
}

/* The process with number 1 doesn't die of a signal at its default: abort() then runs into an
 * instruction that fails, which is the same death and no second failure. */
static int
ends_an_abort(const siginfo_t *fault, int thread)
{
    static atomic_int aborting; /* the thread */
    if (getpid() != 1) {
        return 0;
    }
    if (fault->si_signo == SIGABRT && fault->si_code == SI_TKILL && fault->si_pid == 1) {
        atomic_store(&aborting, thread);
        return 0;
    }
    return atomic_load(&aborting) == thread;
}

static void
fail(struct fatal *fatal, siginfo_t *fault, void *context, int thread)
{
    if (!ends_an_abort(fault, thread)) {
        report(fatal, fault, context, thread);
    }
    const struct sigaction *earlier = &fatal->previous;
    int is_default = earlier->sa_handler == SIG_DFL && !(earlier->sa_flags & SA_SIGINFO);
    if (!lw_comes_again(fault) && is_default && getpid() == 1 && fault->si_signo != SIGABRT) {
        return; /* the kernel would drop it, and ours be gone */
    }
    int expected = 1;
    if (!atomic_compare_exchange_strong(&fatal->installed, &expected, 0)) {
        /* Another thread has handed over meanwhile: what is in force now gets this one too. */
        lw_hand_over(fault, NULL, thread);
        return;
    }
    /* A runtime that has refused the fault, or returned and left it, would do so for ever. */
    int refused =
        lw_comes_again(fault) && (atomic_load(&fatal->offered) || atomic_load(&fatal->has_above));
    const struct sigaction fallback = {.sa_handler = SIG_DFL};
    lw_hand_over(fault, refused ? &fallback : earlier, thread);
}

static void
handle(int signum, siginfo_t *fault, void *context)
{
    if (lw_guard_recover(fault, context)) {
        return;
    }
    int saved_errno = errno;
    int thread = this_thread();
    struct fatal *fatal = fatal_of(signum);
    uintptr_t frame = (uintptr_t)__builtin_frame_address(0);

    if (atomic_load(owner()) == thread) {
        lw_report_resume(fault);
        return; /* sent to a thread that is dying already */
    }
    if (!lw_report_is_late(fault) && !was_taken(fatal, fault, context, thread, frame)) {
        fail(fatal, fault, context, thread);
    }
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
    int is_runtime = lw_offer_is_runtime(&now);
    if (is_runtime && atomic_load(&fatal->installed)) {
        fatal->above = now; /* it may pass on to ours what it doesn't know */
        atomic_store(&fatal->has_above, 1);
    }
    else {
        fatal->previous = now;
        atomic_store(&fatal->offered, is_runtime);
        atomic_store(&fatal->has_above, 0);
    }
    atomic_store(&fatal->installed, 1);
    if (sigaction(fatal->signum, &ours, NULL) != 0) {
        atomic_store(&fatal->installed, 0);
        return errno;
    }
    return 0;
}

int
lw_fault_guard(void)
{
    if (atomic_load(&guard_wanted)) {
        return 0;
    }
    lw_guard_use(handle);
    atomic_store(&guard_wanted, 1);
    int error = install(fatal_of(SIGSEGV));
    return error ? error : install(fatal_of(SIGBUS));
}

int
lw_fault_enable(const struct lw_fault_options *wanted)
{
    lw_guard_use(handle);
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

/* What stands beneath ours is in force again.  A runtime above keeps ours as its own earlier one. */
static void
put_back(struct fatal *fatal)
{
    if (atomic_exchange(&fatal->has_above, 0)) {
        sigaction(fatal->signum, &fatal->above, NULL);
        return;
    }
    sigaction(fatal->signum, &fatal->previous, NULL);
    atomic_store(&fatal->installed, 0);
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
        if (!guards && atomic_load(&fatals[i].installed) && is_ours(fatals[i].signum, &now)) {
            put_back(&fatals[i]);
        }
    }
    lw_outlet_close(&old->outlet);
    return 1;
}

void
lw_fault_end(void)
{
    lw_fault_disable();
    atomic_store(&guard_wanted, 0);
    for (int i = 0; i < LW_FATAL_SIGNALS; i++) {
        struct sigaction now;
        if (atomic_load(&fatals[i].installed) && is_ours(fatals[i].signum, &now)) {
            put_back(&fatals[i]);
        }
    }
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
    if (atomic_compare_exchange_strong(owner(), &nobody, this_thread())) {
        lw_report_rehearse(now, context);
        atomic_store(owner(), 0);
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
