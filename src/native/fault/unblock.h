/* unblock.h: no thread blocks the signals that its own instructions make.
 *
 * Owns which of them each thread had blocked: such a signal that is sent is still delivered as if
 * the thread blocked it, to a thread that waits for it, or to none. */
#ifndef LASTWORDS_UNBLOCK_H
#define LASTWORDS_UNBLOCK_H

#include "fault/earlier_call.h"

/* Context: any thread.
 * Unblocks, on this thread, the signals that its own instructions make: if one of them is blocked, the
 * kernel kills the process without calling a handler. */
void lw_fault_unblock(void);

/* Context: signal handler, called by the kernel.
 * If a signal was sent, and this thread had blocked it, blocks it again and sends it once more.
 * Returns whether it did. */
int lw_fault_give_back(const struct lw_delivery *delivery);

#endif
