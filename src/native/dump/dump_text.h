/* dump_text.h: faulthandler's text, at CPython 3.15's level.
 *
 * Owns the compatible form of a thread dump: headers, frames, names, escapes, marks and limits.  It
 * departs from the standard text in this: a current thread that the limit would cut off comes
 * first; the limit of frames counts Python frames only; "Garbage-collecting" stands in the
 * collecting thread; what can't be read is marked, and the dump goes on. */
#ifndef LASTWORDS_DUMP_TEXT_H
#define LASTWORDS_DUMP_TEXT_H

#include <stdint.h>

#include "dump/dump.h"

enum {
    LW_DUMP_THREADS = 100, /* threads shown by default */
};

struct lw_dump_options {
    struct lw_thread_hint hint;
    int64_t max_threads;   /* 0: LW_DUMP_THREADS; negative: only "..." */
    uint8_t all_threads;   /* 0: only the current one, under "Stack (most recent call first):" */
    uint8_t current_first; /* 1: the current thread first, whatever its place (fatal signals) */
    uint8_t current_elsewhere; /* 1: the current thread is not the one that calls */
    uint8_t alone;             /* 1: show only `first` */
    /* A thread to show first, with the header of any other thread: none is "current" then.  NULL:
     * none. */
    const struct lw_thread *first;
    uint8_t fresh_names; /* 1: read every thread's name from the kernel (see thread_name.h) */
};

/* Context: signal handler | any thread.
 * The whole thread dump as dump_traceback() writes it: all threads, or "Stack (most recent call
 * first):" alone.  Not flushed. */
void lw_dump_threads(struct lw_dump *dump, const struct lw_dump_options *options);

/* Context: signal handler | any thread.
 * The two halves of lw_dump_threads() with all_threads and current_first: the current thread (also
 * one that Python doesn't know, if hint.ident is given), and all others. */
void lw_dump_current(struct lw_dump *dump, const struct lw_dump_options *options);
void lw_dump_others(struct lw_dump *dump, const struct lw_dump_options *options);

#endif
