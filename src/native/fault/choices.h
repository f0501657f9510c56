/* choices.h: the options that a user chose for a kind of dump, replaced while handlers on other
 * threads read them.
 *
 * Owns their descriptors: one is closed when no handler can be writing to it any more, if need be
 * by the last handler that ends. */
#ifndef LASTWORDS_CHOICES_H
#define LASTWORDS_CHOICES_H

#include <stdatomic.h>
#include <stdint.h>

#include "dump/report_header.h"
#include "output/outlet.h"

enum { LW_CHOICE_SLOTS = 4 }; /* the one in use, and those that handlers still read */

struct lw_choice {
    struct lw_outlet outlet;
    int64_t max_threads;
    uint8_t all_threads;
    uint8_t c_stack;                /* of a fatal signal */
    uint8_t chain;                  /* of a registered signal: the earlier handler is called too */
    struct lw_report_header header; /* of a registered signal */
};

struct lw_choices {
    _Atomic(struct lw_choice_slot *) current;
    int process; /* whose threads are counted */
    struct lw_choice_slot {
        struct lw_choice choice; /* first */
        atomic_int state;
        atomic_int readers;
    } slots[LW_CHOICE_SLOTS];
};

/* Context: any thread, one at a time.
 * Replaces the current choice, and takes over the outlet of the new one; NULL: by none.  Returns
 * whether there was one. */
int lw_choices_set(struct lw_choices *choices, const struct lw_choice *wanted);

/* Context: signal handler | any thread.  Whether there is a choice. */
int lw_choices_is_set(const struct lw_choices *choices);

/* Context: signal handler | any thread.
 * The current choice, which doesn't change until lw_choices_leave(); NULL if there is none: then don't
 * leave. */
const struct lw_choice *lw_choices_enter(struct lw_choices *choices);
void lw_choices_leave(const struct lw_choice *choice);

#endif
