#include "system/shared_lock.h"

#include <pthread.h>

#include "system/process.h"

static pthread_mutex_t locks[LW_SHARED_LOCKS];
static atomic_uint made;

static void
make_locks(void)
{
    for (int i = 0; i < LW_SHARED_LOCKS; i++) {
        pthread_mutex_init(&locks[i], NULL);
    }
}

void
lw_shared_lock(enum lw_shared which)
{
    lw_renew(&made, make_locks);
    pthread_mutex_lock(&locks[which]);
}

void
lw_shared_unlock(enum lw_shared which)
{
    pthread_mutex_unlock(&locks[which]);
}
