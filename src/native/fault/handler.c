#include "fault/handler.h"

#include <pthread.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dump/session.h"
#include "fault/handler_chain.h"
#include "fault/interrupted.h"
#include "fault/steps.h"
#include "fault/unblock.h"
#include "memory/guard.h"
#include "memory/memory.h"
#include "system/process_state.h"
#include "system/turn.h"

enum {
    TENTH = 100 * 1000 * 1000, /* nanoseconds */
    WAIT_TENTHS = 35,          /* a second failing thread waits so long for the first */
};

/* How long dumps of other threads, which need the handler, are waited for. */
static const int64_t DISABLE_PATIENCE = TENTH, END_PATIENCE = WAIT_TENTHS * (int64_t)TENTH;

static void handle(int signum, siginfo_t *fault, void *context);

static struct fatal {
    const char *const name;
    struct lw_handler_chain chain;
    atomic_uint reports; /* made of this signal */
} fatals[LW_FATAL_SIGNALS] = {
    {.name = "Bus error", .chain = {.signum = SIGBUS, .ours = handle}},
    {.name = "Illegal instruction", .chain = {.signum = SIGILL, .ours = handle}},
    {.name = "Floating-point exception", .chain = {.signum = SIGFPE, .ours = handle}},
    {.name = "Aborted", .chain = {.signum = SIGABRT, .ours = handle}},
    {.name = "Segmentation fault", .chain = {.signum = SIGSEGV, .ours = handle}},
};

static struct lw_choices choices;
/* Whether ours is the handler of SIGSEGV and SIGBUS even without enable(), for guarded reads. */
static _Atomic(enum guarding{
    NO_GUARD,
    LINGERS, /* a dump that began under enable() goes on */
    GUARDS,
    IS_ENDING,
}) guarding;

