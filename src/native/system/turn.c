#include "system/turn.h"

#include <time.h>

#include "system/clock.h"

enum { PAUSE = 500 * 1000 }; /* nanoseconds */

int
lw_turn_try(atomic_int *holder, int thread)
{
    int expected = 0;
    return atomic_compare_exchange_strong(holder, &expected, thread);
}

int
lw_turn_take(atomic_int *holder, int thread, int64_t limit)
{
    const struct timespec pause = {.tv_nsec = PAUSE};
    int64_t end = 0;
    while (!lw_turn_try(holder, thread)) {
        int64_t now = lw_now();
        end = end ? end : now + limit;
        if (now > end || atomic_load(holder) == thread) {
            return 0;
        }
        nanosleep(&pause, NULL);
    }
    return 1;
}

void
lw_turn_end(atomic_int *holder)
{
    atomic_store(holder, 0);
}
