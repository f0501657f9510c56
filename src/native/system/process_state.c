#include "system/process_state.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdalign.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18 /* the kernel's number; older C libraries don't name it */
#endif

enum { ROOM = LW_PROCESS_PARTS * LW_PROCESS_PART_SIZE };

static alignas(LW_PROCESS_PART_SIZE) unsigned char own_room[ROOM]; /* if no page can be had */
static unsigned char *room = own_room;

static void
zero_in_child(void)
{
    memset(own_room, 0, sizeof(own_room));
}

/* Runs when the extension is loaded.  Later the first use may come from another library's fork
 * handler, and older C libraries wait for ever when one handler registers another. */
__attribute__((constructor)) static void
make_room(void)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        pthread_atfork(NULL, NULL, zero_in_child);
    }
    else if (madvise(page, size, MADV_WIPEONFORK) != 0) {
        munmap(page, size);
        pthread_atfork(NULL, NULL, zero_in_child);
    }
    else {
        room = page;
    }
}

void *
lw_process_state(enum lw_process_part part)
{
    return room + part * LW_PROCESS_PART_SIZE;
}

enum { FREE, HELD, WAITED_FOR };

int
lw_lock_try(struct lw_lock *lock)
{
    unsigned expected = FREE;
    return atomic_compare_exchange_strong_explicit(&lock->word, &expected, HELD,
                                                   memory_order_acquire, memory_order_relaxed);
}

void
lw_lock_take(struct lw_lock *lock)
{
    if (lw_lock_try(lock)) {
        return;
    }
    while (atomic_exchange_explicit(&lock->word, WAITED_FOR, memory_order_acquire) != FREE) {
        syscall(SYS_futex, &lock->word, FUTEX_WAIT_PRIVATE, WAITED_FOR, NULL, NULL, 0);
    }
}

void
lw_lock_release(struct lw_lock *lock)
{
    if (atomic_exchange_explicit(&lock->word, FREE, memory_order_release) == WAITED_FOR) {
        syscall(SYS_futex, &lock->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
}
