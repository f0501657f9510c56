#include "fault/choices.h"

#include <stddef.h>
#include <time.h>
#include <unistd.h>

enum slot_state { FREE, IN_USE, RETIRED, CLOSING };

enum {
    PAUSE = 1000 * 1000, /* nanoseconds */
    MOST_PAUSES = 4000,  /* longer than a dump into a full pipe takes */
};

/* Closes a replaced choice if no handler reads it; a handler that starts later finds only the
 * current one. */
static void
close_if_unread(struct lw_choice_slot *slot)
{
    int expected = RETIRED;
    while (atomic_load(&slot->readers) <= 0 &&
           atomic_compare_exchange_strong(&slot->state, &expected, CLOSING)) {
        if (atomic_load(&slot->readers) <= 0) {
            lw_outlet_close(&slot->choice.outlet);
            atomic_store(&slot->state, FREE);
            return;
        }
        atomic_store(&slot->state, RETIRED); /* a handler that came too late is leaving */
    }
}

static struct lw_choice_slot *
take_free_slot(struct lw_choices *choices)
{
    for (int i = 0; i < LW_CHOICE_SLOTS; i++) {
        int expected = FREE;
        if (atomic_compare_exchange_strong(&choices->slots[i].state, &expected, IN_USE)) {
            return &choices->slots[i];
        }
    }
    return NULL;
}

/* In a child of a fork the handlers of other threads are not there. */
static void
forget_other_process(struct lw_choices *choices)
{
    if (choices->process == getpid()) {
        return;
    }
    choices->process = getpid();
    for (int i = 0; i < LW_CHOICE_SLOTS; i++) {
        int expected = CLOSING;
        atomic_store(&choices->slots[i].readers, 0);
        atomic_compare_exchange_strong(&choices->slots[i].state, &expected, RETIRED);
        close_if_unread(&choices->slots[i]);
    }
}

/* Waits for a handler to end, for a few seconds at most: then the slots of handlers that were cut
 * off are freed. */
static struct lw_choice_slot *
take_slot(struct lw_choices *choices)
{
    const struct timespec pause = {.tv_nsec = PAUSE};
    forget_other_process(choices);
    for (int pauses = 0;; pauses++) {
        struct lw_choice_slot *slot = take_free_slot(choices);
        if (slot) {
            return slot;
        }
        for (int i = 0; i < LW_CHOICE_SLOTS && pauses >= MOST_PAUSES; i++) {
            atomic_store(&choices->slots[i].readers, 0);
            close_if_unread(&choices->slots[i]);
        }
        nanosleep(&pause, NULL);
    }
}

int
lw_choices_set(struct lw_choices *choices, const struct lw_choice *wanted)
{
    struct lw_choice_slot *next = NULL;
    if (wanted) {
        next = take_slot(choices);
        next->choice = *wanted;
    }
    struct lw_choice_slot *old = atomic_exchange(&choices->current, next);
    if (old) {
        atomic_store(&old->state, RETIRED);
        close_if_unread(old);
    }
    return old != NULL;
}

int
lw_choices_is_set(const struct lw_choices *choices)
{
    return atomic_load(&choices->current) != NULL;
}

const struct lw_choice *
lw_choices_enter(struct lw_choices *choices)
{
    struct lw_choice_slot *slot;
    while ((slot = atomic_load(&choices->current)) != NULL) {
        atomic_fetch_add(&slot->readers, 1);
        if (atomic_load(&choices->current) == slot) {
            return &slot->choice;
        }
        lw_choices_leave(&slot->choice); /* it was replaced meanwhile */
    }
    return NULL;
}

void
lw_choices_leave(const struct lw_choice *choice)
{
    struct lw_choice_slot *slot = (struct lw_choice_slot *)choice;
    if (atomic_fetch_sub(&slot->readers, 1) <= 1) {
        close_if_unread(slot);
    }
}
