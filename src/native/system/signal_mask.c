#include "system/signal_mask.h"

#include <pthread.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { KERNEL_SET_SIZE = 8 }; /* bytes of a signal set as the kernel counts */

void
lw_signal_mask(int how, int signum, sigset_t *kept)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signum);
    pthread_sigmask(how, &set, kept);
}

void
lw_signal_discard(int signum)
{
    const struct timespec at_once = {0};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signum);
    syscall(SYS_rt_sigtimedwait, &set, NULL, &at_once, KERNEL_SET_SIZE);
}
