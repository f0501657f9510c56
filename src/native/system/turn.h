/* turn.h: one thread at a time, for code that must not wait for ever. */
#ifndef LASTWORDS_TURN_H
#define LASTWORDS_TURN_H

#include <stdatomic.h>
#include <stdint.h>

/* Context: signal handler | any thread.
 * Takes the turn for the thread with this kernel id; 1, or 0 if a thread has it already. */
int lw_turn_try(atomic_int *holder, int thread);

/* Context: signal handler | any thread.
 * As lw_turn_try(), but waits up to `limit` nanoseconds for another thread's turn to end. */
int lw_turn_take(atomic_int *holder, int thread, int64_t limit);

/* Context: signal handler | any thread. */
void lw_turn_end(atomic_int *holder);

#endif
