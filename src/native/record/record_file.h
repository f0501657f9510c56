/* record_file.h: the file of a record: its name, its descriptor, and what the text says of it.
 *
 * Owns how the template expands, and two descriptors that are kept in reserve for a program that
 * has used up its own. */
#ifndef LASTWORDS_RECORD_FILE_H
#define LASTWORDS_RECORD_FILE_H

#include "output/sink.h"
#include "record/record_parts.h"

/* Context: any thread, one at a time.
 * Opens the reserved descriptors, or closes them.  If none can be had the record does without. */
void lw_record_keep_descriptors(int wanted);

/* Context: signal handler, one thread at a time.
 * Makes the file; its descriptor, or -1. */
int lw_record_file_make(const struct lw_record_settings *chosen, int signum);

/* Context: signal handler, one thread at a time.
 * Notes that the file was begun and not finished: `error` is the errno, or 0 if there is none. */
void lw_record_file_was_cut(int error);

/* Context: signal handler, one thread at a time.
 * Write "Record: PATH", or why there is none; and later, if it was cut, that it was. */
void lw_record_file_name(struct lw_sink *sink);
void lw_record_file_name_cut(struct lw_sink *sink);

#endif
