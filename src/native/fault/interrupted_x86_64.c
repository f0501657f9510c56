#include "fault/interrupted.h"

#include <string.h>
#include <ucontext.h>

#include "memory/memory.h"
#include "system/maps.h"

static const greg_t *
registers_of(const void *context)
{
    return ((const ucontext_t *)context)->uc_mcontext.gregs;
}

uintptr_t
lw_interrupted_place(const void *context)
{
    return (uintptr_t)registers_of(context)[REG_RIP];
}

uintptr_t
lw_interrupted_stack(const void *context)
{
    return (uintptr_t)registers_of(context)[REG_RSP];
}

void
lw_interrupted_save(const void *context, struct lw_interrupted_registers *out)
{
    const ucontext_t *interrupted = context;
    _Static_assert(sizeof(interrupted->uc_mcontext.gregs) < sizeof(out->value), "and one more");
    memset(out, 0, sizeof(*out));
    memcpy(out->value, registers_of(context), sizeof(interrupted->uc_mcontext.gregs));
    if (interrupted->uc_mcontext.fpregs) { /* a handler of SIGFPE may mask the exception */
        out->value[NGREG] = interrupted->uc_mcontext.fpregs->mxcsr;
    }
}

int
lw_interrupted_changed(const void *context, const struct lw_interrupted_registers *before)
{
    struct lw_interrupted_registers now;
    lw_interrupted_save(context, &now);
    return memcmp(&now, before, sizeof(now)) != 0;
}

int
lw_interrupted_fails_again(const siginfo_t *fault, const void *context)
{
    enum { WRITES = 2, FETCHES = 16 }; /* bits of the page fault's error code */
    uintptr_t address = (uintptr_t)fault->si_addr;
    if ((fault->si_signo != SIGSEGV && fault->si_signo != SIGBUS) || fault->si_code == SI_KERNEL) {
        return 1; /* nothing outside of the registers mends it */
    }
    greg_t how = registers_of(context)[REG_ERR];
    if (!(how & (WRITES | FETCHES))) {
        return !lw_can_read(address);
    }
    int allowed = lw_maps_access(address);
    return allowed < 0 || !(allowed & (how & WRITES ? LW_MAY_WRITE : LW_MAY_EXECUTE));
}

int
lw_interrupted_is_halt(const void *context)
{
    enum { HLT = 0xF4 };
    uintptr_t place = lw_interrupted_place(context);
    return lw_can_read(place) && *(const volatile unsigned char *)place == HLT;
}
