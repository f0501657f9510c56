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
