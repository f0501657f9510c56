#include "fault/offer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <ucontext.h>

#include "memory/guard.h"

enum {
    OFFERS = 64,
    MOST_RETURNS =
        3, /* a handler returns so often, the fault unmended, before it counts as refused:
                       * a page may have been closed again meanwhile */
};

/* What threads have offered; a thread has the place of its number, or none while that is taken. */
static struct offer {
    atomic_int thread; /* 0: free */
    uintptr_t frame;   /* of the handler that offers */
    const void *context;
    int last; /* the thread that offered last, and where */
    uintptr_t place, address;
    int returns;
} offers[LW_OFFER_LEVELS][OFFERS];

void
lw_call_action(const struct sigaction *action, siginfo_t *fault, void *context)
{
    int signum = fault->si_signo;
    sigset_t ours, theirs = ((const ucontext_t *)context)->uc_sigmask;
    if (!(action->sa_flags & SA_NODEFER)) {
        sigaddset(&theirs, signum);
    }
    pthread_sigmask(SIG_SETMASK, &theirs, &ours);
    pthread_sigmask(SIG_BLOCK, &action->sa_mask, NULL);
    if (action->sa_flags & SA_SIGINFO) {
        action->sa_sigaction(signum, fault, context);
    }
    else {
        action->sa_handler(signum);
    }
    pthread_sigmask(SIG_SETMASK, &ours, NULL);
}

static uintptr_t
address_of(const siginfo_t *fault)
{
    return (uintptr_t)fault->si_addr;
}

/* The place for this thread's offer, or NULL while another thread has it. */
static struct offer *
take_place(int level, siginfo_t *fault, void *context, int thread, uintptr_t frame)
{
    struct offer *offer = &offers[level][thread % OFFERS];
    int was = 0;
    if (!atomic_compare_exchange_strong(&offer->thread, &was, thread) && was != thread) {
        return NULL;
    }
    uintptr_t place = lw_guard_place(context);
    if (offer->last != thread || offer->place != place || offer->address != address_of(fault)) {
        offer->last = thread;
        offer->place = place;
        offer->address = address_of(fault);
        offer->returns = 0;
    }
    offer->frame = frame;
    offer->context = context;
    return offer;
}

int
lw_offer_came_back(int level, const void *context, int thread, uintptr_t frame)
{
    struct offer *offer = &offers[level][thread % OFFERS];
    return atomic_load(&offer->thread) == thread && offer->context == context &&
           frame < offer->frame;
}

enum lw_offer
lw_offer(int level, const struct sigaction *earlier, siginfo_t *fault, void *context, int thread,
         uintptr_t frame)
{
    struct sigaction action = *earlier;
    struct offer *offer = take_place(level, fault, context, thread, frame);
    struct lw_guard_registers before;
    lw_guard_save(context, &before);
    lw_call_action(&action, fault, context);
    int taken = lw_guard_changed(context, &before) || !lw_guard_fails_again(fault, context);
    if (offer) {
        offer->returns = taken ? 0 : offer->returns + 1;
        taken = taken || offer->returns < MOST_RETURNS;
        atomic_store(&offer->thread, 0);
    }
    return taken ? LW_OFFER_TAKEN : LW_OFFER_REFUSED;
}
