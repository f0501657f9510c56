/* interrupted.h: what a fatal signal has interrupted: the thread's registers and its instruction.
 *
 * interrupted_x86_64.c reads them from the handler's context (a ucontext_t); on other machines
 * (interrupted_other.c) they are unknown. */
#ifndef LASTWORDS_INTERRUPTED_H
#define LASTWORDS_INTERRUPTED_H

#include <signal.h>
#include <stdint.h>

/* The registers of an interrupted thread, as many as a handler may change to mend a fault. */
struct lw_interrupted_registers {
    uint64_t value[24];
};

/* Context: signal handler.  The address of the interrupted instruction; 0: unknown. */
uintptr_t lw_interrupted_place(const void *context);

/* Context: signal handler.  The interrupted thread's stack pointer; 0: unknown. */
uintptr_t lw_interrupted_stack(const void *context);

/* Context: signal handler.  Saves the registers. */
void lw_interrupted_save(const void *context, struct lw_interrupted_registers *out);

/* Context: signal handler.  Whether a register has another value now. */
int lw_interrupted_changed(const void *context, const struct lw_interrupted_registers *before);

/* Context: signal handler.
 * Whether the interrupted instruction would fail in the same way now; 1 if that is unknown. */
int lw_interrupted_fails_again(const siginfo_t *fault, const void *context);

/* Context: signal handler.
 * Whether the interrupted instruction is the one that abort() ends with; 1 if that is unknown. */
int lw_interrupted_is_halt(const void *context);

#endif
