/* unwind.h: the C stack of the current thread, in the text form of faulthandler.
 *
 * Owns the walk over native frames: by .eh_frame (cfi.h), else by the frame pointer; from the
 * registers that a signal interrupted, never from inside the handler.  unwind_x86_64.c holds it;
 * unwind_other.c says that there is none on this machine. */
#ifndef LASTWORDS_UNWIND_H
#define LASTWORDS_UNWIND_H

#include "sink.h"

enum { LW_C_FRAMES = 32 }; /* lines shown, as the standard module shows */

/* Context: signal handler.  One thread at a time (the caller's business).
 * Writes "Current thread's C stack trace (most recent call first):" and its lines; `context` is the
 * ucontext_t of the signal. */
void lw_unwind_dump(struct lw_sink *sink, const void *context);

#endif
