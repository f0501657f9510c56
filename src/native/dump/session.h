/* session.h: what a dump or a record reads, and where its bytes go.
 *
 * Owns the target, the memory that it is read through, the names of threads and the sink, for one process
 * and one moment; and which thread is the current one, looked for once.  Too large for a stack.  What a
 * text remembers of frames is dump.h's. */
#ifndef LASTWORDS_SESSION_H
#define LASTWORDS_SESSION_H

#include <stdint.h>

#include "output/sink.h"
#include "system/thread_name.h"
#include "walker/walk.h"

enum { LW_SESSIONS_OFTEN = 64 }; /* see lw_session_when_often() */

/* Who asks, as far as it is known. */
struct lw_asker {
    uint64_t state;  /* address of the current thread's state, 0: unknown or none */
    uint64_t native; /* its kernel thread id, used when `state` is 0; 0: no thread is "current" (a
                        watchdog's dump) */
    uint64_t ident;  /* its pthread_self(), for a thread that Python doesn't know; 0: none */
    uint64_t stack;  /* its stack pointer; 0: unknown */
};

enum lw_current {
    LW_CURRENT_UNSOUGHT,
    LW_CURRENT_NONE, /* there is none, or Python doesn't know it */
    LW_CURRENT_FOUND,
};

struct lw_session {
    struct lw_sink sink;
    struct lw_target target;
    struct lw_memory memory;
    struct lw_names names;
    struct lw_thread current;
    uint8_t current_state;     /* enum lw_current */
    uint8_t current_elsewhere; /* the current thread is not the one that calls */
    uint8_t has_entered;       /* see lw_guard_enter() */
    uint8_t is_still;          /* the caller holds the lock of the threads that are shown first */
};

/* Context: GIL held, once, when the extension module is loaded.
 * Says where the own process's runtime is and tries to read the calling thread (`state`, the address
 * of its thread state).  `version` is major << 8 | minor.  Returns NULL or why dumps are refused. */
const char *lw_session_setup(uint64_t runtime, uint32_t version, uint64_t code_type,
                             uint64_t text_type, uint64_t bytes_type, uint64_t state);

/* Context: signal handler | any thread.
 * NULL when this process can be walked, else why not (a sentence, e.g. for a free-threaded build).
 * Until the extension module is loaded the answer is a refusal too. */
const char *lw_session_refusal(void);

/* Context: any thread (not a signal handler: maps memory).  NULL when there is no memory. */
struct lw_session *lw_session_create(void);

/* Context: signal handler | any thread.
 * Begins with the own process; `deadline` as lw_now() counts, 0 for none. */
void lw_session_begin(struct lw_session *session, int fd, int64_t deadline);

/* Context: any thread.
 * Says what to call, at the beginning of a session, when many were begun without guarded loads, which
 * are several times as fast; NULL: nothing. */
void lw_session_when_often(void (*often)(void));

/* Context: GIL held, until lw_session_end().
 * As lw_session_begin(), faster where no fault handler is installed (see lw_memory_begin_held()). */
void lw_session_begin_held(struct lw_session *session, int fd, int64_t deadline);

/* Context: any thread.
 * As lw_session_begin(), for process `pid`, whose runtime is at `runtime`; `version` 0 when only the
 * runtime can tell.  Returns NULL or why that process can't be read. */
const char *lw_session_begin_process(struct lw_session *session, int fd, int64_t deadline,
                                     pid_t pid, uint64_t runtime, uint32_t version);

/* Context: signal handler | any thread.
 * The current thread, looked for once in a session, or NULL when Python doesn't know it. */
const struct lw_thread *lw_session_current(struct lw_session *session,
                                           const struct lw_asker *asker);

/* Context: signal handler | any thread.
 * Says which thread is the current one; NULL: none that Python knows. */
void lw_session_set_current(struct lw_session *session, const struct lw_thread *thread);

/* Context: signal handler | any thread.
 * What a thread is called, and the length, 0: nothing that says more than the process's name.  Valid
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
