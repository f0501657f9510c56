/* steps.h: the report of a fatal signal, in numbered steps, the most valuable first.
 *
 * A fault inside a step resumes at the next one; each step and the whole have a deadline.  One thread
 * at a time: handler.h sees to it. */
#ifndef LASTWORDS_STEPS_H
#define LASTWORDS_STEPS_H

#include <signal.h>

struct lw_choice;

struct lw_failure {
    const char *name; /* of the signal */
    const siginfo_t *fault;
    const void *context; /* a ucontext_t */
    int thread;          /* the kernel's id */
};

/* Context: GIL held.  Makes what the steps work with: 0, or an errno. */
int lw_report_prepare(void);

/* Context: signal handler.  Makes the report and writes it. */
void lw_report(const struct lw_failure *failure, const struct lw_choice *chosen);

/* Context: signal handler, on the thread that reports.
 * Goes on with the next step, and doesn't return, when a step faulted or took too long. */
void lw_report_resume(const siginfo_t *fault);

/* Context: signal handler.
 * Whether a signal comes from the timer of the steps; with no report under way, it is late. */
int lw_report_is_late(const siginfo_t *fault);

/* Context: signal handler.  Notes another thread that fails, for the report to name. */
void lw_report_also(int thread, const char *name);

/* Context: GIL held, as the thread that reports.
 * Takes the steps that read memory, from `context`, and writes nothing; see lw_fault_rehearse(). */
void lw_report_rehearse(const struct lw_choice *chosen, const void *context);

#endif