/* The kernel's id of the thread that reports; 0 in a new child. */
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
        if (fatals[i].chain.signum == signum) {
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

/* Becomes the thread that reports; 0 if another thread has been reporting for too long. */
static int
become_owner(const struct fatal *fatal, int thread)
{
    if (lw_turn_try(owner(), thread)) {
        return 1;
    }
    lw_steps_also(thread, fatal->name);
    return lw_turn_take(owner(), thread, WAIT_TENTHS * (int64_t)TENTH);
}

/* Reports a failure of this thread; waits for another thread that reports. */
static void
report(struct fatal *fatal, const struct lw_delivery *delivery)
{
    unsigned before = atomic_load(&fatal->reports);
    if (!lw_choices_is_set(&choices) || !atomic_load(&fatal->chain.installed) ||
        !become_owner(fatal, delivery->thread)) {
        return;
    }
    const struct lw_choice *now = lw_choices_enter(&choices);
    /* If it had to wait, another thread's report names it, and that thread hands the signal on. */
    if (now && atomic_load(&fatal->chain.installed) && atomic_load(&fatal->reports) == before) {
        struct lw_failure failure = {fatal->name, delivery->info, delivery->context,
                                     delivery->thread};
        lw_steps_run(&failure, now);
        atomic_fetch_add(&fatal->reports, 1);
    }
    if (now) {
        lw_choices_leave(now);
    }
    lw_turn_end(owner());
}

/* Process number 1 doesn't die of a signal whose action is the default: its abort() goes on to an
 * instruction that faults, which belongs to the same death and is no second failure. */
static int
ends_an_abort(const struct lw_delivery *delivery)
{
    static atomic_int aborting; /* the thread */
    const siginfo_t *fault = delivery->info;
    if (getpid() != 1) {
        return 0;
    }
    if (fault->si_signo == SIGABRT && fault->si_code == SI_TKILL && fault->si_pid == 1) {
        atomic_store(&aborting, delivery->thread);
        return 0;
    }
    return atomic_load(&aborting) == delivery->thread && lw_comes_again(fault) &&
           lw_interrupted_is_halt(delivery->context);
}

static void
fail(struct fatal *fatal, const struct lw_delivery *delivery, int was_ours)
{
    if (!ends_an_abort(delivery)) {
        report(fatal, delivery);
    }
    /* The kernel would drop an ignored one. */
    if (!lw_handler_chain_is_ignored(&fatal->chain, delivery->info)) {
        lw_handler_chain_pass_on(&fatal->chain, delivery, was_ours);
    }
}

/* A signal that was sent to the thread that rehearses (see below); number 0: none. */
static siginfo_t sent_meanwhile;
static atomic_int rehearsing;

static void
handle(int signum, siginfo_t *fault, void *context)
{
    if (!lw_is_delivered(signum, fault, context)) {
        lw_deliver(signum, handle);
        return;
    }
    if (lw_guard_recover(fault, context)) {
        return;
    }
    int saved_errno = errno;
    struct fatal *fatal = fatal_of(signum);
    const struct lw_delivery delivery = {fault, context, this_thread(),
                                         (uintptr_t)__builtin_frame_address(0)};
    struct sigaction now;

    if (atomic_load(owner()) == delivery.thread) {
        lw_steps_resume(fault);
        if (atomic_load(&rehearsing)) {
            sent_meanwhile = *fault;
        }
        return; /* else it was sent to a thread that is dying already */
    }
    if (!lw_steps_is_late(fault)) {
        int was_ours = lw_handler_chain_is_in_force(&fatal->chain, &now);
        if (!(was_ours && lw_fault_give_back(&delivery)) &&
            !lw_handler_chain_offer(&fatal->chain, &delivery)) {
            fail(fatal, &delivery, was_ours);
        }
    }
    errno = saved_errno;
}

/* Makes guarded loads possible, once: another handler that replaces ours later is left alone. */
static void
guard(void)
{
    enum guarding now = atomic_load(&guarding);
    if (now < GUARDS && atomic_compare_exchange_strong(&guarding, &now, GUARDS)) {
        lw_guard_use(handle);
        (void)lw_handler_chain_install(&fatal_of(SIGSEGV)->chain);
        (void)lw_handler_chain_install(&fatal_of(SIGBUS)->chain);
    }
}

void
lw_fault_prepare_reads(void)
{
    enum { UNKNOWN, ALLOWED, FORBIDDEN };
    static atomic_int copies; /* without the guard */
    if (atomic_load(&copies) == UNKNOWN) {
        atomic_store(&copies, lw_memory_can_copy_own() ? ALLOWED : FORBIDDEN);
    }
    if (atomic_load(&copies) == FORBIDDEN) {
        guard();
    }
    lw_session_set_slow_hook(guard);
}

int
lw_fault_enable(const struct lw_choice *wanted)
{
    int error = lw_steps_prepare();
    if (error) {
        return error;
    }
    lw_guard_use(handle);
    lw_choices_set(&choices, wanted);
    for (int i = 0; i < LW_FATAL_SIGNALS; i++) {
        error = lw_handler_chain_install(&fatals[i].chain);
        if (error) {
            return error;
        }
    }
    return 0;
}

static void
put_back_all_but(int guard)
{
    for (int i = 0; i < LW_FATAL_SIGNALS; i++) {
        int signum = fatals[i].chain.signum;
        if (!guard || (signum != SIGSEGV && signum != SIGBUS)) {
            lw_handler_chain_put_back(&fatals[i].chain);
        }
    }
}

int
lw_fault_disable(void)
{
    enum guarding before = atomic_load(&guarding);
    if (!lw_choices_set(&choices, NULL)) {
        return 0;
    }
    if (before == GUARDS || !atomic_compare_exchange_strong(&guarding, &before, IS_ENDING)) {
        put_back_all_but(1);
        return 1;
    }
    int is_free = lw_guard_end(DISABLE_PATIENCE);
    if (!is_free) {
        lw_guard_use(handle); /* another thread is in a dump, perhaps a long one */
    }
    put_back_all_but(!is_free);
    atomic_store(&guarding, is_free ? NO_GUARD : LINGERS);
    return 1;
}

void
lw_fault_end(void)
{
    lw_session_set_slow_hook(NULL);
    (void)lw_choices_set(&choices, NULL);
    atomic_store(&guarding, IS_ENDING);
    (void)lw_guard_end(END_PATIENCE);
    put_back_all_but(0);
    atomic_store(&guarding, NO_GUARD);
}

void
lw_fault_rehearse(const void *context)
{
    static atomic_flag done = ATOMIC_FLAG_INIT;
    sigset_t sent, kept;
    int thread = this_thread();
    const struct lw_choice *now = lw_choices_enter(&choices);

    if (!now) {
        return;
    }
    if (!atomic_flag_test_and_set(&done)) {
        sigfillset(&sent); /* as if they came later; a read that faults is recovered */
        sigdelset(&sent, SIGSEGV);
        sigdelset(&sent, SIGBUS);
        pthread_sigmask(SIG_BLOCK, &sent, &kept);
        if (lw_turn_try(owner(), thread)) {
            atomic_store(&rehearsing, 1);
            lw_steps_rehearse(now, context);
            atomic_store(&rehearsing, 0);
            lw_turn_end(owner());
        }
        if (sent_meanwhile.si_signo != 0) {
            lw_send_again(&sent_meanwhile, thread);
            sent_meanwhile.si_signo = 0;
        }
        pthread_sigmask(SIG_SETMASK, &kept, NULL);
    }
    lw_choices_leave(now);
}

int
lw_fault_is_enabled(void)
{
    struct sigaction now;
    int all = lw_choices_is_set(&choices);
    for (int i = 0; i < LW_FATAL_SIGNALS; i++) {
        all = all && lw_handler_chain_is_in_force(&fatals[i].chain, &now);
    }
    return all;
}

void
lw_fault_replaced(void (*visit)(void *argument, int signum, uintptr_t function), void *argument)
{
    struct sigaction now;
    for (int i = 0; lw_choices_is_set(&choices) && i < LW_FATAL_SIGNALS; i++) {
        if (!lw_handler_chain_is_in_force(&fatals[i].chain, &now)) {
            visit(argument, fatals[i].chain.signum, (uintptr_t)now.sa_handler);
        }
    }
}
