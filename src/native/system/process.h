/* process.h: which process this is, told without a system call.
 *
 * After fork() a child has the memory of its parent and none of its other threads: a lock may be held
 * for ever, a thread that is counted on is not there.  No lock is held over a fork here, since other
 * libraries' fork handlers run Python code, start threads and wait for them.  What must be made anew in
 * a child is made anew where it is first used, whoever comes first. */
#ifndef LASTWORDS_PROCESS_H
#define LASTWORDS_PROCESS_H

#include <stdatomic.h>

/* Context: any thread.
 * A number from 1 that a child has one more of.  Where the kernel can't wipe a page at fork, a child's
 * number is old until its fork handlers have run. */
unsigned lw_process_generation(void);

/* Context: any thread.
 * Calls `renew` once in each process, before it returns to any thread of it.  `state` starts as 0. */
void lw_renew(atomic_uint *state, void (*renew)(void));

#endif
