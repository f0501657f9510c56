#include "handler.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "abort_text.h"
#include "dump_text.h"
#include "extensions.h"
#include "guard.h"
#include "hand_over.h"
#include "record.h"
#include "sigpipe.h"
#include "step_timer.h"
#include "unwind.h"

enum {
    TENTH = 100 * 1000 * 1000, /* nanoseconds */
    WAIT_TENTHS = 35,          /* a second thread that fails waits so long for the first */
    ALSO_LIMIT = 8,            /* other failing threads that are named */
    RECORD_TENTHS = 10,        /* left for the record when nobody reads the text */
};

extern void *PyGILState_GetThisThreadState(void); /* reads a thread-specific value, no more */

enum step {
    STEP_HEADER,
    STEP_CURRENT,
    STEP_NATIVE,
    STEP_OTHERS,
    STEP_EXTENSIONS,
    STEP_ABORT_TEXT,
    STEP_ALSO,
    STEP_RECORD,
    STEP_END = STEP_RECORD + LW_RECORD_STEPS
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
static struct lw_dump *dump;

static struct {
    atomic_int owner; /* kernel thread id of the thread that reports */
    volatile int running;
    volatile int step;
    sigjmp_buf resume;
    int64_t deadline;
    struct lw_step_timer timer;
    const struct fatal *fatal;
    const siginfo_t *fault;
    const void *context;
    struct lw_dump_options threads;
    struct lw_fault_options chosen;
    atomic_int also_count;
    struct {
        int thread;
        const char *name;
    } also[ALSO_LIMIT];
} crash;

static int broken_step = -1; /* for tests: this step fails */
static int broken_step_hangs;

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
name_others(struct lw_sink *sink)
{
    int count = atomic_load(&crash.also_count);
    for (int i = 0; i < count && i < ALSO_LIMIT; i++) {
        if (crash.also[i].name && crash.also[i].thread != (int)crash.threads.current_native) {
            lw_sink_text(sink, i == 0 ? "\n" : "");
            lw_sink_text(sink, "Another thread failed too: ");
            lw_sink_decimal(sink, crash.also[i].thread);
            lw_sink_text(sink, " (");
            lw_sink_text(sink, crash.also[i].name);
            lw_sink_text(sink, ")\n");
        }
    }
}

static void
fail_on_purpose(void)
{
    struct timespec long_time = {.tv_sec = 3600};
    lw_sink_text(lw_dump_sink(dump), "cut");
    if (broken_step_hangs) {
        nanosleep(&long_time, NULL);
    }
    int *volatile nowhere = NULL;
    *(volatile int *)nowhere = 1;
}

static void
run_step(enum step step)
{
    struct lw_sink *sink = lw_dump_sink(dump);
    const char *refusal = lw_dump_refusal();
    lw_sink_again(sink); /* what could not be written costs its step */
    if ((int)step == broken_step) {
        fail_on_purpose();
    }
    switch (step) {
    case STEP_HEADER:
        lw_sink_text(sink, "Fatal Python error: ");
        lw_sink_text(sink, crash.fatal->name);
        lw_sink_text(sink, "\n\n");
        break;
    case STEP_CURRENT:
        if (refusal) {
            lw_sink_text(sink, "  <");
            lw_sink_text(sink, refusal);
            lw_sink_text(sink, ">\n");
        }
        else if (crash.threads.all_threads) {
            lw_dump_current(dump, &crash.threads);
        }
        else {
            lw_dump_threads(dump, &crash.threads);
        }
        break;
    case STEP_NATIVE:
        if (crash.chosen.c_stack) {
            lw_sink_text(sink, "\n");
            lw_unwind_dump(sink, crash.context);
        }
        break;
    case STEP_OTHERS:
        if (!refusal && crash.threads.all_threads) {
            lw_dump_others(dump, &crash.threads);
        }
        break;
    case STEP_EXTENSIONS:
        lw_extensions_dump(sink);
        break;
    case STEP_ABORT_TEXT:
        if (crash.fatal->signum == SIGABRT) {
            lw_abort_text_dump(sink, &dump->memory);
        }
        break;
    case STEP_ALSO:
        name_others(sink);
        break;
    default: {
        struct lw_record_crash facts = {crash.fault, crash.context, crash.deadline, crash.threads};
        if (lw_record_is_wanted()) {
            lw_record_step(step - STEP_RECORD, &facts);
        }
        break;
    }
    }
    lw_sink_flush(sink);
}

/* A fault inside a step comes back to the sigsetjmp() and goes on with the next step. */
static void
run_steps(void)
{
    crash.step = STEP_HEADER;
    if (sigsetjmp(crash.resume, 0) != 0) {
        lw_dump_resume(dump);
        lw_record_resume();
    }
    crash.running = 1;
    int end = lw_record_is_wanted() ? STEP_END : STEP_RECORD;
    while (crash.step < end) {
        int64_t left = crash.deadline - lw_now();
        enum step step = (enum step)crash.step++;
        if (left <= 0) {
            break;
        }
        int64_t budget = LW_STEP_TENTHS * (int64_t)TENTH;
        lw_step_timer_set(&crash.timer, left < budget ? left : budget);
        run_step(step);
    }
    crash.running = 0;
}

static void
report(const struct fatal *fatal, const siginfo_t *fault, const void *context, int thread)
{
    const struct lw_fault_options *now = atomic_load(&enabled);
    if (!now || !dump) {
        return;
    }
    crash.chosen = *now;
    crash.fatal = fatal;
    crash.fault = fault;
    crash.context = context;
    crash.deadline = lw_now() + LW_FATAL_SECONDS_TENTHS * (int64_t)TENTH;
    crash.threads = (struct lw_dump_options){
        .current_state = (uint64_t)(uintptr_t)PyGILState_GetThisThreadState(),
        .current_native = (uint64_t)thread,
        .current_ident = (uint64_t)pthread_self(),
        .max_threads = crash.chosen.max_threads,
        .all_threads = crash.chosen.all_threads,
        .current_first = 1,
        .fresh_names = 1,
    };
    int fd = lw_outlet_descriptor(&crash.chosen.outlet);
    int recorded = lw_record_is_wanted();
    if (fd < 0 && !recorded) {
        return;
    }
    lw_step_timer_start(&crash.timer, fatal->signum, thread);
    lw_dump_begin(dump, fd, crash.deadline - (recorded ? RECORD_TENTHS * (int64_t)TENTH : 0));
    run_steps();
    lw_step_timer_stop(&crash.timer);
    if (lw_dump_end(dump) == EPIPE) {
        lw_sigpipe_discard();
    }
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
        if (atomic_compare_exchange_strong(&crash.owner, &nobody, thread)) {
            return 1;
        }
        if (limit == 0) {
            int slot = atomic_fetch_add(&crash.also_count, 1);
            if (slot < ALSO_LIMIT) {
                crash.also[slot].thread = thread;
                crash.also[slot].name = fatal->name;
            }
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

    if (atomic_load(&crash.owner) == thread) {
        if (crash.running && (fault->si_code > 0 || fault->si_code == SI_TIMER)) {
            crash.running = 0;
            siglongjmp(crash.resume, 1);
        }
        return; /* sent to a thread that is dying already */
    }
    if (fault->si_code == SI_TIMER && fault->si_value.sival_ptr == &crash.timer) {
        return; /* late */
    }
    if (atomic_load(&enabled) && fatal->installed && become_owner(fatal, thread)) {
        report(fatal, fault, context, thread);
        atomic_store(&crash.owner, 0);
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
    atomic_store(&crash.owner, 0);
    atomic_store(&crash.also_count, 0);
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
    if (!dump && !(dump = lw_dump_create())) {
        return ENOMEM;
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

static void
rehearse_steps(const struct lw_fault_options *now, const void *context)
{
    crash.chosen = *now;
    crash.context = context;
    crash.threads = (struct lw_dump_options){
        .current_state = (uint64_t)(uintptr_t)PyGILState_GetThisThreadState(),
        .all_threads = 1,
    };
    lw_dump_begin(dump, -1, 0); /* writes nowhere */
    run_step(STEP_CURRENT);
    run_step(STEP_NATIVE);
    run_step(STEP_EXTENSIONS);
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
    if (atomic_compare_exchange_strong(&crash.owner, &nobody, this_thread())) {
        if (sigsetjmp(crash.resume, 0) == 0) {
            crash.running = 1;
            rehearse_steps(now, context);
        }
        crash.running = 0;
        atomic_store(&crash.owner, 0);
    }
    pthread_sigmask(SIG_SETMASK, &kept, NULL);
}

void
lw_fault_break_step(int step, int hangs)
{
    broken_step = step;
    broken_step_hangs = hangs;
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
