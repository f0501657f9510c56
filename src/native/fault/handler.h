/* handler.h: what happens at a fatal signal.
 *
 * Owns the actions of SIGSEGV, SIGFPE, SIGABRT, SIGBUS and SIGILL while enabled, and which thread
 * reports (report.h).  Afterwards the earlier action is back in place and gets the signal as it was:
 * an instruction that faulted faults again, a signal that was sent is sent again with its own
 * siginfo. */
#ifndef LASTWORDS_HANDLER_H
#define LASTWORDS_HANDLER_H

#include <stdint.h>

#include "fault/choices.h"

enum {
    LW_FATAL_SIGNALS = 5,
    LW_FATAL_SECONDS_TENTHS = 25, /* the whole report; dying must follow within 3 seconds */
    LW_STEP_TENTHS = 15,          /* one step */
};

/* Context: any thread.
 * Installs the handlers, or replaces what was chosen, whose outlet it takes over.  0, or an errno. */
int lw_fault_enable(const struct lw_choice *wanted);

/* Context: GIL held, after lw_fault_enable().
 * Makes a report of this thread from `context` (a ucontext_t) and drops it, once: the memory that the
 * handler works with is then in place, where each page touched first at a crash would take time that
 * a dying process may not have. */
void lw_fault_rehearse(const void *context);

/* Context: any thread.
 * Puts the earlier actions back where ours are still in force, unless another thread is in a dump that
 * needs them for longer than a moment.  Returns 1 when it was enabled. */
int lw_fault_disable(void);

/* Context: any thread.
 * lw_fault_disable(), and no guarded reads either: nothing of ours stays in place. */
void lw_fault_end(void);

/* Context: any thread.
 * 1 when enabled and ours is the handler of all five signals. */
int lw_fault_is_enabled(void);

/* Context: any thread.
 * For dumps by threads that don't hold the interpreter's lock, without enable().  Only where a sandbox
 * forbids other ways to read, or when many dumps have been made, ours becomes the handler of SIGSEGV
 * and SIGBUS, and passes every real fault on. */
void lw_fault_prepare_reads(void);

/* Context: any thread.
 * Calls `report` for each fatal signal whose handler is not ours although enabled, with the address
 * of the function that is (0: the default, 1: ignored). */
void lw_fault_replaced(void (*report)(void *argument, int signum, uintptr_t function),
                       void *argument);

/* Context: any thread.
 * For tests: the step with this number (from 0; -1: none) faults, or hangs. */
void lw_fault_break_step(int step, int hangs);

/* Context: signal handler | any thread.
 * Whether `signum` is one of the five. */
int lw_fault_is_fatal(int signum);

#endif
