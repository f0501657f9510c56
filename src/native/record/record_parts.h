/* record_parts.h: what all files of the record share: its limits, its settings, the crash. */
#ifndef LASTWORDS_RECORD_PARTS_H
#define LASTWORDS_RECORD_PARTS_H

#include <signal.h>
#include <stdint.h>

#include "dump/session.h"

enum {
    LW_RECORD_VERSION = 1,
    LW_RECORD_PATH = 4096,       /* bytes of an expanded path, with its NUL */
    LW_RECORD_FACTS = 64 * 1024, /* bytes of prepared JSON */
    LW_RECORD_NAME = 256,        /* bytes of the program's name */
    LW_RECORD_HEAD = 500, /* frames of a thread written from the innermost on; a repeated one */
    LW_RECORD_TAIL = 500, /* counts once; and from the outermost on */
    LW_RECORD_THREADS = 10000,
    LW_RECORD_MARKS = 256,   /* entries from C into the interpreter, of the current thread */
    LW_RECORD_NATIVE = 512,  /* native frames */
    LW_RECORD_ATTEMPTS = 10, /* names tried if a file of the name exists: NAME, NAME.1 ... */
};

struct lw_record_settings {
    /* with %p pid, %t seconds since 1970, %e program, %h host, %s signal, %% */
    char path[LW_RECORD_PATH];
    char program[LW_RECORD_NAME];
    char facts[LW_RECORD_FACTS]; /* members of the "process" line: `"a":1,"b":2` */
    uint32_t facts_size;
};

struct lw_record_crash {
    const siginfo_t *fault;
    const void *context;             /* ucontext_t */
    struct lw_native_walk *walk;     /* for its native stack */
    int64_t deadline;                /* as lw_now() counts */
    struct lw_thread_hint hint;      /* the thread that failed */
    const struct lw_thread *current; /* that thread, if it was found already; else NULL */
    const char *abort_message;       /* the C library's */
    size_t abort_message_size;       /* 0: none */
};

#endif
