/* altstack.h: an alternate signal stack for each thread, with a guard page below it.
 *
 * Owns the stacks' memory: a small pool of those that ended threads left, the rest unmapped. */
#ifndef LASTWORDS_ALTSTACK_H
#define LASTWORDS_ALTSTACK_H

#include <stddef.h>

enum {
    LW_ALTSTACK_SIZE = 64 * 1024, /* beside what the kernel needs for registers */
    LW_ALTSTACK_POOL = 32,        /* unused stacks kept */
};

/* Context: any thread (not a signal handler).
 * Gives the calling thread an alternate stack that is freed when the thread ends, unless it has a
 * large enough one.  0, or -1 when there is no memory: the thread then runs without. */
int lw_altstack_install(void);

/* Context: any thread.  Takes the calling thread's stack off again, if it is ours. */
void lw_altstack_remove(void);

/* Context: any thread.  Whether the calling thread has been given one, or has another library's. */
int lw_altstack_is_settled(void);

/* Context: any thread.
 * Bytes of the calling thread's alternate stack that were ever written to, 0 when it isn't ours. */
size_t lw_altstack_high_water(void);

/* Context: any thread.  How many stacks exist, in use or in the pool. */
size_t lw_altstack_count(void);

#endif
