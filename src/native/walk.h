/* walk.h: interpreters, threads, frames, code, positions: read from untrusted memory.
 *
 * Owns the walk and its bounds: every count is limited by a constant here, every pointer is only
 * handed to lw_memory_read(), type pointers are compared, cycles are found.  Knows no output format. */
#ifndef LASTWORDS_WALK_H
#define LASTWORDS_WALK_H

#include <stdint.h>

#include "layout.h"
#include "linetable.h"
#include "memory.h"

enum {
    LW_MAX_INTERPRETERS = 1024,
    LW_MAX_THREADS = 65536,       /* of one interpreter */
    LW_MAX_FRAMES = 4 * 1024 * 1024, /* of one thread: recursion limits may be raised */
    LW_MAX_SHIMS = 65536,         /* frames that are no Python frames, in a row */
    LW_MAX_LINETABLE = 1024 * 1024, /* bytes */
    LW_LINETABLE_WINDOW = 4096,   /* bytes of a location table read at a time */
};

/* A runtime to read. */
struct lw_target {
    struct lw_memory *memory;
    struct lw_layout layout;
    uint64_t runtime;
    uint64_t code_type; /* addresses of the types, 0 while unknown: then learnt by their names */
    uint64_t text_type;
    uint64_t bytes_type;
    uint64_t none; /* address of None or 0 */
};

enum lw_thread_state {
    LW_THREAD_OK,
    LW_THREAD_FREED,   /* its memory was freed (debug fill) or can't be read */
};

struct lw_thread {
    uint64_t address; /* of the thread state */
    uint64_t interpreter;
    int64_t interpreter_id; /* -1 unknown */
    uint64_t ident;
    uint64_t native_id;
    uint64_t unique_id;
    uint64_t first_frame; /* 0: no Python frame */
    enum lw_thread_state state;
    uint8_t holds_gil;
    uint8_t collecting; /* this thread runs the garbage collector */
};

struct lw_threads { /* a walk over all threads of all interpreters, newest first */
    struct lw_target *target;
    uint64_t interpreter;
    int64_t interpreter_id;
    uint64_t next;
    uint64_t gil_holder;
    uint8_t collecting;
    uint32_t interpreters;
    uint32_t threads;
    uint64_t slow; /* cycle detection: Brent's */
    uint32_t power, steps;
};

enum lw_frame_state {
    LW_FRAME_PYTHON,
    LW_FRAME_INVALID, /* can't be read, or its code is no code object; `next` may still be known */
    LW_FRAME_FREED,
};

struct lw_frame {
    uint64_t address;
    uint64_t code;
    uint64_t instruction; /* address of the current code unit */
    enum lw_frame_state state;
    uint8_t owner;
};

struct lw_frames {
    struct lw_target *target;
    uint64_t next;
    uint64_t slow;
    uint32_t power, steps;
    uint32_t count;
    uint8_t cut; /* the chain ended by a cycle, a bad pointer or a bound */
};

struct lw_code {
    uint64_t address;
    uint64_t filename; /* addresses of str objects */
    uint64_t name;
    uint64_t qualname;
    uint64_t linetable; /* address of a bytes object */
    uint64_t bytecode;  /* address of the first code unit */
    int32_t first_line;
};

struct lw_text { /* a str object's shape; characters are read in pieces */
    uint64_t start;
    uint64_t length; /* characters */
    uint8_t kind;    /* bytes a character: 1, 2, 4 */
    uint8_t ascii;
};

/* Context: signal handler | any thread.
 * Starts a walk over all threads; returns 0 when the list of interpreters can't be read. */
int lw_threads_begin(struct lw_threads *walk, struct lw_target *target);

/* Context: signal handler | any thread.
 * Returns 1 and the next thread, or 0 at the end. */
int lw_threads_next(struct lw_threads *walk, struct lw_thread *thread);

/* Context: signal handler | any thread.
 * Reads one thread by the address of its state, which need not be in any list.
 * Returns 1, or 0 with thread->state LW_THREAD_FREED. */
int lw_thread_read(struct lw_target *target, uint64_t address, struct lw_thread *thread);

/* Context: signal handler | any thread.
 * Finds the thread with this kernel thread id (and, for several states of one thread, the one with
 * frames or the lock).  Returns 1 or 0. */
int lw_thread_find(struct lw_target *target, uint64_t native_id, struct lw_thread *thread);

/* Context: signal handler | any thread. */
void lw_frames_begin(struct lw_frames *walk, struct lw_target *target, uint64_t first_frame);

/* Context: signal handler | any thread.
 * Returns 1 and the next frame (most recent call first; frames that are no Python frames are passed
 * over), or 0 at the end. */
int lw_frames_next(struct lw_frames *walk, struct lw_frame *frame);

/* Context: signal handler | any thread.
 * Returns 1, or 0 when `address` is no readable code object. */
int lw_code_read(struct lw_target *target, uint64_t address, struct lw_code *code);

/* Context: signal handler | any thread.
 * The position of a frame's instruction; every field -1 and 0 returned when unknown. */
int lw_code_position(struct lw_target *target, const struct lw_code *code, uint64_t instruction,
                     struct lw_position *position);

/* Context: signal handler | any thread.
 * Returns 1, or 0 when `address` is no str object of a believable size. */
int lw_text_read(struct lw_target *target, uint64_t address, struct lw_text *text);

#endif
