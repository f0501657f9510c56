/* For machines without a guarded copy: never ready, so that reads go through the kernel. */
#include "memory/guard.h"

int
lw_guard_recover(const siginfo_t *fault, void *context)
{
    (void)fault;
    (void)context;
    return 0;
}

void
lw_guard_use(lw_fault_handler handler)
{
    (void)handler;
}

void
lw_guard_enter(void)
{
}

void
lw_guard_leave(void)
{
}

int
lw_guard_end(int64_t patience)
{
    (void)patience;
    return 1;
}

int
lw_guard_ready(void)
{
    return 0;
}

int
lw_guard_copy(void *into, const void *from, size_t size)
{
    (void)into;
    (void)from;
    (void)size;
    return -1;
}

uintptr_t
lw_guard_place(const void *context)
{
    (void)context;
    return 0;
}

uintptr_t
lw_guard_stack(const void *context)
{
    (void)context;
    return 0;
}

void
lw_guard_save(const void *context, struct lw_guard_registers *out)
{
    (void)context;
    *out = (struct lw_guard_registers){{0}};
}

int
lw_guard_changed(const void *context, const struct lw_guard_registers *before)
{
    (void)context;
    (void)before;
    return 0;
}

int
lw_guard_fails_again(const siginfo_t *fault, const void *context)
{
    (void)fault;
    (void)context;
    return 1; /* unknown: a fault that comes back for long enough counts as not mended */
}

int
lw_guard_is_halt(const void *context)
{
    (void)context;
    return 1; /* unknown */
}
