#include "fault/offer.h"

#include <stdatomic.h>
#include <string.h>

#include "fault/interrupted.h"
#include "system/clock.h"
#include "system/signal_mask.h"

enum { THREADS = 64 };

/* Nanoseconds: an instruction that fails again within SOON fails at once; for PATIENCE a handler
 * may wait in a loop for a closed page, or the page may be closed again. */
static const int64_t SOON = 20 * 1000 * 1000, PATIENCE = 1000 * 1000 * 1000;

/* A thread's last failure; two threads that share a place only make one another count from 1 again. */
struct last_failure {
    atomic_int thread;
    int count;
    int64_t since, left;
    uintptr_t address;
    struct lw_interrupted_registers registers;
};

static struct last_failure offered[THREADS], passed_on[THREADS];

/* Counts a failure that is this thread's last one again, left less than `soon` ago. */
static struct last_failure *
note(struct last_failure *failures, const struct lw_delivery *delivery, int64_t soon)
{
    struct last_failure *last = &failures[delivery->thread % THREADS];
    struct lw_interrupted_registers now;
    uintptr_t address = (uintptr_t)delivery->info->si_addr;
    lw_interrupted_save(delivery->context, &now);
    last->count++;
    if (atomic_exchange(&last->thread, delivery->thread) != delivery->thread ||
        last->address != address || lw_now() - last->left > soon ||
        memcmp(&last->registers, &now, sizeof(now)) != 0) {
        last->count = 1;
        last->since = lw_now();
        last->address = address;
        last->registers = now;
    }
    last->left = lw_now();
    return last;
}

int
lw_offer_repeats(const struct lw_delivery *delivery)
{
    return note(passed_on, delivery, INT64_MAX)->count;
}

/* -- which loaded file holds an address; without a lock, unlike dladdr() -- */

struct found_object { /* struct dl_find_object of glibc 2.35 */
    unsigned long long flags;
    void *start, *end;
    void *others[16];
};

extern int _dl_find_object(void *address, struct found_object *result) __attribute__((weak));
extern int Py_IsInitialized(void); /* for its address */

/* The start of the file that holds `address`; 0: none does. */
static uintptr_t
file_of(uintptr_t address)
{
    struct found_object found;
    return _dl_find_object && _dl_find_object((void *)address, &found) == 0 ? (uintptr_t)found.start
                                                                            : 0;
}

int
lw_offer_is_runtime(const struct sigaction *earlier)
{
    uintptr_t interpreter = file_of((uintptr_t)Py_IsInitialized);
    /* A runtime's handler must be called again and again: not one for a single call. */
    return lw_is_function(earlier) && !((unsigned)earlier->sa_flags & (unsigned)SA_RESETHAND) &&
           (interpreter == 0 || file_of((uintptr_t)earlier->sa_handler) != interpreter);
}

int
lw_offer_is_plausible(const struct sigaction *earlier, const struct lw_delivery *delivery)
{
    const siginfo_t *fault = delivery->info;
    uintptr_t place = lw_interrupted_place(delivery->context);
    if (fault->si_signo == SIGSEGV && place == (uintptr_t)fault->si_addr && place != 0) {
        return 0; /* a jump to an address without code */
    }
    if (fault->si_signo == SIGSEGV && fault->si_code != SEGV_MAPERR &&
        fault->si_code != SI_KERNEL) {
        return 1;
    }
    if (place == 0 || !_dl_find_object) {
        return 0;
    }
    uintptr_t file = file_of(place);
    return file == 0 || file == file_of((uintptr_t)earlier->sa_handler);
}

/* Has the runtime returned and left the fault as it was?  Yes if it put another action in its own
 * place (the default, or the one it had found), or if nothing changed for PATIENCE; and the fault
 * is still there. */
static int
has_refused(struct last_failure *last, const struct sigaction *before,
            const struct lw_delivery *delivery)
{
    struct sigaction now;
    (void)sigaction(delivery->info->si_signo, NULL, &now);
    last->left = lw_now();
    if (now.sa_handler == before->sa_handler && last->left - last->since < PATIENCE) {
        return 0;
    }
    if (lw_interrupted_fails_again(delivery->info, delivery->context)) {
        return 1;
    }
    last->since = last->left;
    return 0;
}

/* Drops the signal that a handler raised to end the process, after it put the default in its own
 * place: it is pending.  The fault itself comes again and ends the process after the report. */
static void
drop_raised(int signum)
{
    lw_signal_discard(signum);
    lw_signal_mask(SIG_UNBLOCK, signum, NULL);
}

int
lw_offer(const void *which, const struct sigaction *earlier, const struct lw_delivery *delivery)
{
    struct sigaction before;
    struct last_failure *last = note(offered, delivery, SOON);
    (void)sigaction(delivery->info->si_signo, NULL, &before);
    lw_earlier_call(which, earlier, delivery);
    if (lw_interrupted_changed(delivery->context, &last->registers) ||
        !has_refused(last, &before, delivery)) {
        return 1;
    }
    drop_raised(delivery->info->si_signo);
    return 0;
}
