/* record.h: the structured record of a fatal signal: one JSON Lines file, written by the handler.
 *
 * Owns the order of its parts.  Each part is a step that may fault and is then left; what was written
 * before stays: every line is an object by itself, and a line that a fault cut is dropped.
 * docs/record.md describes the lines; the file and its name are record_file.h's.
 *
 * Facts that do not change (program, arguments, versions) are rendered when the record is switched on
 * (lastwords/faulthandler/_crash_record.py) and only copied here. */
#ifndef LASTWORDS_RECORD_H
#define LASTWORDS_RECORD_H

#include "record/record_parts.h"

enum lw_record_step {
    LW_RECORD_PROCESS, /* the file is made; process, signal, registers, abort message */
    LW_RECORD_CURRENT, /* the thread that failed, with its Python frames */
    LW_RECORD_NATIVE_STACK,
    LW_RECORD_OTHERS, /* the other threads */
    LW_RECORD_EXTENSIONS,
    LW_RECORD_MAPPINGS,
    LW_RECORD_END,
    LW_RECORD_STEPS,
};

/* Context: any thread.
 * Switches the record on, or off with NULL.  0 or an errno. */
int lw_record_set(const struct lw_record_settings *settings);

/* Context: signal handler | any thread.
 * 1 if a record is wanted. */
int lw_record_is_wanted(void);

/* Context: signal handler.  One thread at a time.
 * Writes one part; in order, but any may be skipped.  After a fault inside a part, call
 * lw_record_resume() and go on with the next. */
void lw_record_step(enum lw_record_step step, const struct lw_record_crash *crash);
void lw_record_resume(void);

/* Context: signal handler.  One thread at a time.
 * After LW_RECORD_PROCESS, writes the record's name into the text, or why there is none; after the last
 * step, that the record was cut, if it was. */
void lw_record_name(struct lw_sink *sink);
void lw_record_name_cut(struct lw_sink *sink);

#endif
