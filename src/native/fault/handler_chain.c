#include "fault/handler_chain.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fault/offer.h"
#include "system/process_state.h"
#include "system/signal_mask.h"
#include "system/turn.h"

enum {
    SHELL_SIGNAL = 128, /* exit status of a death by a signal, in shells */
    MOST_LOOPS = 2,     /* a failure that came back so often will come back for ever */
    SECOND = 1000 * 1000 * 1000,
    PATIENCE = SECOND, /* a thread that changes an action needs two system calls */
};

static const struct sigaction the_default = {.sa_handler = SIG_DFL};

/* -- one thread at a time changes an action, and is not interrupted -- */

static atomic_int *
changing(void)
{
    return lw_process_state(LW_PROCESS_ACTIONS);
}

static void
begin_change(sigset_t *kept)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, kept);
    /* Without the turn it goes on: a thread that holds it for so long is not coming back. */
    (void)lw_turn_take(changing(), (int)syscall(SYS_gettid), PATIENCE);
}

static void
end_change(const sigset_t *kept)
{
    lw_turn_end(changing());
    pthread_sigmask(SIG_SETMASK, kept, NULL);
}

int
lw_handler_chain_is_in_force(const struct lw_handler_chain *chain, struct sigaction *now)
{
    *now = the_default;
    return sigaction(chain->signum, NULL, now) == 0 && now->sa_sigaction == chain->ours;
}

/* Notes the action that ours is about to replace. */
static void
add(struct lw_handler_chain *chain, const struct sigaction *now)
{
    int count = atomic_load(&chain->count);
    if (!atomic_load(&chain->installed) && !lw_is_function(now)) {
        count = 0; /* no action calls the earlier ones any more */
    }
    if (count > 0 && chain->beneath[count - 1].action.sa_sigaction == now->sa_sigaction) {
        atomic_store(&chain->count, count);
        return;
    }
    if (count == LW_HANDLER_CHAIN_LENGTH) { /* every chain ends with the first, which stays */
        count--;
        memmove(&chain->beneath[1], &chain->beneath[2],
                (size_t)(count - 1) * sizeof(struct lw_beneath));
    }
    chain->beneath[count] = (struct lw_beneath){*now, lw_offer_is_runtime(now)};
    atomic_store(&chain->count, count + 1);
}

