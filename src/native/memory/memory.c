#include "memory/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "system/clock.h"
#include "system/sandbox.h"

enum {
    CACHED = 1, /* marks an entry: page 0 may be one too */
    PAGES_OF_BLOCK = LW_BLOCK_SIZE / LW_PAGE_SIZE,
    ALL_PAGES = (1 << PAGES_OF_BLOCK) - 1,
    CHECKED = ALL_PAGES + 1,
};

static void
begin(struct lw_memory *memory, enum lw_memory_kind kind)
{
    memory->kind = kind;
    memory->pid = 0;
    memory->image = NULL;
    memory->reads_failed = 0;
    /* A part of this struct, which is surely mapped. */
    memory->last_start = (uintptr_t)memory->pages;
    memory->last_size = sizeof memory->pages;
    lw_memory_refresh(memory);
}

void
lw_memory_begin_own(struct lw_memory *memory)
{
    begin(memory, lw_guard_ready() ? LW_MEMORY_GUARDED : LW_MEMORY_OWN);
}

void
lw_memory_refresh(struct lw_memory *memory)
{
    if (memory->kind == LW_MEMORY_OWN || memory->kind == LW_MEMORY_PROCESS) {
        memset(memory->page_of, 0, sizeof memory->page_of);
    }
}

void
lw_memory_begin_held(struct lw_memory *memory)
{
    lw_memory_begin_own(memory);
    if (memory->kind == LW_MEMORY_OWN) {
        memory->kind = LW_MEMORY_HELD;
        int64_t now = lw_now();
        if (now - memory->known_since > LW_KNOWN_AGE) {
            memset(memory->known_blocks, 0, sizeof memory->known_blocks);
            memory->known_since = now;
        }
    }
}

void
lw_memory_look_again(struct lw_memory *memory, uint64_t address, size_t size)
{
    uint64_t page = address - address % LW_PAGE_SIZE;
    if (memory->kind != LW_MEMORY_OWN && memory->kind != LW_MEMORY_PROCESS) {
        return; /* nothing is kept */
    }
    for (; page < address + size; page += LW_PAGE_SIZE) {
        memory->page_of[page / LW_PAGE_SIZE % LW_CACHED_PAGES] = 0;
    }
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

/* If process_vm_readv() is forbidden or missing, as in some sandboxes. */
static int
read_proc_mem(uint64_t address, void *into, size_t size)
{
    int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t got = pread(fd, into, size, (off_t)address);
    close(fd);
    return got == (ssize_t)size;
}

static int
copy_own(pid_t pid, int is_filtered, uint64_t address, void *into, size_t size)
{
    if (is_filtered && read_proc_mem(address, into, size)) {
        return 1;
    }
    return read_process(pid, address, into, size) ||
           ((errno == EPERM || errno == ENOSYS) && read_proc_mem(address, into, size));
}

static int
read_own(struct lw_memory *memory, uint64_t address, void *into, size_t size)
{
    if (memory->pid == 0) {
        memory->pid = getpid();
        /* Some filters kill for process_vm_readv(); none for reading. */
        memory->is_filtered = (uint8_t)lw_is_filtered();
    }
    return copy_own(memory->pid, memory->is_filtered, address, into, size);
}

int
lw_memory_can_copy_own(void)
{
    static const uint64_t sample = 1;
    uint64_t copy = 0;
    int kept = errno;
    int done =
        copy_own(getpid(), lw_is_filtered(), (uint64_t)(uintptr_t)&sample, &copy, sizeof copy);
    errno = kept;
    return done && copy == sample;
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
    int done = memory->kind == LW_MEMORY_PROCESS
                   ? read_process(memory->pid, page, memory->pages[slot], LW_PAGE_SIZE)
                   : read_own(memory, page, memory->pages[slot], LW_PAGE_SIZE);
    if (!done) {
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

int
lw_can_read(uintptr_t address)
{
    enum { NO_SUCH_WAY = -1, SET_BYTES = 8 };
    int kept = errno;
    uintptr_t word = address & ~(uintptr_t)(SET_BYTES - 1);
    int done =
        syscall(SYS_rt_sigprocmask, NO_SUCH_WAY, word, NULL, SET_BYTES) == -1 && errno != EFAULT;
    errno = kept;
    return done;
}

/* The place of a block, or of the one that gives way to it.  Each has two places: blocks that share one
 * would be checked anew in each walk. */
static uint64_t *
slot_of(struct lw_memory *memory, uint64_t block)
{
    enum { SHIFT = 64 - 12 };
    _Static_assert(LW_KNOWN_BLOCKS == 1 << (64 - SHIFT), "a place for each value");
    uint64_t place = block * 0x9E3779B97F4A7C15u >> SHIFT; /* regular distances, scattered */
    uint64_t *first = &memory->known_blocks[place], *second = &memory->known_blocks[place ^ 1];
    return *first / LW_BLOCK_SIZE == block / LW_BLOCK_SIZE || *first == 0 ? first : second;
}

/* The block's address, and which of its pages can be read. */
static uint64_t
check(uint64_t block)
{
    uint64_t entry = block | CHECKED;
    for (int i = 0; i < PAGES_OF_BLOCK; i++) {
        entry |= (uint64_t)lw_can_read(block + (uint64_t)i * LW_PAGE_SIZE) << i;
    }
    return entry;
}

static int
is_known(struct lw_memory *memory, uint64_t address)
{
    const uint64_t block = address - address % LW_BLOCK_SIZE;
    const uint64_t page = address - address % LW_PAGE_SIZE;
    const uint64_t wanted = block | CHECKED | (uint64_t)1 << (page - block) / LW_PAGE_SIZE;
    uint64_t *slot = slot_of(memory, block);
    if ((*slot & (wanted | ~ALL_PAGES)) != wanted) { /* a page may have been mapped since */
        *slot = check(block);
        if ((*slot & wanted) != wanted) {
            return 0;
        }
    }
    int is_whole = (*slot & ALL_PAGES) == ALL_PAGES;
    memory->last_start = is_whole ? block : page;
    memory->last_size = is_whole ? LW_BLOCK_SIZE : LW_PAGE_SIZE;
    return 1;
}

static int
read_held(struct lw_memory *memory, uint64_t address, void *into, size_t size)
{
    uint64_t last = address + (size > 0 ? size - 1 : 0);
    for (uint64_t at = address; at <= last; at = at - at % LW_PAGE_SIZE + LW_PAGE_SIZE) {
        if (!is_known(memory, at)) {
            return 0;
        }
    }
    memcpy(into, (const void *)(uintptr_t)address, size);
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
lw_memory_read_anywhere(struct lw_memory *memory, uint64_t address, void *into, size_t size)
{
    int done = 0;
    if (memory->kind == LW_MEMORY_GUARDED) {
        done = lw_guard_copy(into, (const void *)(uintptr_t)address, size) == 0;
    }
    else if (address + size < address) {
        done = 0;
    }
    else if (memory->kind == LW_MEMORY_HELD) {
        done = read_held(memory, address, into, size);
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
