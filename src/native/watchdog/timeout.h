/* timeout.h: what a watchdog does when its deadline passes: a dump, and an exit if wanted.
 *
 * Owns the structs of watchdogs and the shared outlets that they write to. */
#ifndef LASTWORDS_TIMEOUT_H
#define LASTWORDS_TIMEOUT_H

#include <stdatomic.h>
#include <stdint.h>

#include "dump/report_header.h"
#include "output/outlet.h"
#include "walker/walk.h"
#include "watchdog/deadline.h"

enum { LW_TIMEOUT_NAME = 128 };

enum lw_timeout_threads {
    LW_TIMEOUT_ALL,
    LW_TIMEOUT_OWN_FIRST, /* the thread that armed it, then the others */
    LW_TIMEOUT_OWN,       /* that thread alone */
};

/* An outlet that several watchdogs write to. */
struct lw_shared_outlet {
    struct lw_outlet outlet;
    atomic_uint references;
};

struct lw_timeout {
    struct lw_deadline deadline; /* first: release() frees the whole */
    struct lw_shared_outlet *shared;
    int64_t nanoseconds; /* from the arming to the deadline */
    int64_t max_threads;
    atomic_uint fired; /* how many times */
    uint8_t exits;
    uint8_t threads;                 /* enum lw_timeout_threads */
    struct lw_noted_thread armed_by; /* unless `threads` is LW_TIMEOUT_ALL */
    struct lw_report_header *header; /* NULL: none */
    char name[LW_TIMEOUT_NAME];      /* "" for none */
};

/* Context: any thread (maps and allocates memory).
 * A shared outlet for `fd`, with one reference for the caller; standard error's is kept for ever.
 * NULL: no memory. */
struct lw_shared_outlet *lw_shared_outlet_open(int fd);

/* Context: any thread (allocates memory).
 * An outlet that owns `fd`, with one reference for the caller.  NULL: no memory; `fd` is closed. */
struct lw_shared_outlet *lw_shared_outlet_take(int fd);

/* Context: any thread. */
void lw_shared_outlet_release(struct lw_shared_outlet *shared);

/* Context: any thread.
 * A watchdog, not armed, with one reference; takes over the reference to `shared`, even if it returns
 * NULL: no memory. */
struct lw_timeout *lw_timeout_create(struct lw_shared_outlet *shared);

/* Context: any thread.
 * Sets the time to the deadline, and whether it comes again and again; the next arming uses both. */
void lw_timeout_set_time(struct lw_timeout *timeout, int64_t nanoseconds, int repeat);

/* Context: any thread.  Arms it, or moves its deadline, from now.  0, or an errno. */
int lw_timeout_arm(struct lw_timeout *timeout);

/* Context: any thread (allocates memory), while it is not armed.  0, or -1: no memory. */
int lw_timeout_set_header(struct lw_timeout *timeout, const struct lw_report_header *header);

#endif
