/* abort_text.h: what the C library said before it aborted (assert, malloc's checks).
 *
 * Owns the address of glibc's pointer to its last message, found when the handler is enabled. */
#ifndef LASTWORDS_ABORT_TEXT_H
#define LASTWORDS_ABORT_TEXT_H

#include <stdint.h>

#include "memory/memory.h"
#include "output/sink.h"

/* Context: any thread.
 * Says where the pointer is; 0: nowhere. */
void lw_abort_text_set(uintptr_t address);

/* Context: signal handler.  One thread at a time.
 * Writes an empty line and "Abort message: ...", or nothing when there is none. */
void lw_abort_text_dump(struct lw_sink *sink, struct lw_memory *memory);

#endif