int
lw_handler_chain_install(struct lw_handler_chain *chain)
{
    struct sigaction now, ours = {.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
    sigset_t kept;
    int error = 0;
    ours.sa_sigaction = chain->ours;
    sigemptyset(&ours.sa_mask);
    sigaddset(&ours.sa_mask, SIGPIPE);
    begin_change(&kept);
    if (!lw_handler_chain_is_in_force(chain, &now)) {
        add(chain, &now);
        error = sigaction(chain->signum, &ours, NULL) == 0 ? 0 : errno;
    }
    atomic_store(&chain->installed, error == 0);
    end_change(&kept);
    return error;
}

/* The next action beneath ours, or the default. */
static const struct sigaction *
next_of(const struct lw_handler_chain *chain)
{
    int count = atomic_load(&chain->count);
    return count > 0 ? &chain->beneath[count - 1].action : &the_default;
}

static void
put_in_force(const struct lw_handler_chain *chain, const struct sigaction *action)
{
    if (sigaction(chain->signum, action, NULL) != 0) {
        _exit(SHELL_SIGNAL + chain->signum); /* else it would come back here for ever */
    }
}

/* Replaces ours, which is in force, by the next action. */
static void
step_down(struct lw_handler_chain *chain)
{
    put_in_force(chain, next_of(chain));
    int count = atomic_load(&chain->count);
    atomic_store(&chain->count, count > 0 ? count - 1 : 0);
}

void
lw_handler_chain_put_back(struct lw_handler_chain *chain)
{
    struct sigaction now;
    sigset_t kept;
    begin_change(&kept);
    if (lw_handler_chain_is_in_force(chain, &now)) {
        step_down(chain);
        atomic_store(&chain->installed, atomic_load(&chain->count) > 0);
    }
    end_change(&kept);
}

/* -- in the handler -- */

int
lw_comes_again(const siginfo_t *fault)
{
    return fault->si_code > 0 && fault->si_signo != SIGABRT &&
           !(fault->si_signo == SIGBUS && fault->si_code == BUS_MCEERR_AO);
}

int
lw_handler_chain_offer(struct lw_handler_chain *chain, const struct lw_delivery *delivery)
{
    if (!lw_comes_again(delivery->info) || !atomic_load(&chain->installed)) {
        return 0;
    }
    for (int i = atomic_load(&chain->count) - 1; i >= 0; i--) {
        const struct lw_beneath *beneath = &chain->beneath[i];
        if (beneath->is_runtime && !lw_earlier_came_back(beneath, delivery)) {
            const struct sigaction action = beneath->action;
            if (lw_offer_is_plausible(&action, delivery) && lw_offer(beneath, &action, delivery)) {
                return 1;
            }
        }
    }
    return 0;
}

int
lw_handler_chain_is_ignored(struct lw_handler_chain *chain, const siginfo_t *sent)
{
    return getpid() == 1 && !lw_comes_again(sent) && !lw_is_function(next_of(chain));
}

void
lw_send_again(siginfo_t *sent, int thread)
{
    int signum = sent->si_signo;
    /* Blocked until the handler returns: then it arrives in the interrupted context itself, which a
     * core dump should show. */
    lw_signal_mask(SIG_BLOCK, signum, NULL);
    /* A signal that this process raised itself, as abort() does, needs no call that a sandbox may
     * forbid. */
    int is_raised = sent->si_code == SI_TKILL && sent->si_pid == getpid();
    if ((is_raised || syscall(SYS_rt_tgsigqueueinfo, getpid(), thread, signum, sent) != 0) &&
        syscall(SYS_tgkill, getpid(), thread, signum) != 0) {
        kill(getpid(), signum);
    }
}

/* The outcome of passing on. */
enum passing {
    COMES_BACK, /* the action in force gets the signal */
    IS_CALLED,  /* the next function is to be called */
    IS_OVER,
};

/* The action in force has called ours: it keeps its place, or the process ends. */
static enum passing
pass_beneath(struct lw_handler_chain *chain, const struct lw_delivery *delivery,
             struct sigaction *next)
{
    *next = *next_of(chain);
    if (lw_is_function(next)) {
        return IS_CALLED;
    }
    if (next->sa_handler == SIG_IGN && !lw_comes_again(delivery->info)) {
        return IS_OVER;
    }
    put_in_force(chain, &the_default);
    return COMES_BACK;
}

/* Has the action just beneath ours been offered the fault, and called ours in return? */
static int
has_passed_back(const struct lw_handler_chain *chain, const struct lw_delivery *delivery)
{
    int count = atomic_load(&chain->count);
    return count > 0 && lw_earlier_came_back(&chain->beneath[count - 1], delivery);
}

void
lw_handler_chain_pass_on(struct lw_handler_chain *chain, const struct lw_delivery *delivery,
                         int was_ours)
{
    struct sigaction now, next;
    sigset_t kept;
    enum passing passing = COMES_BACK;
    int repeats = lw_offer_repeats(delivery);
    begin_change(&kept);
    if (lw_handler_chain_is_in_force(chain, &now)) {
        int is_passed = has_passed_back(chain, delivery);
        step_down(chain);
        if (is_passed) { /* it would only pass it back again */
            passing = pass_beneath(chain, delivery, &next);
        }
    }
    else if (!was_ours && (atomic_load(&chain->installed) || repeats >= MOST_LOOPS)) {
        passing = pass_beneath(chain, delivery, &next);
    }
    /* else another thread has handed over meanwhile, or a runtime has given up */
    atomic_store(&chain->installed, 0);
    end_change(&kept);
    if (passing == IS_CALLED) {
        lw_earlier_call(chain, &next, delivery);
    }
    else if (passing == COMES_BACK && !lw_comes_again(delivery->info)) {
        lw_send_again(delivery->info, delivery->thread);
    }
}
