#include "system/shared_lock.h"

#include "system/process_state.h"

_Static_assert(LW_SHARED_LOCKS * sizeof(struct lw_lock) <= LW_PROCESS_PART_SIZE, "room for all");

static struct lw_lock *
lock_of(enum lw_shared which)
{
    return (struct lw_lock *)lw_process_state(LW_PROCESS_LOCKS) + which;
}

void
lw_shared_lock(enum lw_shared which)
{
    lw_lock_take(lock_of(which));
}

void
lw_shared_unlock(enum lw_shared which)
{
    lw_lock_release(lock_of(which));
}
