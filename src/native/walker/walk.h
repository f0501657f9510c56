/* walk.h: interpreters, threads and frames, read from untrusted memory.
 *
 * Owns the walk and its bounds: every count is limited by a constant here, every pointer is only
 * handed to lw_memory_read(), cycles are found.  What frames point to is object.h's.  Knows no
 * output format. */
#ifndef LASTWORDS_WALK_H
#define LASTWORDS_WALK_H

#include <stdint.h>

#include "walker/object.h"

enum {
    LW_MAX_INTERPRETERS = 1024,
    LW_MAX_THREADS = 65536,          /* of all interpreters */
    LW_MAX_RESUMES = 8,              /* attempts to go on after a thread ended meanwhile */
    LW_MAX_STARTS = 8,               /* looks at a thread whose innermost frame has just ended */
    LW_MAX_LOOKS = 64,               /* at the stack of a thread that runs */
    LW_MAX_INVALID = 64,             /* frames in a row that run no code: the chain is garbage */
    LW_MAX_FRAMES = 4 * 1024 * 1024, /* of one thread: recursion limits may be raised */
};

enum lw_thread_state {
    LW_THREAD_OK,
    LW_THREAD_FREED, /* its memory can't be read, or is no thread state any more */
};

struct lw_thread {
    uint64_t address; /* of the thread state */
    uint64_t interpreter;
    int64_t interpreter_id; /* -1: unknown */
    uint64_t ident;         /* pthread_self() */
    uint64_t native_id;     /* kernel thread id */
    uint64_t unique_id;
    uint64_t first_frame; /* 0: no Python frame */
    uint64_t cframe;      /* 3.11: the struct on the C stack that names it; else 0 */
    uint64_t runs_at;     /* 3.11, 3.12: the place on the C stack that it runs at; else 0 */
    enum lw_thread_state state;
    uint8_t holds_gil;
    uint8_t moved;      /* lw_thread_again() found another innermost frame */
    uint8_t collecting; /* this thread runs the garbage collector (see is_collecting() in walk.c) */
};

/* A thread as it was when code on that very thread noted it.  Another thread may read the note
 * while a new one is made: each field is stored in one piece. */
struct lw_noted_thread {
    _Atomic uint64_t address; /* of its state */
    _Atomic uint64_t interpreter;
    _Atomic uint64_t unique_id;
    _Atomic uint64_t ident;
    _Atomic uint64_t native_id;
};

struct lw_interpreter {
    uint64_t address;
    int64_t id; /* -1: unknown */
    uint64_t next;
    uint64_t first_thread;
    uint64_t gil_holder; /* thread state that holds its lock, 0: none */
    uint64_t gc_frame;   /* the frame that started the collection; 0: unknown */
    uint8_t collecting;
};

/* Finds cycles with two numbers (Brent): a chain that meets `mark` again has one. */
struct lw_cycle {
    uint64_t mark;
    uint32_t steps;
    uint32_t limit;
};

struct lw_threads { /* a walk over threads, newest first */
    struct lw_target *target;
    struct lw_interpreter interpreter; /* the one walked now */
    struct lw_cycle interpreter_cycle;
    struct lw_cycle thread_cycle;
    uint64_t only;   /* address of the one interpreter to walk; 0: all */
    uint64_t except; /* address of an interpreter to leave out; 0: none */
    uint64_t previous;
    uint64_t next;
    uint32_t interpreters;
    uint32_t threads;
    uint32_t resumes;
};

enum lw_frame_state {
    LW_FRAME_PYTHON,
    LW_FRAME_SHIM,    /* no Python frame: an entry of C code, by its address on the C stack */
    LW_FRAME_INVALID, /* can't be read */
};

struct lw_frame {
    uint64_t address;
    uint64_t code;
    uint64_t instruction; /* address of the current code unit */
    enum lw_frame_state state;
    uint8_t owner;
};

struct lw_frames { /* a walk over a thread's Python frames, most recent call first */
    struct lw_target *target;
    struct lw_cycle cycle;
    uint64_t next;
    uint32_t count;
    uint8_t shims;   /* 1: return the frames that are no Python frames too */
    uint64_t cframe; /* 3.11, with shims: lw_thread.cframe; its like stand for shim frames */
    uint64_t entry;  /* a shim to return next */
};

/* Context: signal handler | any thread.
 * Reads the interpreter at `address`; 0 if that can't be one. */
int lw_interpreter_read(struct lw_target *target, uint64_t address,
                        struct lw_interpreter *interpreter);

/* Context: signal handler | any thread.
 * Starts a walk over the threads of one interpreter (`only`), or of all but one (`except`), or of
 * all (both 0).  Returns 0 when the list of interpreters can't be read. */
int lw_threads_begin(struct lw_threads *walk, struct lw_target *target, uint64_t only,
                     uint64_t except);

/* Context: signal handler | any thread.
 * Returns 1 and the next thread, or 0 at the end. */
int lw_threads_next(struct lw_threads *walk, struct lw_thread *thread);

/* Context: signal handler | any thread.
 * Reads one thread by the address of its state, which need not be in any list.
 * Returns 1, or 0 with thread->state LW_THREAD_FREED. */
int lw_thread_read(struct lw_target *target, uint64_t address, struct lw_thread *thread);

/* Context: signal handler | any thread.
 * Finds the thread with this kernel thread id; of several states of one thread the one that holds
 * its interpreter's lock, else the first with frames.  Returns 1 or 0. */
int lw_thread_find(struct lw_target *target, uint64_t native_id, struct lw_thread *thread);

/* Context: signal handler | any thread.
 * Reads again which frame is the thread's innermost one.  0 if the thread is gone. */
int lw_thread_again(struct lw_target *target, struct lw_thread *thread);

/* Context: signal handler | any thread.
 * Takes the frames of a thread that may run meanwhile, at most `room`; returns how many.  It is looked
 * at again until its stack is whole: every frame runs code, and the innermost one is the same before and
 * after.  Frames in a row that can't be read become one that is LW_FRAME_INVALID; if no look found the
 * stack whole, the last one counts. */
int lw_frames_take(struct lw_target *target, struct lw_thread *thread, struct lw_frame *frames,
                   int room);

/* Context: signal handler | any thread.
 * Finds the thread state that runs on the C stack from `low` to `high`, the innermost one.  On 3.11 and
 * 3.12 a state may run on another thread than the one it was made for, whose ids it bears: that of a
 * sub-interpreter.  Returns 1 or 0. */
int lw_thread_on_stack(struct lw_target *target, uint64_t low, uint64_t high,
                       struct lw_thread *thread);

/* Context: signal handler | any thread.
 * Finds a thread that was noted: by its state, or, if C code makes a new state for each call, by its
 * kernel thread id.  Returns 1, or 0 when it has ended. */
int lw_thread_noted(struct lw_target *target, const struct lw_noted_thread *noted,
                    struct lw_thread *thread);

/* Context: signal handler | any thread. */
void lw_frames_begin(struct lw_frames *walk, struct lw_target *target, uint64_t first_frame);

/* Context: signal handler | any thread.
 * As lw_frames_begin() for a thread that may run meanwhile: if its innermost frame turns out to have
 * ended, reads again which one it is, and updates thread->first_frame. */
void lw_frames_begin_thread(struct lw_frames *walk, struct lw_target *target,
                            struct lw_thread *thread);

/* Context: signal handler | any thread.
 * Returns 1 and the next frame (frames that are no Python frames are passed over), or 0 at the end.
 * A chain that can't be followed ends with a frame that is LW_FRAME_INVALID. */
int lw_frames_next(struct lw_frames *walk, struct lw_frame *frame);

#endif
