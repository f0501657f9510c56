/* unwind.h: the C stack of the current thread, in the text form of faulthandler.
 *
 * Owns the walk over native frames: by .eh_frame (cfi.h), else by the frame pointer; from the
 * registers that a signal interrupted, never from inside the handler.  unwind_x86_64.c holds it;
 * unwind_other.c says that there is none on this machine. */
#ifndef LASTWORDS_UNWIND_H
#define LASTWORDS_UNWIND_H

#include <stdint.h>

#include "unwind/loaded_files.h"
#include "output/sink.h"

enum { LW_C_FRAMES = 32 }; /* lines shown, as the standard module shows */

struct lw_native_frame {
    uintptr_t pc;
    uintptr_t low, high; /* its part of the stack: from its stack pointer to its caller's */
    const struct lw_module *module; /* NULL: not in a mapped file */
    const char *symbol;             /* "": not known */
    uintptr_t symbol_start;
};

/* Context: signal handler.  One thread at a time (the caller's business).
 * Starts a walk from the registers in `context` (a ucontext_t); 0 when there is none here. */
int lw_native_begin(const void *context);

/* Context: signal handler, after lw_native_begin().
 * Returns 1 and the next frame, most recent call first, or 0 at the end.  What it points to stays
 * until the next call. */
int lw_native_next(struct lw_native_frame *frame);

/* Context: signal handler.
 * The register number `index` (from 0) in `context`; 0 when there is none of this number. */
int lw_native_register(const void *context, int index, const char **name, uint64_t *value);

/* Context: signal handler.  One thread at a time (the caller's business).
 * Writes "Current thread's C stack trace (most recent call first):" and its lines; `context` is the
 * ucontext_t of the signal. */
void lw_unwind_dump(struct lw_sink *sink, const void *context);

#endif
