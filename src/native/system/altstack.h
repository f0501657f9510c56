/* altstack.h: an alternate signal stack for each thread, with a guard page at its low end.
 *
 * Owns which thread has which stack: a thread is visited once after each lw_altstack_renew(), which
 * starts a new round. */
#ifndef LASTWORDS_ALTSTACK_H
#define LASTWORDS_ALTSTACK_H

#include <stddef.h>

/* Context: any thread (not a signal handler).
 * Gives the calling thread an alternate stack that is freed when the thread ends, unless it has a
 * large enough one.  0, or -1 when there is no memory or no thread-specific key: the thread then runs
 * without (the main thread needs no key). */
int lw_altstack_install(void);

/* Context: any thread.  Starts a new round, and tries once more to get a key if there was none. */
void lw_altstack_renew(void);

/* Context: any thread.  Whether the calling thread has not been visited in this round. */
int lw_altstack_is_due(void);

/* Context: any thread.  Lets the calling thread be visited again. */
void lw_altstack_set_due(void);

/* Context: any thread.  Takes the alternate stack off the calling thread, if it is ours. */
void lw_altstack_remove(void);

/* Context: any thread.
 * Bytes of the calling thread's alternate stack that were ever written to, 0 when it isn't ours. */
size_t lw_altstack_high_water(void);

/* Context: any thread.  How many threads have a stack of ours. */
size_t lw_altstack_count(void);

#endif
