#include "fault/unblock.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "fault/handler_chain.h"
#include "system/signal_mask.h"

/* Signals as the kernel has them: a bit for each. */
#define BIT(signum) (UINT64_C(1) << ((signum) - 1))
static const uint64_t MADE_BY_INSTRUCTIONS = BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL);

static uint64_t
bits_of(const sigset_t *set)
{
    uint64_t bits;
    memcpy(&bits, set, sizeof(bits));
    return bits;
}

/* -- which of these signals the thread had blocked; a thread that had none has no value -- */

enum { OTHERS = 1 }; /* the thread had other signals blocked too; none of these has this bit */
static const unsigned NO_KEY = UINT_MAX;
static atomic_uint known_key = UINT_MAX;

static uint64_t
notes_of_thread(void)
{
    unsigned key = atomic_load(&known_key);
    return key == NO_KEY ? 0 : (uintptr_t)pthread_getspecific(key);
}

static void
add_notes(uint64_t notes)
{
    pthread_key_t fresh;
    _Static_assert(sizeof(fresh) == sizeof(unsigned), "keys are unsigned numbers");
    unsigned key = atomic_load(&known_key);
    if (key == NO_KEY) {
        if (pthread_key_create(&fresh, NULL) != 0) {
            return;
        }
        if (atomic_compare_exchange_strong(&known_key, &key, fresh)) {
            key = fresh;
        }
        else {
            pthread_key_delete(fresh); /* another thread was faster */
        }
    }
    (void)pthread_setspecific(key, (void *)(uintptr_t)(notes_of_thread() | notes));
}

/* -- masks after some signals were unblocked: a thread that is started then inherits the rest -- */

static struct {
    _Atomic(uint64_t) rest, unblocked;
} masks[16];

static void
remember(uint64_t rest, uint64_t unblocked)
{
    for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
        uint64_t free = 0;
        if (atomic_compare_exchange_strong(&masks[i].rest, &free, rest) || free == rest) {
            atomic_fetch_or(&masks[i].unblocked, unblocked);
            return;
        }
    }
}

static uint64_t
unblocked_of(uint64_t rest)
{
    for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
        if (rest && atomic_load(&masks[i].rest) == rest) {
            return atomic_load(&masks[i].unblocked);
        }
    }
    return 0;
}

void
lw_fault_unblock(void)
{
    sigset_t now;
    pthread_sigmask(SIG_BLOCK, NULL, &now);
    uint64_t blocked = bits_of(&now) & MADE_BY_INSTRUCTIONS;
    uint64_t rest = bits_of(&now) & ~MADE_BY_INSTRUCTIONS;
    if (!blocked) {
        return;
    }
    if (rest) {
        remember(rest, blocked);
    }
    add_notes(blocked | (rest ? OTHERS : 0)); /* first: one may be pending */
    sigset_t made;
    sigemptyset(&made);
    memcpy(&made, &blocked, sizeof(blocked));
    pthread_sigmask(SIG_UNBLOCK, &made, NULL);
}

/* Would the signal be blocked without us?  A program that has unblocked all others since has
 * unblocked it too. */
static int
is_blocked_but_for_us(int signum, const sigset_t *now)
{
    uint64_t rest = bits_of(now) & ~MADE_BY_INSTRUCTIONS, notes = notes_of_thread();
    if ((notes & OTHERS) && !rest) {
        return 0;
    }
    return ((notes | unblocked_of(rest)) & MADE_BY_INSTRUCTIONS & BIT(signum)) != 0;
}

int
lw_fault_give_back(const struct lw_delivery *delivery)
{
    siginfo_t *sent = delivery->info;
    int signum = sent->si_signo;
    sigset_t *interrupted = &((ucontext_t *)delivery->context)->uc_sigmask;
    if (sent->si_code > 0 || !is_blocked_but_for_us(signum, interrupted)) {
        return 0;
    }
    sigaddset(interrupted, signum);
    if (sent->si_code == SI_TKILL) {
        lw_send_again(sent, delivery->thread);
        return 1;
    }
    lw_signal_mask(SIG_BLOCK, signum, NULL);
    if (syscall(SYS_rt_sigqueueinfo, getpid(), signum, sent) != 0) {
        kill(getpid(), signum);
    }
    return 1;
}
