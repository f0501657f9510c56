#include "system/sandbox.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

static int was_filtered;

int
lw_is_filtered(void)
{
    int kept = errno;
    int mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
    errno = kept;
    return mode == SECCOMP_MODE_FILTER;
}

int
lw_is_filtered_lately(void)
{
    return !was_filtered && lw_is_filtered();
}

__attribute__((constructor)) static void
note_filter(void)
{
    was_filtered = lw_is_filtered();
}
