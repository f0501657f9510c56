/* deadline_heap.h: a deadline, and the order of deadlines.
 *
 * Owns the memory of the heap.  A child of a fork takes it over, perhaps in the middle of a change:
 * it reuses the memory, and fills it anew.
 *
 * Context of everything here: any thread, one at a time.  `count` says how many deadlines there
 * are. */
#ifndef LASTWORDS_DEADLINE_HEAP_H
#define LASTWORDS_DEADLINE_HEAP_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* The first part of a larger struct, which release() frees when nothing refers to it: the owner,
 * the heap and the timer thread while it fires each count one reference. */
struct lw_deadline {
    int64_t when;        /* nanoseconds as lw_now() counts */
    int64_t interval;    /* 0: once */
    atomic_size_t slot;  /* place in the heap from 1; 0: not armed */
    atomic_uint process; /* the process (as deadline.c counts them) whose heap the slot is in */
    atomic_uint references;
    uint8_t after_fork;                /* stays armed in a child */
    const void *interpreter;           /* ends with this one; NULL: with the process */
    struct lw_deadline *_Atomic next;  /* in the chain of those that stay armed in a child */
    struct lw_deadline *_Atomic *link; /* the pointer to this one there */
    void (*fire)(struct lw_deadline *deadline); /* on the timer thread, no lock held */
    void (*release)(struct lw_deadline *deadline);
};

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
