/* native_text.h: the C stack of the current thread, in the text form of faulthandler. */
#ifndef LASTWORDS_NATIVE_TEXT_H
#define LASTWORDS_NATIVE_TEXT_H

#include "output/sink.h"
#include "unwind/native_stack.h"

enum { LW_C_FRAMES = 32 }; /* lines shown, as in the standard module */

/* Context: signal handler.
 * Writes "Current thread's C stack trace (most recent call first):" and its lines; `context` is the
 * ucontext_t of the signal. */
void lw_dump_native(struct lw_sink *sink, struct lw_native_walk *walk, struct lw_memory *memory,
                    const void *context);

#endif
