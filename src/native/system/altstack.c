#include "system/altstack.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "system/altstack_memory.h"

enum { ENOUGH = 32 * 1024 }; /* another library's stack is kept if it has this much */

/* A thread's value of the key: the address of its stack or 0, and, in the bits that such an address
 * leaves free, the round in which the thread was visited last. */
enum { ROUND = 0x7FF, SIGNED = 0x800, MARKS = ROUND | SIGNED };
static const unsigned UNKNOWN_KEY = UINT_MAX, NO_KEY = UINT_MAX - 1; /* no key has these numbers */

static atomic_uint known_key = UINT_MAX;
static atomic_uint this_round = 1;
static atomic_size_t in_use;

/* -- the signature: shows whether a stack that is no longer in force is still there.  It costs a
 * page, so only stacks have one that replace another library's: that library disables what it finds
 * when the thread ends. -- */

static uintptr_t
signature_of(const char *stack)
{
    return (uintptr_t)stack ^ (uintptr_t)&known_key ^ (uintptr_t)0x6C61737420776F72;
}

static uintptr_t *
signature_place(char *stack)
{
    return (uintptr_t *)(stack + lw_altstack_size()) - 1;
}

static int
has_signature(char *stack)
{
    uintptr_t found = 0;
    struct iovec here = {&found, sizeof(found)}, there = {signature_place(stack), sizeof(found)};
    return syscall(SYS_process_vm_readv, getpid(), &here, 1UL, &there, 1UL, 0UL) ==
               (long)sizeof(found) &&
           found == signature_of(stack);
}

/* -- the thread -- */

/* What is registered with the kernel includes the guard page: runtimes unmap exactly that. */
static int
is_in_force(const char *stack)
{
    stack_t now;
    return sigaltstack(NULL, &now) == 0 && !(now.ss_flags & SS_DISABLE) && now.ss_sp == stack;
}

static int
put_in_force(char *stack)
{
    stack_t ours = {.ss_sp = stack, .ss_size = lw_altstack_size()};
    return sigaltstack(&ours, NULL) == 0; /* not while the thread runs on another one */
}

/* Takes a stack off this thread.  One that another runtime has replaced may be unmapped, and its place
 * taken by other memory: it is left alone unless it has our signature. */
static void
give_up(uintptr_t value)
{
    const stack_t none = {.ss_flags = SS_DISABLE, .ss_size = lw_altstack_size()};
    char *stack = (char *)(value & ~(uintptr_t)MARKS);
    if (!stack) {
        return;
    }
    atomic_fetch_sub(&in_use, 1);
    if (is_in_force(stack)) {
        if (sigaltstack(&none, NULL) == 0) { /* else this thread is running on it */
            lw_altstack_drop(stack);
        }
    }
    else if ((value & SIGNED) && has_signature(stack)) {
        lw_altstack_drop(stack);
    }
}

/* Runs at the end of each visited thread. */
static void
end_thread(void *value)
{
    give_up((uintptr_t)value);
}

/* The key, or NO_KEY when none is left. */
static unsigned
find_key(void)
{
    unsigned known = atomic_load_explicit(&known_key, memory_order_acquire);
    if (known != UNKNOWN_KEY) {
        return known;
    }
    pthread_key_t key;
    _Static_assert(sizeof(key) == sizeof(known), "keys are unsigned numbers");
    unsigned found = pthread_key_create(&key, end_thread) == 0 ? key : NO_KEY;
    if (atomic_compare_exchange_strong(&known_key, &known, found)) {
        return found;
    }
    if (found != NO_KEY) {
        pthread_key_delete(key); /* another thread was faster */
    }
    return known;
}

static uintptr_t
value_of(unsigned key)
{
    return key == NO_KEY ? 0 : (uintptr_t)pthread_getspecific(key);
}

static int
set_value(unsigned key, uintptr_t value)
{
    return key == NO_KEY || pthread_setspecific(key, (void *)value) == 0;
}

/* Gives this thread a stack in place of `before`, which is too small or none. */
static int
equip(unsigned key, uintptr_t value, const stack_t *before)
{
    uintptr_t round = value & ROUND;
    int is_replacement = !(before->ss_flags & SS_DISABLE);
    char *stack = lw_altstack_take();
    if (!stack) {
        return -1;
    }
    if (!set_value(key, (uintptr_t)stack | round | (is_replacement ? SIGNED : 0))) {
        lw_altstack_drop(stack);
        return -1;
    }
    if (!put_in_force(stack)) {
        set_value(key, value);
        lw_altstack_drop(stack);
        return -1;
    }
    if (!(value & ~(uintptr_t)MARKS)) { /* else a runtime took its old stack, which is counted */
        atomic_fetch_add(&in_use, 1);
    }
    if (is_replacement) {
        *signature_place(stack) = signature_of(stack);
    }
    return 0;
}

int
lw_altstack_install(void)
{
    unsigned key = find_key();
    if (key == NO_KEY && syscall(SYS_gettid) != getpid()) {
        return -1; /* nothing would free it at the thread's end */
    }
    uintptr_t value = (value_of(key) & ~(uintptr_t)ROUND) | atomic_load(&this_round);
    set_value(key, value);
    stack_t before;
    if (sigaltstack(NULL, &before) != 0) {
        return -1;
    }
    if (!(before.ss_flags & SS_DISABLE) && before.ss_size >= ENOUGH) {
        return 0; /* ours, or another that is large enough */
    }
    return equip(key, value, &before);
}

void
lw_altstack_renew(void)
{
    unsigned none = NO_KEY;
    atomic_compare_exchange_strong(&known_key, &none, UNKNOWN_KEY);
    find_key();
    atomic_store(&this_round, atomic_load(&this_round) % ROUND + 1);
}

int
lw_altstack_is_due(void)
{
    unsigned key = atomic_load_explicit(&known_key, memory_order_acquire);
    return key < NO_KEY && ((uintptr_t)pthread_getspecific(key) & ROUND) !=
                               atomic_load_explicit(&this_round, memory_order_relaxed);
}

void
lw_altstack_set_due(void)
{
    unsigned key = find_key();
    set_value(key, value_of(key) & ~(uintptr_t)ROUND);
}

void
lw_altstack_remove(void)
{
    unsigned key = find_key();
    uintptr_t value = value_of(key);
    set_value(key, value & ROUND);
    give_up(value);
}

size_t
lw_altstack_high_water(void)
{
    const char *stack = (const char *)(value_of(find_key()) & ~(uintptr_t)MARKS);
    if (!stack || !is_in_force(stack)) {
        return 0;
    }
    const char *low = stack + lw_page_size(), *end = stack + lw_altstack_size();
    while (low < end && *low == 0) {
        low++;
    }
    return (size_t)(end - low);
}

size_t
lw_altstack_count(void)
{
    return atomic_load(&in_use);
}
