/* unblock.h: the signals that a thread's own instructions make stay open on it.
 *
 * Owns what each thread had blocked of them: such a signal that is sent goes where it would have gone,
 * to a thread that waits for it, or to none. */
#ifndef LASTWORDS_UNBLOCK_H
#define LASTWORDS_UNBLOCK_H

#include "fault/earlier_call.h"

/* Context: any thread.
 * Unblocks, on this thread, the signals that its own instructions make: the kernel kills the process,
 * past all handlers, for one that is blocked. */
void lw_fault_unblock(void);

/* Context: signal handler, called by the kernel.
 * Sends a signal that was sent, and that this thread had blocked, once more, and blocks it here.
 * Whether it did. */
int lw_fault_give_back(const struct lw_delivery *delivery);

#endif
