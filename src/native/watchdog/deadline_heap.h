/* deadline_heap.h: the order in which deadlines come.
 *
 * Owns the memory of the heap, which a child of a fork takes over though it may have been copied in the
 * middle of a change: only what was copied as a whole is read there, which is its size.
 *
 * Context of everything here: any thread, one at a time.  `count` says how many deadlines there are. */
#ifndef LASTWORDS_DEADLINE_HEAP_H
#define LASTWORDS_DEADLINE_HEAP_H

#include "watchdog/deadline.h"

/* Makes room for one more than `count`.  0, or ENOMEM. */
int lw_heap_reserve(size_t count);

/* Puts `deadline` at place `count`, a new one, and then where it belongs. */
void lw_heap_add(struct lw_deadline *deadline, size_t count);

/* Moves `deadline` to where it belongs, after its time was changed. */
void lw_heap_move(struct lw_deadline *deadline, size_t count);

/* Takes `deadline` out of `count`, which leaves one less. */
void lw_heap_remove(struct lw_deadline *deadline, size_t count);

/* The deadline at a place from 1 (the next one) to the count. */
struct lw_deadline *lw_heap_at(size_t slot);

#endif
