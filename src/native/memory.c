#include "memory.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CACHED = 1 }; /* marks a page_of[] entry: page 0 may be cached too */

static void
begin(struct lw_memory *memory, enum lw_memory_kind kind)
{
    memory->kind = kind;
    memory->pid = 0;
    memory->image = NULL;
    memory->reads_failed = 0;
    if (kind == LW_MEMORY_OWN || kind == LW_MEMORY_PROCESS) {
        memset(memory->page_of, 0, sizeof memory->page_of);
    }
}

void
lw_memory_begin_own(struct lw_memory *memory)
{
    begin(memory, lw_guard_ready() ? LW_MEMORY_GUARDED : LW_MEMORY_OWN);
    memory->pid = getpid();
}

void
lw_memory_begin_process(struct lw_memory *memory, pid_t pid)
{
    begin(memory, LW_MEMORY_PROCESS);
    memory->pid = pid;
}

void
lw_memory_begin_image(struct lw_memory *memory, uint64_t base, const uint8_t *image, size_t size)
{
    begin(memory, LW_MEMORY_IMAGE);
    memory->image_base = base;
    memory->image = image;
    memory->image_size = size;
}

static int
read_process(pid_t pid, uint64_t address, void *into, size_t size)
{
    struct iovec local = {into, size};
    struct iovec remote = {(void *)(uintptr_t)address, size};
    return process_vm_readv(pid, &local, 1, &remote, 1, 0) == (ssize_t)size;
}

/* The cached copy of the page at `page`, or NULL when it can't be read. */
static const uint8_t *
cached_page(struct lw_memory *memory, uint64_t page)
{
    size_t slot = (page / LW_PAGE_SIZE) % LW_CACHED_PAGES;
    if (memory->page_of[slot] == (page | CACHED)) {
        return memory->pages[slot];
    }
    memory->page_of[slot] = 0;
    if (!read_process(memory->pid, page, memory->pages[slot], LW_PAGE_SIZE)) {
        return NULL;
    }
    memory->page_of[slot] = page | CACHED;
    return memory->pages[slot];
}

static int
read_cached(struct lw_memory *memory, uint64_t address, uint8_t *into, size_t size)
{
    while (size > 0) {
        uint64_t within = address % LW_PAGE_SIZE;
        size_t piece = LW_PAGE_SIZE - (size_t)within;
        if (piece > size) {
            piece = size;
        }
        const uint8_t *page = cached_page(memory, address - within);
        if (page == NULL) {
            return 0;
        }
        memcpy(into, page + within, piece);
        into += piece;
        address += piece;
        size -= piece;
    }
    return 1;
}

static int
read_image(struct lw_memory *memory, uint64_t address, void *into, size_t size)
{
    uint64_t start = address - memory->image_base;
    if (address < memory->image_base || start > memory->image_size ||
        size > memory->image_size - start) {
        return 0;
    }
    memcpy(into, memory->image + start, size);
    return 1;
}

int
lw_memory_read(struct lw_memory *memory, uint64_t address, void *into, size_t size)
{
    int done = 0;
    if (memory->kind == LW_MEMORY_GUARDED) {
        done = lw_guard_copy(into, (const void *)(uintptr_t)address, size) == 0;
    }
    else if (address + size < address) {
        done = 0;
    }
    else if (memory->kind == LW_MEMORY_IMAGE) {
        done = read_image(memory, address, into, size);
    }
    else {
        int kept = errno;
        done = read_cached(memory, address, into, size);
        errno = kept;
    }
    memory->reads_failed += !done;
    return done;
}
