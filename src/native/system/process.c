#include "system/process.h"

#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WIPED, NUMBERED, BEING_NUMBERED }; /* what the page's first word says; the kernel writes 0 */

static _Atomic(atomic_int *) page;
static atomic_int fallback = NUMBERED;
static atomic_uint generation = 1;

static void
count_child(void)
{
    atomic_fetch_add(&generation, 1);
}

static atomic_int *
make_page(void)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    atomic_int *made = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int wiped = made != MAP_FAILED && madvise(made, size, MADV_WIPEONFORK) == 0;
    atomic_int *expected = NULL, *wanted = wiped ? made : &fallback;
    if (wiped) {
        atomic_store(made, NUMBERED);
    }
    int is_first = atomic_compare_exchange_strong(&page, &expected, wanted);
    if (is_first && !wiped) {
        pthread_atfork(NULL, NULL, count_child);
    }
    if (made != MAP_FAILED && !(is_first && wiped)) {
        munmap(made, size);
    }
    return is_first ? wanted : expected;
}

unsigned
lw_process_generation(void)
{
    atomic_int *mark = atomic_load_explicit(&page, memory_order_acquire);
    if (mark == NULL) {
        mark = make_page();
    }
    while (atomic_load_explicit(mark, memory_order_acquire) != NUMBERED) {
        int expected = WIPED;
        if (atomic_compare_exchange_strong(mark, &expected, BEING_NUMBERED)) {
            atomic_fetch_add(&generation, 1);
            atomic_store(mark, NUMBERED);
        }
        else {
            sched_yield();
        }
    }
    return atomic_load_explicit(&generation, memory_order_relaxed);
}

void
lw_renew(atomic_uint *state, void (*renew)(void))
{
    const unsigned busy = 1u << 31; /* with the number of the process in which it is busy */
    const unsigned now = lw_process_generation();
    unsigned was = atomic_load_explicit(state, memory_order_acquire);
    while (was != now) {
        if (was == (now | busy)) {
            sched_yield();
            was = atomic_load(state);
        }
        else if (atomic_compare_exchange_strong(state, &was, now | busy)) {
            renew();
            atomic_store(state, now);
            return;
        }
    }
}
