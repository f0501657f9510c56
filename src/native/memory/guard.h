/* guard.h: loads that may fault, without arming anything.
 *
 * lw_guard_copy() is one small routine that touches neither the stack nor a register it must keep.
 * When it faults, the handler moves the program counter to its failing exit.  So there is no jump
 * buffer, no thread-local storage (whose first use may allocate), and nesting needs no care.
 * guard_x86_64.c holds it; on other machines (guard_other.c) lw_guard_ready() is 0, and memory.c reads
 * through the kernel.
 *
 * The contract with the fault handler: it stays installed (SA_SIGINFO | SA_NODEFER | SA_ONSTACK) for
 * SIGSEGV and SIGBUS while enabled, and, before it does anything about a fault of the kernel's,
 *     if (lw_guard_recover(fault, context)) return;
 * A thread that dumps must not block SIGSEGV or SIGBUS (a timer thread that blocks "all" signals
 * unblocks these two), or its reads go the slow way. */
#ifndef LASTWORDS_GUARD_H
#define LASTWORDS_GUARD_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

typedef void (*lw_fault_handler)(int signum, siginfo_t *fault, void *context);

/* Context: signal handler | any thread.
 * Returns 1 if a guarded load has faulted: `context` (a ucontext_t) was changed so that the read
 * fails; the handler must return at once.  Returns 0 for every other fault, and for a signal that was
 * sent meanwhile. */
int lw_guard_recover(const siginfo_t *fault, void *context);

/* Context: any thread.
 * Names the handler that calls lw_guard_recover(). */
void lw_guard_use(lw_fault_handler handler);

/* Context: any thread.
 * Lets no guarded load begin any more, and waits for those of threads that entered, `patience`
 * nanoseconds at most.  1 if no thread needs the handler any more. */
int lw_guard_end(int64_t patience);

/* Context: signal handler | any thread.
 * Mark what a thread reads without the interpreter's lock: lw_guard_end() waits for it. */
void lw_guard_enter(void);
void lw_guard_leave(void);

/* Context: signal handler | any thread.
 * 1 when guarded loads are safe on this thread now: the handler named is the one in place for both
 * signals, and the thread blocks neither. */
int lw_guard_ready(void);

/* Context: signal handler | any thread.
 * Copies `size` bytes.  Returns 0, or -1 when a load faulted.  Only when lw_guard_ready(). */
int lw_guard_copy(void *into, const void *from, size_t size);

#endif
