/* clock.h: the time that deadlines and ages are counted in. */
#ifndef LASTWORDS_CLOCK_H
#define LASTWORDS_CLOCK_H

#include <stdint.h>

/* Context: signal handler | any thread.
 * CLOCK_MONOTONIC in nanoseconds. */
int64_t lw_now(void);

#endif
