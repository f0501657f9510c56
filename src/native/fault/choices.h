/* choices.h: what a user chose for a kind of dump, exchanged while handlers on other threads read it.
 *
 * Owns the descriptors of what was chosen: one is closed when no handler can be writing to it any more,
 * by the handler that ends last if need be. */
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
 * Replaces what is chosen (NULL: by nothing), and takes over its outlet.  Returns whether there was
 * something before. */
int lw_choices_set(struct lw_choices *choices, const struct lw_choice *wanted);

/* Context: signal handler | any thread.  Whether something is chosen. */
int lw_choices_is_set(const struct lw_choices *choices);

/* Context: signal handler | any thread.
 * What is chosen now, which stays as it is until lw_choices_leave(); NULL when nothing is: then there is
 * nothing to leave. */
const struct lw_choice *lw_choices_enter(struct lw_choices *choices);
void lw_choices_leave(const struct lw_choice *choice);

#endif
