/* For machines without a guarded copy: never ready, so that reads go through the kernel. */
#include "memory/guard.h"

int
lw_guard_recover(void *context)
{
    (void)context;
    return 0;
}

void
lw_guard_use(lw_fault_handler handler)
{
    (void)handler;
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
