/* earlier_action.c: lw_offer_is_runtime(); see offer.h. */
#include <dlfcn.h>

#include "fault/offer.h"

extern int Py_IsInitialized(void);

int
lw_offer_is_runtime(const struct sigaction *earlier)
{
    Dl_info interpreter, where;
    if (earlier->sa_handler == SIG_DFL || earlier->sa_handler == SIG_IGN) {
        return 0;
    }
    return dladdr((void *)(uintptr_t)earlier->sa_handler, &where) == 0 ||
           dladdr((void *)(uintptr_t)Py_IsInitialized, &interpreter) == 0 ||
           where.dli_fbase != interpreter.dli_fbase;
}
