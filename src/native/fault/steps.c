#include "fault/steps.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <time.h>

#include "dump/dump_text.h"
#include "dump/native_text.h"
#include "dump/python_modules_text.h"
#include "fault/abort_message.h"
#include "fault/choices.h"
#include "fault/interrupted.h"
#include "fault/step_timer.h"
#include "record/record.h"
#include "system/clock.h"
#include "system/process_state.h"
#include "system/signal_mask.h"

enum {
    TENTH = 100 * 1000 * 1000, /* nanoseconds */
    ALSO_LIMIT = 8,            /* other failed threads that are named */
    RECORD_TENTHS = 10,        /* left for the record if the text can't be written */
};

extern void *PyGILState_GetThisThreadState(void); /* reads a thread-specific value, no more */

enum step {
    STEP_HEADER,
    STEP_CURRENT,
    STEP_NATIVE,
    STEP_OTHERS,
    STEP_EXTENSIONS,
    STEP_ABORT_MESSAGE,
    STEP_ALSO,
    STEP_RECORD, /* the record's file is made ... */
    STEP_NAME,   /* ... and named */
    STEP_REST,   /* of the record */
    STEP_CUT = STEP_REST + LW_RECORD_STEPS - 1,
    STEP_END,
};

static struct lw_dump *dump;
static struct lw_native_walk *walk; /* NULL: not on this machine, or no memory */

static struct {
    volatile int running;
    volatile int step;
    volatile int holds; /* the text is held back, to be written at once */
    sigjmp_buf resume;
    int64_t deadline;
    struct lw_step_timer timer;
    struct lw_failure failure;
    struct lw_dump_options threads;
    struct lw_choice chosen;
    struct {
        int thread;
        const char *name;
    } also[ALSO_LIMIT];
} crash;

static int broken_step = -1; /* for tests: this step fails */
static int broken_step_hangs;

int
lw_steps_prepare(void)
{
    if (!dump) {
        dump = lw_dump_create();
    }
    if (!walk) {
        walk = lw_native_walk_create();
    }
    return dump ? 0 : ENOMEM;
}

/* How many other threads failed; 0 in a new child. */
static atomic_int *
also_count(void)
{
    return lw_process_state(LW_PROCESS_ALSO);
}

void
lw_steps_also(int thread, const char *name)
{
    int slot = atomic_fetch_add(also_count(), 1);
    if (slot < ALSO_LIMIT) {
        crash.also[slot].thread = thread;
        crash.also[slot].name = name;
    }
}

