/* thread_name.h: the kernel's names of threads, remembered.
 *
 * Owns a memory of names.  To read one from the kernel takes an open, a read and a close (5
 * microseconds) for each thread, more than all the rest of a dump; so a name read less than
 * LW_NAME_AGE ago is used again if the thread is the same (kernel id and the interpreter's unique
 * id).  The calling thread's own name is always read: that takes a tenth of a microsecond.
 * pthread_getname_np() is never called: the other thread may be gone. */
#ifndef LASTWORDS_THREAD_NAME_H
#define LASTWORDS_THREAD_NAME_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    LW_NAME_SIZE = 16, /* with the NUL: the kernel's limit */
    LW_REMEMBERED_NAMES = 512,
    LW_PYTHON_NAME = 64,            /* bytes, escapes included, of what Python calls a thread */
    LW_NAME_AGE = 20 * 1000 * 1000, /* nanoseconds */
};

struct lw_name_entry {
    uint64_t native_id;
    uint64_t unique_id;
    int64_t read_at;
    uint8_t length;
    char name[LW_NAME_SIZE];
    int64_t python_read_at; /* equals read_at if the next two are known; set by dump/session.c */
    uint8_t python_length;
    char python_name[LW_PYTHON_NAME];
};

struct lw_names {
    pid_t pid;     /* 0: the own process */
    int64_t now;   /* lw_now() when the dump began */
    uint8_t fresh; /* 1: read each name from the kernel */
    char own[LW_NAME_SIZE];
    struct lw_name_entry own_entry; /* the calling thread's, for what Python calls it */
    struct lw_name_entry entries[LW_REMEMBERED_NAMES];
};

/* Context: signal handler | any thread.
 * Starts a dump of process `pid` (0: the own one). */
void lw_names_begin(struct lw_names *names, pid_t pid, int fresh);

/* Context: signal handler | any thread.
 * Returns the name (not terminated) and its length in bytes, 0 when there is none.  Valid until the
 * next call. */
size_t lw_thread_name(struct lw_names *names, uint64_t native_id, uint64_t unique_id,
                      const char **name);

/* Context: any thread.
 * Notes the name of the process, which is that of its first thread.  A thread without a name of its
 * own has it too. */
void lw_names_learn_process(void);

/* Context: signal handler | any thread.
 * Whether a name is the process's, and so says nothing about the thread. */
int lw_is_process_name(const char *name, size_t length);

/* Context: signal handler | any thread.
 * Whether this is the process's first thread; 0 before lw_names_learn_process(). */
int lw_is_first_thread(uint64_t native_id);

/* Context: signal handler | any thread.
 * As lw_thread_name(), for the calling thread. */
size_t lw_own_name(struct lw_names *names, const char **name);

#endif
