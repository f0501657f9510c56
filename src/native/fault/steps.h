/* steps.h: the report of a fatal signal, in numbered steps, the most valuable first.
 *
 * A fault inside a step resumes at the next one; each step and the whole have a deadline.  One thread
 * at a time: handler.c makes sure of that. */
#ifndef LASTWORDS_STEPS_H
#define LASTWORDS_STEPS_H

#include <signal.h>

enum {
    LW_FATAL_SECONDS_TENTHS = 25, /* the whole report; dying must follow within 3 seconds */
    LW_STEP_TENTHS = 15,          /* one step */
};

struct lw_choice;

struct lw_failure {
    const char *name; /* of the signal */
    const siginfo_t *fault;
    const void *context; /* a ucontext_t */
    int thread;          /* the kernel's id */
};

/* Context: GIL held.  Allocates the memory of the steps: 0, or an errno. */
int lw_steps_prepare(void);

/* Context: signal handler.  Makes the report and writes it. */
void lw_steps_run(const struct lw_failure *failure, const struct lw_choice *chosen);

/* Context: signal handler, on the thread that reports.
 * If a step faulted or took too long, goes on with the next one and doesn't return. */
void lw_steps_resume(const siginfo_t *fault);

/* Context: signal handler.
 * Whether a signal comes from the timer of the steps: if no report is under way, it is late. */
int lw_steps_is_late(const siginfo_t *fault);

/* Context: signal handler.  Notes another thread that failed, for the report to name. */
void lw_steps_also(int thread, const char *name);

/* Context: GIL held, as the thread that reports.
 * Takes the steps that read memory, from `context`, and writes nothing; see lw_fault_rehearse(). */
void lw_steps_rehearse(const struct lw_choice *chosen, const void *context);

/* Context: any thread.
 * For tests: the step with this number (from 0; -1: none) faults, or hangs. */
void lw_steps_break(int step, int hangs);

#endif
