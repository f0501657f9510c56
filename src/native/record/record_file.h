/* record_file.h: the file of a record: its name, its descriptor, and what the text says of it.
 *
 * Owns the template, how it expands, and two descriptors that are kept for the day when a program has
 * used up its own. */
#ifndef LASTWORDS_RECORD_FILE_H
#define LASTWORDS_RECORD_FILE_H

#include "output/sink.h"
#include "record/record.h"

/* Context: any thread, one at a time.
 * Keeps descriptors for the record, or lets go of them.  Without any left it goes without. */
void lw_record_keep_descriptors(int wanted);

/* Context: signal handler, one thread at a time.
 * Makes the file; its descriptor, or -1. */
int lw_record_file_make(const struct lw_record_settings *chosen, int signum);

/* Context: signal handler, one thread at a time.
 * The file was begun and not finished: `error` says why, or is 0 when nothing does. */
void lw_record_file_was_cut(int error);

/* Context: signal handler, one thread at a time.
 * "Record: PATH", or why there is none; later, and only if it was cut, that it was. */
void lw_record_file_name(struct lw_sink *sink);
void lw_record_file_name_cut(struct lw_sink *sink);

#endif
