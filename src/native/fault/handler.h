/* handler.h: the handler of fatal signals.
 *
 * Owns the actions of SIGSEGV, SIGFPE, SIGABRT, SIGBUS and SIGILL while enabled, and which thread
 * reports (steps.h).  Afterwards the earlier action is back in force and gets the signal unchanged:
 * an instruction that faulted faults again, a signal that was sent is sent again with its own
 * siginfo. */
#ifndef LASTWORDS_HANDLER_H
#define LASTWORDS_HANDLER_H

#include <stdint.h>

#include "fault/choices.h"

enum { LW_FATAL_SIGNALS = 5 };

/* Context: any thread.
 * Installs the handlers, or replaces the options; takes over the outlet of `wanted`.  0, or an
 * errno. */
int lw_fault_enable(const struct lw_choice *wanted);

/* Context: GIL held, after lw_fault_enable().
 * Makes a report of this thread from `context` (a ucontext_t) and drops it, once: that puts the
 * memory of the handler in place, since at a crash the first touch of each page takes time that a dying
 * process may not have. */
void lw_fault_rehearse(const void *context);

/* Context: any thread.
 * Puts the earlier actions back if ours are still in force; those of SIGSEGV and SIGBUS not if
 * lw_fault_prepare_reads() needs ours, or another thread's dump does for longer than a moment.
 * Returns 1 if it was enabled. */
int lw_fault_disable(void);

/* Context: any thread.
 * lw_fault_disable(), and no guarded reads either: nothing of ours stays in place. */
void lw_fault_end(void);

/* Context: any thread.
 * 1 if enabled and ours is the handler of all five signals. */
int lw_fault_is_enabled(void);

/* Context: any thread.
 * For dumps by threads that don't hold the interpreter's lock, without enable().  If a sandbox
 * forbids other ways to read, or many dumps have been made, ours becomes the handler of SIGSEGV and
 * SIGBUS, and passes every real fault on. */
void lw_fault_prepare_reads(void);

/* Context: any thread.
 * If enabled, calls `visit` for each fatal signal whose handler is not ours, with the address of the
 * function that is (0: the default, 1: ignored). */
void lw_fault_replaced(void (*visit)(void *argument, int signum, uintptr_t function),
                       void *argument);

/* Context: signal handler | any thread.
 * Whether `signum` is one of the five. */
int lw_fault_is_fatal(int signum);

#endif
