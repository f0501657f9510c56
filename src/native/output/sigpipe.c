#include "output/sigpipe.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { KERNEL_SET_SIZE = 8 }; /* bytes of a signal set as the kernel counts */

void
lw_sigpipe_discard(void)
{
    sigset_t set;
    struct timespec at_once;
    memset(&at_once, 0, sizeof(at_once));
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    syscall(SYS_rt_sigtimedwait, &set, NULL, &at_once, KERNEL_SET_SIZE);
}
