#include "system/altstack.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "system/process.h"

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51 /* the kernel's number; older C libraries don't name it */
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* Linux 6.13: a guard page that is no mapping of its own */
#endif

enum { ENOUGH = 32 * 1024 }; /* another library's alternate stack is kept if it has this much */

static char others[1]; /* stands for the stack of a thread that has another library's */

static atomic_uint made;
static pthread_mutex_t lock; /* around the pool; a child makes it anew */
static pthread_key_t key;
static int have_key, prepared;
static size_t page_size;
static size_t mapped_size; /* the guard page and the stack */
static char *pool[LW_ALTSTACK_POOL];
static int pooled;
static atomic_size_t existing;

static void
unmap(char *stack)
{
    munmap(stack, mapped_size);
    atomic_fetch_sub(&existing, 1);
}

static void
drop(char *stack)
{
    pthread_mutex_lock(&lock);
    int kept = pooled < LW_ALTSTACK_POOL;
    if (kept) {
        pool[pooled] = stack;
        pooled++;
    }
    pthread_mutex_unlock(&lock);
    if (!kept) {
        unmap(stack);
    }
}

/* Takes our stack from the calling thread.  One that is no longer the thread's own is left alone:
 * runtimes that take an alternate stack away from a thread also unmap it, and its memory may be
 * another's by now. */
static void
give_up(char *stack)
{
    stack_t now, none = {.ss_flags = SS_DISABLE};
    if (sigaltstack(NULL, &now) != 0 || (now.ss_flags & SS_DISABLE) ||
        now.ss_sp != stack + page_size || sigaltstack(&none, NULL) != 0) {
        atomic_fetch_sub(&existing, 1);
        return;
    }
    drop(stack);
}

/* Runs at the end of each thread that has one of our stacks. */
static void
end_thread(void *stack)
{
    if (stack != others) {
        give_up(stack);
    }
}

static void
renew(void)
{
    pthread_mutex_init(&lock, NULL);
    if (prepared) {
        return; /* a child: the pool is as it was, complete after each step */
    }
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = LW_ALTSTACK_SIZE + getauxval(AT_MINSIGSTKSZ);
    mapped_size = page_size + (size + page_size - 1) / page_size * page_size;
    have_key = pthread_key_create(&key, end_thread) == 0;
    prepared = 1;
}

static int
make_guard(char *stack)
{
    return madvise(stack, page_size, MADV_GUARD_INSTALL) == 0 ||
           mprotect(stack, page_size, PROT_NONE) == 0;
}

static char *
take(void)
{
    char *stack = NULL;
    pthread_mutex_lock(&lock);
    if (pooled > 0) {
        stack = pool[pooled - 1];
        pooled--;
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
    atomic_fetch_add(&existing, 1);
    if (!make_guard(stack)) {
        unmap(stack);
        return NULL;
    }
    return stack;
}

/* Whether the thread has an alternate stack of another library's that is large enough. */
static int
has_another(void)
{
    stack_t now;
    return sigaltstack(NULL, &now) == 0 && !(now.ss_flags & SS_DISABLE) && now.ss_size >= ENOUGH;
}

static int
use(char *stack)
{
    stack_t ours = {.ss_sp = stack + page_size, .ss_size = mapped_size - page_size};
    return sigaltstack(&ours, NULL) == 0; /* not while the thread is running on another one */
}

int
lw_altstack_install(void)
{
    lw_renew(&made, renew);
    if (!have_key) {
        return -1;
    }
    if (pthread_getspecific(key)) {
        return 0;
    }
    if (has_another()) {
        return pthread_setspecific(key, others) == 0 ? 0 : -1;
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
        return -1;
    }
    return 0;
}

static char *
own_stack(void)
{
    lw_renew(&made, renew);
    char *stack = have_key ? pthread_getspecific(key) : NULL;
    return stack == others ? NULL : stack;
}

void
lw_altstack_remove(void)
{
    char *stack = own_stack();
    if (stack) {
        pthread_setspecific(key, NULL);
        give_up(stack);
    }
}

int
lw_altstack_is_settled(void)
{
    return atomic_load_explicit(&made, memory_order_relaxed) != 0 && have_key &&
           pthread_getspecific(key) != NULL;
}

size_t
lw_altstack_high_water(void)
{
    const char *stack = own_stack();
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
