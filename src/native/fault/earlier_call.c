#include "fault/earlier_call.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <ucontext.h>
#include <unistd.h>

#include "memory/memory.h"

enum {
    MARKS = 256,
    PROBES = 16, /* places that a mark may have */
    NEAR = 4096, /* bytes */
};

struct mark {
    atomic_int thread; /* 0: free */
    const void *which;
    const void *context;
    uintptr_t frame;
};

static struct mark marks[MARKS];

/* The kernel puts the arguments of our handler on the stack just above its frame. */
static int
is_there(const void *given, size_t size)
{
    uintptr_t first = (uintptr_t)given, here = (uintptr_t)__builtin_frame_address(0);
    return first - here < NEAR ||
           (first + size > first && lw_can_read(first) && lw_can_read(first + size - 1));
}

int
lw_is_delivered(int signum, const siginfo_t *info, const void *context)
{
    return is_there(info, sizeof(*info)) && info->si_signo == signum &&
           is_there(context, sizeof(ucontext_t));
}

void
lw_deliver(int signum, void (*handler)(int signum, siginfo_t *info, void *context))
{
    ucontext_t context;
    siginfo_t info = {.si_signo = signum, .si_code = SI_TKILL};
    info.si_pid = getpid();
    info.si_uid = getuid();
    if (getcontext(&context) == 0) {
        handler(signum, &info, &context);
    }
}

int
lw_is_function(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) ||
           (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN);
}

static struct mark *
place_of(int thread, int probe)
{
    return &marks[(unsigned)(thread + probe) % MARKS];
}

/* A place for a mark.  If all are taken, one whose thread may have jumped away long ago; if that
 * thread has not, the worst is that a fault is offered twice. */
static struct mark *
take_mark(const void *which, int thread)
{
    for (int probe = 0; probe < PROBES; probe++) {
        struct mark *mark = place_of(thread, probe);
        int expected = 0;
        if (atomic_compare_exchange_strong(&mark->thread, &expected, thread) ||
            (expected == thread && mark->which == which)) {
            return mark;
        }
    }
    struct mark *mark = place_of(thread, 0);
    atomic_store(&mark->thread, thread);
    return mark;
}

int
lw_earlier_came_back(const void *which, const struct lw_delivery *delivery)
{
    for (int probe = 0; probe < PROBES; probe++) {
        const struct mark *mark = place_of(delivery->thread, probe);
        if (atomic_load(&mark->thread) == delivery->thread && mark->which == which &&
            mark->context == delivery->context && delivery->frame < mark->frame) {
            return 1;
        }
    }
    return 0;
}

/* The signals that would be blocked if the kernel had called the action. */
static sigset_t
mask_of(const struct sigaction *action, const struct lw_delivery *delivery)
{
    sigset_t mask = ((const ucontext_t *)delivery->context)->uc_sigmask;
    if (!(action->sa_flags & SA_NODEFER)) {
        sigaddset(&mask, delivery->info->si_signo);
    }
    for (int signum = 1; signum < NSIG; signum++) {
        if (sigismember(&action->sa_mask, signum) == 1) {
            sigaddset(&mask, signum);
        }
    }
    return mask;
}

void
lw_earlier_call(const void *which, const struct sigaction *action,
                const struct lw_delivery *delivery)
{
    sigset_t ours, theirs = mask_of(action, delivery);
    struct mark *mark = take_mark(which, delivery->thread);
    const void *outer_which = mark->which, *outer_context = mark->context;
    const uintptr_t outer_frame = mark->frame;
    mark->which = which;
    mark->context = delivery->context;
    mark->frame = delivery->frame;
    pthread_sigmask(SIG_SETMASK, &theirs, &ours);
    if (action->sa_flags & SA_SIGINFO) {
        action->sa_sigaction(delivery->info->si_signo, delivery->info, delivery->context);
    }
    else {
        action->sa_handler(delivery->info->si_signo);
    }
    sigaddset(&ours, delivery->info->si_signo);
    pthread_sigmask(SIG_SETMASK, &ours, NULL);
    if (outer_which == which) { /* twice in the action, or jumped away from it before */
        mark->context = outer_context;
        mark->frame = outer_frame;
        return;
    }
    mark->which = NULL;
    atomic_store(&mark->thread, 0);
}
