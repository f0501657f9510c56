/* python_modules_text.h: the "Extension modules" line of a dump. */
#ifndef LASTWORDS_PYTHON_MODULES_TEXT_H
#define LASTWORDS_PYTHON_MODULES_TEXT_H

#include "memory/memory.h"
#include "output/sink.h"

/* Context: signal handler.  One thread at a time.
 * Writes an empty line and "Extension modules: a, b (total: N)", without those of the standard library;
 * nothing if all belong to it. */
void lw_dump_extensions(struct lw_sink *sink, struct lw_memory *memory);

#endif
