#include "fault/hand_over.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SHELL_SIGNAL = 128 }; /* exit status of a death by a signal, as shells tell it */

int
lw_comes_again(const siginfo_t *fault)
{
    return fault->si_code > 0 && fault->si_signo != SIGABRT &&
           !(fault->si_signo == SIGBUS && fault->si_code == BUS_MCEERR_AO);
}

void
lw_hand_over(siginfo_t *fault, const struct sigaction *earlier, int thread)
{
    sigset_t set;
    int signum = fault->si_signo;

    if (earlier && sigaction(signum, earlier, NULL) != 0) {
        _exit(SHELL_SIGNAL + signum); /* else it would come back here for ever */
    }
    if (lw_comes_again(fault)) {
        return;
    }
    /* Blocked until the handler returns: then it comes to the interrupted context itself, which is
     * what a core dump should show. */
    sigemptyset(&set);
    sigaddset(&set, signum);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (syscall(SYS_rt_tgsigqueueinfo, getpid(), thread, signum, fault) != 0 &&
        syscall(SYS_tgkill, getpid(), thread, signum) != 0) {
        kill(getpid(), signum);
    }
}
