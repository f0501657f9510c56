#include "watchdog/deadline_heap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 64 };

struct heap {
    size_t room;
    struct lw_deadline *at[]; /* from 1 */
};

static struct heap *_Atomic heap;

static void
place(size_t slot, struct lw_deadline *deadline)
{
    heap->at[slot] = deadline;
    atomic_store_explicit(&deadline->slot, slot, memory_order_release);
}

static void
sift_up(struct lw_deadline *moved)
{
    size_t slot = moved->slot;
    while (slot > 1 && heap->at[slot / 2]->when > moved->when) {
        place(slot, heap->at[slot / 2]);
        slot /= 2;
    }
    place(slot, moved);
}

static void
sift_down(struct lw_deadline *moved, size_t count)
{
    size_t slot = moved->slot;
    for (;;) {
        size_t child = slot * 2;
        if (child > count) {
            break;
        }
        if (child < count && heap->at[child + 1]->when < heap->at[child]->when) {
            child++;
        }
        if (heap->at[child]->when >= moved->when) {
            break;
        }
        place(slot, heap->at[child]);
        slot = child;
    }
    place(slot, moved);
}

/* A fork may come at any point: the old memory is freed only when the new is in use. */
int
lw_heap_reserve(size_t count)
{
    struct heap *old = heap;
    if (old && count + 2 <= old->room) {
        return 0;
    }
    size_t room = old ? old->room * 2 : FIRST_ROOM;
    struct heap *larger = malloc(sizeof(*larger) + room * sizeof(larger->at[0]));
    if (!larger) {
        return ENOMEM;
    }
    larger->room = room;
    if (old) {
        memcpy(larger->at, old->at, (count + 1) * sizeof(larger->at[0]));
    }
    heap = larger;
    free(old);
    return 0;
}

void
lw_heap_add(struct lw_deadline *deadline, size_t count)
{
    place(count, deadline);
    sift_up(deadline);
}

void
lw_heap_move(struct lw_deadline *deadline, size_t count)
{
    sift_up(deadline);
    sift_down(deadline, count);
}

void
lw_heap_remove(struct lw_deadline *deadline, size_t count)
{
    size_t slot = deadline->slot;
    struct lw_deadline *last = heap->at[count];
    atomic_store_explicit(&deadline->slot, 0, memory_order_release);
    if (last != deadline) {
        place(slot, last);
        lw_heap_move(last, count - 1);
    }
}

struct lw_deadline *
lw_heap_at(size_t slot)
{
    return heap->at[slot];
}
