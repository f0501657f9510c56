/* dump_text.h: faulthandler's text, at CPython 3.15's level.
 *
 * Owns the compatible form of a thread dump: headers, frames, names, escapes, marks and limits.  The
 * one departure from the standard text: the current thread comes first, always.
 *
 * All state of a dump is in a struct lw_dump, made in advance: none of it is on the stack (the stack
 * may be an alternate one).  One struct serves one dump at a time; callers keep one for each place
 * from which dumps start (fault handler, user signals, timer thread, direct calls).
 *
 *     struct lw_dump *dump = lw_dump_create();           // when enabling; NULL: no memory
 *     ...
 *     lw_dump_begin(dump, fd, lw_now() + 3 * 1000000000LL);
 *     lw_sink_text(lw_dump_sink(dump), "Fatal Python error: Segmentation fault\n\n");
 *     lw_dump_current(dump, &options);                   // step: the crashing thread
 *     lw_sink_flush(lw_dump_sink(dump));
 *     lw_dump_others(dump, &options);                    // step: all the others
 *     lw_dump_end(dump);
 *
 * A nested fault may leave any of these half-way; the next step may then be called on the same
 * struct: lw_dump_resume() first ends a line that was cut. */
#ifndef LASTWORDS_DUMP_TEXT_H
#define LASTWORDS_DUMP_TEXT_H

#include <stdint.h>

#include "sink.h"
#include "walk.h"

enum {
    LW_DUMP_FRAMES = 100,      /* frames shown of one thread */
    LW_DUMP_THREADS = 100,     /* threads shown by default */
    LW_DUMP_CHARACTERS = 500,  /* characters shown of a name */
};

struct lw_dump;

struct lw_dump_options {
    uint64_t current_state;  /* address of the current thread's state, 0: unknown or none */
    uint64_t current_native; /* its kernel thread id, used when current_state is 0; 0: no thread is
                                "current" (a watchdog's dump) */
    int64_t max_threads;     /* 0: LW_DUMP_THREADS; negative: only "..." */
    uint8_t all_threads;     /* 0: only the current one, under "Stack (most recent call first):" */
    uint8_t fresh_names;     /* 1: read every thread's name from the kernel (5 microseconds each);
                                0: a name may be 20 ms old */
};

/* Context: any thread (not a signal handler: maps memory). */
struct lw_dump *lw_dump_create(void);
void lw_dump_destroy(struct lw_dump *dump);

/* Context: signal handler | any thread.
 * NULL when this process can be walked, else why not (a sentence, e.g. for a free-threaded build).
 * Until the module is loaded the answer is a refusal too. */
const char *lw_dump_refusal(void);

/* Context: signal handler | any thread. */
void lw_dump_begin(struct lw_dump *dump, int fd, int64_t deadline);
struct lw_sink *lw_dump_sink(struct lw_dump *dump);

/* Context: signal handler | any thread.
 * The whole thread dump as dump_traceback() writes it (current thread first, then the others; or
 * "Stack (most recent call first):" alone). */
void lw_dump_threads(struct lw_dump *dump, const struct lw_dump_options *options);

/* Context: signal handler | any thread.
 * The two halves of lw_dump_threads() with all_threads set.  lw_dump_others() starts with the empty
 * line that stands between threads if lw_dump_current() wrote one on this dump. */
void lw_dump_current(struct lw_dump *dump, const struct lw_dump_options *options);
void lw_dump_others(struct lw_dump *dump, const struct lw_dump_options *options);

/* Context: signal handler | any thread.
 * After a fault inside a step: ends a line that was cut, so that the next step starts a line. */
void lw_dump_resume(struct lw_dump *dump);

/* Context: signal handler | any thread.
 * Writes what is buffered.  Returns 0 or the errno that ended the output. */
int lw_dump_end(struct lw_dump *dump);

#endif
