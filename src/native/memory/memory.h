/* memory.h: the sources of the walker's bytes.
 *
 * Owns the sources behind one read function:
 *   - the own process, guarded: a copy routine (guard.h) whose faults are recovered by the permanent
 *     SIGSEGV/SIGBUS handler, when that handler is installed and the signals are not blocked here;
 *   - the own process through process_vm_readv(2), page by page, if no such handler is in place;
 *     through /proc/self/mem under a filter of system calls, or if the kernel refuses the other;
 *   - the own process by plain loads, for a caller that holds the interpreter's lock;
 *   - another process through process_vm_readv(2), pages cached;
 *   - one range of bytes that the caller gives.
 * A read never kills, never blocks on a lock and never allocates: it copies all bytes or fails. */
#ifndef LASTWORDS_MEMORY_H
#define LASTWORDS_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "memory/guard.h"

enum {
    LW_PAGE_SIZE = 4096,   /* unit of the page cache, not of the machine */
    LW_CACHED_PAGES = 128, /* direct-mapped: half a MiB holds 100 threads' frames at 90 each */
    LW_BLOCK_SIZE = 16 *
        1024,               /* LW_MEMORY_HELD: checked at once; as large as a data stack's chunk */
    LW_KNOWN_BLOCKS = 4096, /* in pairs */
    LW_KNOWN_AGE = 20 * 1000 * 1000, /* nanoseconds for which a check of a block is believed */
};

enum lw_memory_kind {
    LW_MEMORY_GUARDED, /* own process, plain loads under guard.h */
    LW_MEMORY_OWN,     /* own process, process_vm_readv */
    LW_MEMORY_HELD,    /* own process, plain loads from blocks seen to be mapped: only while the
                           interpreter's lock is held, when nothing that is read can go away */
    LW_MEMORY_PROCESS, /* another process, process_vm_readv */
    LW_MEMORY_IMAGE,   /* one range of bytes given by the caller (tests, fuzzing) */
};

struct lw_memory {
    enum lw_memory_kind kind;
    pid_t pid;           /* 0: not read yet */
    uint8_t is_filtered; /* LW_MEMORY_OWN: there is a filter of system calls; read with the pid */
    uint64_t image_base; /* LW_MEMORY_IMAGE: address of the first byte of `image` */
    const uint8_t *image;
    size_t image_size;
    uint64_t reads_failed;                  /* how many reads failed since lw_memory_begin_*() */
    uint64_t known_blocks[LW_KNOWN_BLOCKS]; /* LW_MEMORY_HELD: see memory.c */
    int64_t known_since;
    uint64_t last_start, last_size;    /* LW_MEMORY_HELD: a block or a page that is mapped */
    uint64_t page_of[LW_CACHED_PAGES]; /* address of the cached page | 1, or 0 */
    uint8_t pages[LW_CACHED_PAGES][LW_PAGE_SIZE];
};

/* Context: signal handler | any thread.
 * Prepares for reading the own process: forgets cached pages, and chooses guarded loads when the
 * handler given to lw_guard_use() is what SIGSEGV and SIGBUS call now and neither is blocked. */
void lw_memory_begin_own(struct lw_memory *memory);

/* Context: signal handler | any thread.
 * Forgets cached pages, so that what has changed is seen. */
void lw_memory_refresh(struct lw_memory *memory);

/* Context: signal handler | any thread.
 * Forgets the pages that hold `size` bytes at `address`. */
void lw_memory_look_again(struct lw_memory *memory, uint64_t address, size_t size);

/* Context: signal handler | any thread.
 * Whether the own process can be read without guarded loads: some sandboxes forbid that. */
int lw_memory_can_copy_own(void);

/* Context: signal handler | any thread.
 * Whether the byte at `address` can be read now: the kernel copies the set of a call that it
 * refuses for its first argument, and says so if it can't. */
int lw_can_read(uintptr_t address);

/* Context: GIL held.
 * As lw_memory_begin_own(), but if guarded loads are not possible, plain loads are used, which a
 * concurrent change of what is read could crash: read only what the held lock protects.  A corrupt
 * pointer still fails, unless it points to what was unmapped in the last LW_KNOWN_AGE. */
void lw_memory_begin_held(struct lw_memory *memory);

/* Context: signal handler | any thread.
 * Prepares for reading process `pid`. */
void lw_memory_begin_process(struct lw_memory *memory, pid_t pid);

/* Context: signal handler | any thread.
 * Prepares for reading `size` bytes at `image` as if they lay at address `base`. */
void lw_memory_begin_image(struct lw_memory *memory, uint64_t base, const uint8_t *image,
                           size_t size);

/* Context: signal handler | any thread.
 * Copies `size` bytes at `address` (of the target process) to `into`.  Returns 1, or 0 when not all
 * of them can be read; `into` is then undefined.  errno is left as it was. */
int lw_memory_read_anywhere(struct lw_memory *memory, uint64_t address, void *into, size_t size);

/* Context: signal handler | any thread.
 * Whether a read of LW_MEMORY_HELD is in the last block, as most are. */
static inline int
lw_memory_is_near(const struct lw_memory *memory, uint64_t address, size_t size)
{
    return memory->kind == LW_MEMORY_HELD && size <= memory->last_size &&
           address - memory->last_start <= memory->last_size - size;
}

/* Context: signal handler | any thread.
 * As lw_memory_read_anywhere(), with a short cut. */
static inline int
lw_memory_read(struct lw_memory *memory, uint64_t address, void *into, size_t size)
{
    if (lw_memory_is_near(memory, address, size)) {
        memcpy(into, (const void *)(uintptr_t)address, size);
        return 1;
    }
    return lw_memory_read_anywhere(memory, address, into, size);
}

/* Context: signal handler | any thread.
 * As lw_memory_read(), without a copy if possible: returns the address of the bytes, which may be
 * `room`, or NULL.  The bytes may change while they are looked at. */
static inline const uint8_t *
lw_memory_view(struct lw_memory *memory, uint64_t address, void *room, size_t size)
{
    if (lw_memory_is_near(memory, address, size)) {
        return (const uint8_t *)(uintptr_t)address;
    }
    return lw_memory_read_anywhere(memory, address, room, size) ? room : NULL;
}

#endif
