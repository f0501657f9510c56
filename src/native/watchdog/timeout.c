#include "watchdog/timeout.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dump/dump_text.h"
#include "system/clock.h"
#include "system/shared_lock.h"

enum {
    SECOND = 1000 * 1000 * 1000,
    MILLION = 1000 * 1000,
    WRITE_SECONDS = 3, /* before a dump into a full pipe is given up */
};

static struct lw_dump *dump; /* the timer thread's */
static struct lw_shared_outlet *standard_error;

struct lw_shared_outlet *
lw_shared_outlet_open(int fd)
{
    lw_shared_lock(LW_SHARED_OUTLETS);
    struct lw_shared_outlet *shared = fd == STDERR_FILENO ? standard_error : NULL;
    if (shared) {
        atomic_fetch_add(&shared->references, 1);
    }
    else if ((shared = malloc(sizeof(*shared))) != NULL) {
        lw_outlet_open(&shared->outlet, fd);
        atomic_init(&shared->references, 1);
        if (fd == STDERR_FILENO && shared->outlet.identified) {
            atomic_init(&shared->references, 2);
            standard_error = shared;
        }
    }
    lw_shared_unlock(LW_SHARED_OUTLETS);
    return shared;
}

struct lw_shared_outlet *
lw_shared_outlet_take(int fd)
{
    struct lw_shared_outlet *shared = malloc(sizeof(*shared));
    if (shared) {
        lw_outlet_take(&shared->outlet, fd);
        atomic_init(&shared->references, 1);
    }
    else {
        close(fd);
    }
    return shared;
}

void
lw_shared_outlet_release(struct lw_shared_outlet *shared)
{
    if (atomic_fetch_sub(&shared->references, 1) == 1) {
        lw_outlet_close(&shared->outlet);
        free(shared);
    }
}

/* "Timeout (1:02:03.000004)!" */
static void
write_header(struct lw_sink *sink, const struct lw_timeout *timeout)
{
    int64_t microseconds = timeout->nanoseconds / 1000 + (timeout->nanoseconds % 1000 != 0);
    int64_t seconds = microseconds / MILLION;
    int64_t rest = microseconds % MILLION;
    int64_t minutes = seconds / 60 % 60;

    if (timeout->header) {
        lw_report_header_write(sink, timeout->header);
    }
    lw_sink_text(sink, "Timeout (");
    lw_sink_decimal(sink, seconds / 3600);
    lw_sink_text(sink, minutes < 10 ? ":0" : ":");
    lw_sink_decimal(sink, minutes);
    lw_sink_text(sink, seconds % 60 < 10 ? ":0" : ":");
    lw_sink_decimal(sink, seconds % 60);
    if (rest) {
        lw_sink_char(sink, '.');
        for (int64_t digit = MILLION / 10; digit > 0; digit /= 10) {
            lw_sink_char(sink, (char)('0' + rest / digit % 10));
        }
    }
    lw_sink_text(sink, ")!\n");
    if (timeout->name[0]) {
        lw_sink_text(sink, "Watchdog: ");
        lw_sink_text(sink, timeout->name);
        lw_sink_char(sink, '\n');
    }
}

static void
dump_threads(const struct lw_timeout *timeout)
{
    struct lw_thread own;
    struct lw_dump_options options = {
        .max_threads = timeout->max_threads,
        .all_threads = 1,
        .alone = timeout->threads == LW_TIMEOUT_OWN,
    };
    if (timeout->threads != LW_TIMEOUT_ALL) {
        if (lw_thread_noted(&dump->session.target, &timeout->armed_by, &own)) {
            options.first = &own;
        }
        else {
            lw_sink_text(lw_dump_sink(dump), "Armed by: a thread that has ended\n");
            if (options.alone) {
                return;
            }
        }
    }
    lw_dump_threads(dump, &options);
}

static void
fire(struct lw_deadline *deadline)
{
    struct lw_timeout *timeout = (struct lw_timeout *)deadline;
    int fd = lw_outlet_descriptor(&timeout->shared->outlet);
    atomic_fetch_add(&timeout->fired, 1);
    if (fd >= 0) {
        lw_dump_begin(dump, fd, lw_now() + WRITE_SECONDS * (int64_t)SECOND);
        write_header(lw_dump_sink(dump), timeout);
        const char *refusal = lw_session_refusal();
        if (refusal) {
            lw_sink_text(lw_dump_sink(dump), "  <");
            lw_sink_text(lw_dump_sink(dump), refusal);
            lw_sink_text(lw_dump_sink(dump), ">\n");
        }
        else {
            dump_threads(timeout);
        }
        lw_dump_end(dump);
    }
    if (timeout->exits) {
        _exit(1);
    }
}

static void
release(struct lw_deadline *deadline)
{
    struct lw_timeout *timeout = (struct lw_timeout *)deadline;
    lw_shared_outlet_release(timeout->shared);
    free(timeout->header);
    free(timeout);
}

int
lw_timeout_set_header(struct lw_timeout *timeout, const struct lw_report_header *header)
{
    free(timeout->header);
    timeout->header = header->wanted ? malloc(sizeof(*header)) : NULL;
    if (timeout->header) {
        *timeout->header = *header;
    }
    return timeout->header || !header->wanted ? 0 : -1;
}

struct lw_timeout *
lw_timeout_create(struct lw_shared_outlet *shared)
{
    lw_shared_lock(LW_SHARED_OUTLETS);
    if (!dump) {
        dump = lw_dump_create();
    }
    int ready = dump != NULL;
    lw_shared_unlock(LW_SHARED_OUTLETS);
    struct lw_timeout *timeout = ready ? malloc(sizeof(*timeout)) : NULL;
    if (!timeout) {
        lw_shared_outlet_release(shared);
        return NULL;
    }
    memset(timeout, 0, offsetof(struct lw_timeout, name) + 1);
    timeout->deadline.fire = fire;
    timeout->deadline.release = release;
    atomic_init(&timeout->deadline.references, 1);
    timeout->shared = shared;
    return timeout;
}

void
lw_timeout_set_time(struct lw_timeout *timeout, int64_t nanoseconds, int repeat)
{
    timeout->nanoseconds = nanoseconds;
    timeout->deadline.interval = repeat ? nanoseconds : 0;
}

int
lw_timeout_arm(struct lw_timeout *timeout)
{
    int64_t now = lw_now();
    int64_t left = timeout->nanoseconds < INT64_MAX - now ? timeout->nanoseconds : INT64_MAX - now;
    return lw_deadline_arm(&timeout->deadline, now + left);
}
