/* abort_message.h: the C library's message before it aborted (assert, malloc's checks).
 *
 * Owns the address of glibc's pointer to its last message, for the text and the record. */
#ifndef LASTWORDS_ABORT_MESSAGE_H
#define LASTWORDS_ABORT_MESSAGE_H

#include <stddef.h>

#include "memory/memory.h"
#include "output/sink.h"

/* Context: any thread.
 * Finds the pointer; only glibc has one. */
void lw_abort_message_find(void);

/* Context: signal handler.  One thread at a time.
 * The message, unchanged, and its length: 0 if there is none. */
const char *lw_abort_message_read(struct lw_memory *memory, size_t *length);

/* Context: signal handler.  One thread at a time.
 * Writes an empty line and "Abort message: ...", or nothing if there is none. */
void lw_abort_message_dump(struct lw_sink *sink, struct lw_memory *memory);

#endif
