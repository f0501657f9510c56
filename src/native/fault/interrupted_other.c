/* For machines whose contexts are not known. */
#include "fault/interrupted.h"

uintptr_t
lw_interrupted_place(const void *context)
{
    (void)context;
    return 0;
}

uintptr_t
lw_interrupted_stack(const void *context)
{
    (void)context;
    return 0;
}

void
lw_interrupted_save(const void *context, struct lw_interrupted_registers *out)
{
    (void)context;
    *out = (struct lw_interrupted_registers){{0}};
}

int
lw_interrupted_changed(const void *context, const struct lw_interrupted_registers *before)
{
    (void)context;
    (void)before;
    return 0;
}

int
lw_interrupted_fails_again(const siginfo_t *fault, const void *context)
{
    (void)fault;
    (void)context;
    return 1; /* unknown: a fault that comes back for long enough counts as not mended */
}

int
lw_interrupted_is_halt(const void *context)
{
    (void)context;
    return 1; /* unknown */
}
