#include "system/shared_lock.h"

#include <pthread.h>

static pthread_mutex_t locks[LW_SHARED_LOCKS];
static pthread_once_t prepared = PTHREAD_ONCE_INIT;

static void
make_locks(void)
{
    for (int i = 0; i < LW_SHARED_LOCKS; i++) {
        pthread_mutex_init(&locks[i], NULL);
    }
}

static void
prepare(void)
{
    make_locks();
    pthread_atfork(NULL, NULL, make_locks);
}

void
lw_shared_lock(enum lw_shared which)
{
    pthread_once(&prepared, prepare);
    pthread_mutex_lock(&locks[which]);
}

void
lw_shared_unlock(enum lw_shared which)
{
    pthread_mutex_unlock(&locks[which]);
}
