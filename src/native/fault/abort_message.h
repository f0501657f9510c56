/* abort_message.h: what the C library said before it aborted (assert, malloc's checks).
 *
 * Owns the address of glibc's pointer to its last message, for the text and the record. */
#ifndef LASTWORDS_ABORT_MESSAGE_H
#define LASTWORDS_ABORT_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "memory/memory.h"
#include "output/sink.h"

/* Context: any thread.
 * Finds the pointer.  Other C libraries than glibc have none. */
void lw_abort_text_find(void);

/* Context: signal handler.  One thread at a time.
 * The message, as it is, and its length: 0 when there is none. */
const char *lw_abort_text_read(struct lw_memory *memory, size_t *length);

/* Context: signal handler.  One thread at a time.
 * Writes an empty line and "Abort message: ...", or nothing when there is none. */
void lw_abort_text_dump(struct lw_sink *sink, struct lw_memory *memory);

#endif
