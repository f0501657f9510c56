#include "system/altstack.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51 /* the kernel's number; older C libraries don't name it */
#endif

enum { ENOUGH = 32 * 1024 }; /* an alternate stack of somebody else is kept if it has this much */

static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t key;
static int have_key;
static size_t page_size;
static size_t mapped_size; /* the guard page and the stack */
static char *pool[LW_ALTSTACK_POOL];
static int pooled;
static atomic_size_t existing;

static void
drop(char *stack)
{
    pthread_mutex_lock(&lock);
    int kept = pooled < LW_ALTSTACK_POOL;
    if (kept) {
        pool[pooled++] = stack;
    }
    pthread_mutex_unlock(&lock);
    if (!kept) {
        munmap(stack, mapped_size);
        atomic_fetch_sub(&existing, 1);
    }
}

/* Runs at the end of each thread that has one of our stacks. */
static void
end_thread(void *stack)
{
    stack_t before, none = {.ss_flags = SS_DISABLE};
    if (sigaltstack(&none, &before) != 0) {
        return; /* running on it: leave it mapped */
    }
    if (before.ss_sp != (char *)stack + page_size && !(before.ss_flags & SS_DISABLE)) {
        sigaltstack(&before, NULL); /* somebody's else by now */
    }
    drop(stack);
}

static void
lock_before_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void
unlock_after_fork(void)
{
    pthread_mutex_unlock(&lock);
}

static void
prepare(void)
{
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = LW_ALTSTACK_SIZE + getauxval(AT_MINSIGSTKSZ);
    mapped_size = page_size + (size + page_size - 1) / page_size * page_size;
    have_key = pthread_key_create(&key, end_thread) == 0;
    pthread_atfork(lock_before_fork, unlock_after_fork, unlock_after_fork);
}

static char *
take(void)
{
    char *stack = NULL;
    pthread_mutex_lock(&lock);
    if (pooled > 0) {
        stack = pool[--pooled];
    }
    pthread_mutex_unlock(&lock);
    if (stack) {
        return stack;
    }
    stack = mmap(NULL, mapped_size, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) {
        return NULL;
    }
    if (mprotect(stack, page_size, PROT_NONE) != 0) {
        munmap(stack, mapped_size);
        return NULL;
    }
    atomic_fetch_add(&existing, 1);
    return stack;
}

/* Makes `stack` the alternate stack unless there is a large enough one.  1 when it is in use. */
static int
use(char *stack)
{
    stack_t before, ours = {.ss_sp = stack + page_size, .ss_size = mapped_size - page_size};
    if (sigaltstack(&ours, &before) != 0) { /* running on another one now */
        return 0;
    }
    if (!(before.ss_flags & SS_DISABLE) && before.ss_size >= ENOUGH) {
        sigaltstack(&before, NULL);
        return 0;
    }
    return 1;
}

int
lw_altstack_install(void)
{
    pthread_once(&prepared, prepare);
    if (!have_key) {
        return -1;
    }
    if (pthread_getspecific(key)) {
        return 0;
    }
    char *stack = take();
    if (!stack) {
        return -1;
    }
    if (pthread_setspecific(key, stack) != 0) {
        drop(stack);
        return -1;
    }
    if (!use(stack)) {
        pthread_setspecific(key, NULL);
        drop(stack);
    }
    return 0;
}

size_t
lw_altstack_high_water(void)
{
    pthread_once(&prepared, prepare);
    const char *stack = have_key ? pthread_getspecific(key) : NULL;
    if (!stack) {
        return 0;
    }
    const char *low = stack + page_size, *end = stack + mapped_size;
    while (low < end && *low == 0) {
        low++;
    }
    return (size_t)(end - low);
}

size_t
lw_altstack_count(void)
{
    return atomic_load(&existing);
}
