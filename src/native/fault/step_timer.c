#include "fault/step_timer.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "system/sandbox.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid /* glibc has the field, and not always the name */
#endif

enum { SECOND = 1000 * 1000 * 1000 };

void
lw_step_timer_start(struct lw_step_timer *timer, int signum, int thread)
{
    struct sigevent event;
    memset(&event, 0, sizeof(event));
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = signum;
    event.sigev_value.sival_ptr = timer;
    event.sigev_notify_thread_id = thread;
    timer->exists = !lw_is_filtered_lately() &&
                    syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer->id) == 0;
}

void
lw_step_timer_set(struct lw_step_timer *timer, int64_t nanoseconds)
{
    struct itimerspec when;
    memset(&when, 0, sizeof(when));
    when.it_value.tv_sec = nanoseconds / SECOND;
    when.it_value.tv_nsec = nanoseconds % SECOND;
    if (timer->exists) {
        syscall(SYS_timer_settime, timer->id, 0, &when, NULL);
    }
}

void
lw_step_timer_stop(struct lw_step_timer *timer)
{
    if (timer->exists) {
        syscall(SYS_timer_delete, timer->id);
        timer->exists = 0;
    }
}
