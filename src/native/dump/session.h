/* session.h: what a dump or a record reads, and the sink that its bytes go to.
 *
 * Owns the target, the memory that it is read through, the names of threads and the sink, for one
 * process and one moment; and which thread is the current one, found once.  Too large for a stack.
 * What a text remembers of frames is dump.h's. */
#ifndef LASTWORDS_SESSION_H
#define LASTWORDS_SESSION_H

#include <stdint.h>

#include "output/sink.h"
#include "system/thread_name.h"
#include "walker/walk.h"

enum { LW_SESSIONS_OFTEN = 64 }; /* begun without guarded loads; see lw_session_set_slow_hook() */

/* What the caller knows of the current thread. */
struct lw_thread_hint {
    uint64_t state;  /* address of its thread state; 0: unknown or none */
    uint64_t native; /* kernel thread id; 0: no thread is "current", as in a watchdog's dump */
    uint64_t ident;  /* pthread_self(), for a thread that Python doesn't know; 0: none */
    uint64_t stack;  /* stack pointer; 0: unknown */
};

enum lw_current {
    LW_CURRENT_UNSOUGHT,
    LW_CURRENT_NONE, /* none, or one that Python doesn't know */
    LW_CURRENT_FOUND,
};

struct lw_session {
    struct lw_sink sink;
    struct lw_target target;
    struct lw_memory memory;
    struct lw_names names;
    struct lw_thread current;
    uint8_t current_state;     /* enum lw_current */
    uint8_t current_elsewhere; /* the current thread is not the calling one */
    uint8_t has_entered;       /* see lw_guard_enter() */
    uint8_t is_still;          /* the threads shown first don't run: the caller holds their lock */
};

/* Context: GIL held, once, when the extension is loaded.
 * Takes the address of the own process's runtime and tries to read the calling thread (`state`, the
 * address of its thread state).  `version` is major << 8 | minor.  Returns NULL, or why dumps are
 * refused. */
const char *lw_session_setup(uint64_t runtime, uint32_t version, uint64_t code_type,
                             uint64_t text_type, uint64_t bytes_type, uint64_t state);

/* Context: signal handler | any thread.
 * NULL if this process can be walked, else why not (a sentence).  Before lw_session_setup() it
 * can't. */
const char *lw_session_refusal(void);

/* Context: any thread (not a signal handler: maps memory).  NULL when there is no memory. */
struct lw_session *lw_session_create(void);

/* Context: signal handler | any thread.
 * Begins with the own process; `deadline` as lw_now() counts, 0 for none. */
void lw_session_begin(struct lw_session *session, int fd, int64_t deadline);

/* Context: any thread.
 * Sets a function that a session calls first if guarded loads are not ready, and LW_SESSIONS_OFTEN
 * were begun so (guarded loads are several times as fast), or a sandbox may forbid other ways to
 * read.  NULL: none. */
void lw_session_set_slow_hook(void (*often)(void));

/* Context: GIL held, until lw_session_end().
 * As lw_session_begin(), faster if no fault handler is installed (see lw_memory_begin_held()). */
void lw_session_begin_held(struct lw_session *session, int fd, int64_t deadline);

/* Context: any thread.
 * As lw_session_begin(), for process `pid`, whose runtime is at `runtime`; `version` 0 if only the
 * runtime knows.  Returns NULL or why that process can't be read. */
const char *lw_session_begin_process(struct lw_session *session, int fd, int64_t deadline,
                                     pid_t pid, uint64_t runtime, uint32_t version);

/* Context: signal handler | any thread.
 * The current thread, or NULL if Python doesn't know it; `hint` counts at the first call of a
 * session. */
const struct lw_thread *lw_session_current(struct lw_session *session,
                                           const struct lw_thread_hint *hint);

/* Context: signal handler | any thread.
 * Sets the current thread; NULL: none that Python knows. */
void lw_session_set_current(struct lw_session *session, const struct lw_thread *thread);

/* Context: signal handler | any thread.
 * Sets the name of a thread; returns its length, or 0 if it has none but the process's.  Valid
 * until the next call. */
size_t lw_session_thread_name(struct lw_session *session, const struct lw_thread *thread,
                              int is_current, const char **name);

/* Context: signal handler | any thread.
 * After a fault: ends a line that was cut, so that the next step starts a line. */
void lw_session_resume(struct lw_session *session);

/* Context: signal handler | any thread.
 * Writes what is buffered.  Returns 0 or the errno that ended the output. */
int lw_session_end(struct lw_session *session);

#endif
