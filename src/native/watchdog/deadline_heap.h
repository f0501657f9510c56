/* deadline_heap.h: the order of deadlines.
 *
 * Owns the memory of the heap.  A child of a fork takes it over, perhaps in the middle of a change:
 * it reuses the memory, and fills it anew.
 *
 * Context of everything here: any thread, one at a time.  `count` says how many deadlines there
 * are. */
#ifndef LASTWORDS_DEADLINE_HEAP_H
#define LASTWORDS_DEADLINE_HEAP_H

#include "watchdog/deadline.h"

/* Makes room for one more than `count`.  0, or ENOMEM. */
int lw_heap_reserve(size_t count);

/* Adds `deadline`; `count` includes it. */
void lw_heap_add(struct lw_deadline *deadline, size_t count);

/* Moves `deadline` to its place after its time was changed. */
void lw_heap_move(struct lw_deadline *deadline, size_t count);

/* Removes `deadline`; `count` still includes it. */
void lw_heap_remove(struct lw_deadline *deadline, size_t count);

/* The deadline at a place from 1 (the next one) to the count. */
struct lw_deadline *lw_heap_at(size_t slot);

#endif
