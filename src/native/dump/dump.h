/* dump.h: one dump in faulthandler's text: its session, and what its text remembers.
 *
 * Owns struct lw_dump, made in advance so that nothing of a dump is on the stack (the stack may be an
 * alternate one) and nothing is allocated.  One struct serves one dump at a time; callers keep one for
 * each place from which dumps start (fault handler, user signals, timer thread, direct calls).
 *
 *     struct lw_dump *dump = lw_dump_create();           // when enabling; NULL: no memory
 *     ...
 *     lw_dump_begin(dump, fd, lw_now() + 3 * 1000000000LL);
 *     lw_sink_text(lw_dump_sink(dump), "Fatal Python error: ...");
 *     lw_dump_current(dump, &options);                   // dump_text.h: the crashing thread
 *     lw_sink_flush(lw_dump_sink(dump));
 *     lw_dump_others(dump, &options);                    // all the others
 *     lw_dump_end(dump);
 *
 * A nested fault may leave any of these half-way; lw_dump_resume() then ends the line that was cut,
 * and the next step may be called on the same struct. */
#ifndef LASTWORDS_DUMP_H
#define LASTWORDS_DUMP_H

#include <stdint.h>

#include "dump/session.h"

enum {
    LW_DUMP_FRAMES = 100,   /* frames shown of one thread */
    LW_CODE_ENTRIES = 512,  /* code objects whose escaped names are kept during a dump */
    LW_LINE_ENTRIES = 2048, /* instructions whose frames' lines are kept during a dump */
    LW_CODE_SLOTS = LW_CODE_ENTRIES,
    LW_LINE_SLOTS = LW_LINE_ENTRIES,
    LW_ARENA_SIZE = 256 * 1024, /* bytes of both */
};

/* A code object's part of its frames' lines: before and after the line number. */
struct lw_code_entry {
    struct lw_code code;
    uint32_t generation;
    uint32_t before, before_size; /* in the arena */
    uint32_t after, after_size;
};

/* The line of a frame that executes this instruction. */
struct lw_line_entry {
    uint64_t instruction;
    const struct lw_code_entry *code;
    uint32_t generation;
    uint32_t text, text_size; /* in the arena */
};

struct lw_dump {
    struct lw_session session;
    uint32_t generation; /* entries of another one are empty */
    uint32_t arena_used;
    uint32_t codes_used;
    uint32_t lines_used;
    uint32_t threads_shown; /* in this dump */
    struct lw_frame frames[LW_DUMP_FRAMES];
    /* Indices of entries, by a hash.  The entries themselves are filled one after the other, so
     * that a small dump touches few pages: the first touch of a page in a crash costs more than a
     * frame. */
    uint16_t code_slots[LW_CODE_SLOTS];
    uint16_t line_slots[LW_LINE_SLOTS];
    struct lw_code_entry codes[LW_CODE_ENTRIES];
    struct lw_line_entry lines[LW_LINE_ENTRIES];
    char arena[LW_ARENA_SIZE];
};

/* Context: any thread (not a signal handler: maps memory).  NULL when there is no memory. */
struct lw_dump *lw_dump_create(void);
void lw_dump_destroy(struct lw_dump *dump);

/* Context: signal handler | any thread.
 * `deadline` as lw_now() counts, 0 for none. */
void lw_dump_begin(struct lw_dump *dump, int fd, int64_t deadline);

/* Context: GIL held, until lw_dump_end().
 * As lw_dump_begin(), faster if no fault handler is installed (see lw_memory_begin_held()). */
void lw_dump_begin_held(struct lw_dump *dump, int fd, int64_t deadline);

/* Context: any thread.
 * As lw_dump_begin(), for process `pid`, whose runtime is at `runtime`; `version` 0 if only the
 * runtime knows.  Returns NULL or why that process can't be read. */
const char *lw_dump_begin_process(struct lw_dump *dump, int fd, int64_t deadline, pid_t pid,
                                  uint64_t runtime, uint32_t version);

/* Context: signal handler | any thread.
 * Drops what is remembered of code objects and lines. */
void lw_dump_forget(struct lw_dump *dump);

/* Context: signal handler | any thread. */
static inline struct lw_sink *
lw_dump_sink(struct lw_dump *dump)
{
    return &dump->session.sink;
}

/* Context: signal handler | any thread.
 * After a fault inside a step: ends a line that was cut, so that the next step starts a line. */
void lw_dump_resume(struct lw_dump *dump);

/* Context: signal handler | any thread.
 * Writes what is buffered.  Returns 0 or the errno that ended the output. */
int lw_dump_end(struct lw_dump *dump);

#endif