static void
name_others(struct lw_sink *sink)
{
    int count = atomic_load(also_count());
    for (int i = 0; i < count && i < ALSO_LIMIT; i++) {
        if (crash.also[i].name && crash.also[i].thread != (int)crash.threads.hint.native) {
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
record_step(enum lw_record_step step)
{
    struct lw_record_crash facts = {
        .fault = crash.failure.fault,
        .context = crash.failure.context,
        .walk = walk,
        .deadline = crash.deadline,
        .hint = crash.threads.hint,
    };
    if (dump->session.current_state == LW_CURRENT_FOUND) {
        facts.current = &dump->session.current;
    }
    if (step == LW_RECORD_PROCESS && crash.failure.fault->si_signo == SIGABRT) {
        facts.abort_message =
            lw_abort_message_read(&dump->session.memory, &facts.abort_message_size);
    }
    lw_record_step(step, &facts);
}

static void
run_step(enum step step)
{
    struct lw_sink *sink = lw_dump_sink(dump);
    const char *refusal = lw_session_refusal();
    lw_sink_again(sink); /* an error of the last step's output doesn't end the report */
    if ((int)step == broken_step) {
        fail_on_purpose();
    }
    switch (step) {
    case STEP_HEADER:
        lw_sink_text(sink, "Fatal Python error: ");
        lw_sink_text(sink, crash.failure.name);
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
            lw_dump_native(sink, walk, &dump->session.memory, crash.failure.context);
        }
        break;
    case STEP_OTHERS:
        if (!refusal && crash.threads.all_threads) {
            lw_dump_others(dump, &crash.threads);
        }
        break;
    case STEP_EXTENSIONS:
        lw_dump_extensions(sink, &dump->session.memory);
        break;
    case STEP_ABORT_MESSAGE:
        if (crash.failure.fault->si_signo == SIGABRT) {
            lw_abort_message_dump(sink, &dump->session.memory);
        }
        break;
    case STEP_ALSO:
        name_others(sink);
        break;
    case STEP_RECORD:
        record_step(LW_RECORD_PROCESS);
        break;
    case STEP_NAME:
        lw_record_name(sink);
        crash.holds = 0;
        break;
    case STEP_CUT:
        lw_record_name_cut(sink);
        break;
    default:
        record_step(LW_RECORD_PROCESS + 1 + (step - STEP_REST));
        break;
    }
    if (!crash.holds) {
        lw_sink_flush(sink);
    }
}

/* A fault inside a step comes back to the sigsetjmp() and goes on with the next step. */
static void
run_steps(void)
{
    crash.step = STEP_HEADER;
    if (sigsetjmp(crash.resume, 0) != 0) {
        crash.holds = 0; /* a step failed: write what there is */
        lw_dump_resume(dump);
        lw_record_resume();
        lw_sink_flush(lw_dump_sink(dump));
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

void
lw_steps_run(const struct lw_failure *failure, const struct lw_choice *chosen)
{
    if (!dump) {
        return;
    }
    crash.chosen = *chosen;
    crash.failure = *failure;
    crash.deadline = lw_now() + LW_FATAL_SECONDS_TENTHS * (int64_t)TENTH;
    crash.threads = (struct lw_dump_options){
        .hint.state = (uint64_t)(uintptr_t)PyGILState_GetThisThreadState(),
        .hint.native = (uint64_t)failure->thread,
        .hint.ident = (uint64_t)pthread_self(),
        .hint.stack = lw_interrupted_stack(failure->context),
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
    lw_step_timer_start(&crash.timer, failure->fault->si_signo, failure->thread);
    lw_dump_begin(dump, fd, crash.deadline - (recorded ? RECORD_TENTHS * (int64_t)TENTH : 0));
    /* Reports of several processes in one file stay whole if each is one write.  A pipe,
     * socket or terminal gets every part as soon as it is made. */
    crash.holds = lw_dump_sink(dump)->waits == LW_SINK_NEVER_WAITS;
    run_steps();
    lw_step_timer_stop(&crash.timer);
    if (lw_dump_end(dump) == EPIPE) {
        lw_signal_discard(SIGPIPE);
    }
}

void
lw_steps_resume(const siginfo_t *fault)
{
    if (crash.running && (fault->si_code > 0 || fault->si_code == SI_TIMER)) {
        crash.running = 0;
        siglongjmp(crash.resume, 1);
    }
}

int
lw_steps_is_late(const siginfo_t *fault)
{
    return fault->si_code == SI_TIMER && fault->si_value.sival_ptr == &crash.timer;
}

static void
rehearse_steps(const struct lw_choice *now, const void *context)
{
    crash.chosen = *now;
    crash.failure.context = context;
    crash.threads = (struct lw_dump_options){
        .hint.state = (uint64_t)(uintptr_t)PyGILState_GetThisThreadState(),
        .all_threads = 1,
    };
    lw_dump_begin(dump, -1, 0); /* writes nowhere */
    run_step(STEP_CURRENT);
    run_step(STEP_NATIVE);
    run_step(STEP_EXTENSIONS);
}

void
lw_steps_rehearse(const struct lw_choice *chosen, const void *context)
{
    if (sigsetjmp(crash.resume, 0) == 0) {
        crash.running = 1;
        rehearse_steps(chosen, context);
    }
    crash.running = 0;
    (void)lw_dump_end(dump);
}

void
lw_steps_break(int step, int hangs)
{
    broken_step = step;
    broken_step_hangs = hangs;
}
