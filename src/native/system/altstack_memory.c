#include "system/altstack_memory.h"

#include <stdatomic.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51 /* the kernel's number; older C libraries don't name it */
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

enum {
    IN_SLAB = 16,
    ALL_FREE = (1 << IN_SLAB) - 1,
    SLABS = 2048, /* threads beyond have no stack */
    GUARDED = 64, /* slabs that have guard pages even if each stack then costs two mappings */
};

struct slab {
    _Atomic(char *) memory; /* NULL: none */
    atomic_uint free;       /* a bit for each stack */
};

static struct slab slabs[SLABS];
static atomic_size_t used; /* slabs from here on have never been mapped */
static size_t page_size, size;

__attribute__((constructor)) static void
find_sizes(void)
{
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    size_t needed = LW_ALTSTACK_SIZE + getauxval(AT_MINSIGSTKSZ);
    size = page_size + (needed + page_size - 1) / page_size * page_size;
}

size_t
lw_altstack_size(void)
{
    return size;
}

size_t
lw_page_size(void)
{
    return page_size;
}

/* Each guard page made by mprotect() splits the mapping and costs two; those of madvise() cost none.
 * Without `needed` it is enough to try madvise(). */
static int
make_guards(char *memory, int needed)
{
    for (int i = 0; i < IN_SLAB; i++) {
        if (madvise(memory + i * size, page_size, MADV_GUARD_INSTALL) != 0) {
            if (!needed) {
                return 1;
            }
            if (mprotect(memory + i * size, page_size, PROT_NONE) != 0) {
                return 0;
            }
        }
    }
    return 1;
}

static char *
map_slab(void)
{
    char *memory = mmap(NULL, IN_SLAB * size, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) {
        return NULL;
    }
    munlock(memory, IN_SLAB * size); /* before pages come with the permission to write */
    if (mprotect(memory, IN_SLAB * size, PROT_READ | PROT_WRITE) != 0 ||
        !make_guards(memory, atomic_load(&used) < GUARDED)) {
        munmap(memory, IN_SLAB * size);
        return NULL;
    }
    return memory;
}

static char *
take_from(struct slab *slab)
{
    unsigned free = atomic_load_explicit(&slab->free, memory_order_relaxed);
    while (free != 0) {
        unsigned lowest = free & -free;
        if (atomic_compare_exchange_weak(&slab->free, &free, free & ~lowest)) {
            return atomic_load(&slab->memory) + (size_t)__builtin_ctz(lowest) * size;
        }
    }
    return NULL;
}

/* Makes `memory` a slab and takes its first stack. */
static char *
add_slab(char *memory)
{
    for (size_t i = 0; i < SLABS; i++) {
        char *none = NULL;
        if (atomic_load(&slabs[i].memory) == NULL &&
            atomic_compare_exchange_strong(&slabs[i].memory, &none, memory)) {
            size_t last = atomic_load(&used);
            while (last <= i && !atomic_compare_exchange_weak(&used, &last, i + 1)) {
            }
            atomic_store(&slabs[i].free, ALL_FREE & ~1u);
            return memory;
        }
    }
    munmap(memory, IN_SLAB * size);
    return NULL;
}

char *
lw_altstack_take(void)
{
    size_t count = atomic_load(&used);
    for (size_t i = 0; i < count; i++) {
        char *stack = take_from(&slabs[i]);
        if (stack) {
            return stack;
        }
    }
    char *memory = map_slab();
    return memory ? add_slab(memory) : NULL;
}

static int
is_another_free(const struct slab *slab)
{
    size_t count = atomic_load(&used);
    for (size_t i = 0; i < count; i++) {
        if (&slabs[i] != slab && atomic_load(&slabs[i].free) == ALL_FREE) {
            return 1;
        }
    }
    return 0;
}

/* Keeps one unused slab. */
static void
unmap_if_spare(struct slab *slab)
{
    unsigned all = ALL_FREE;
    if (is_another_free(slab) && atomic_compare_exchange_strong(&slab->free, &all, 0)) {
        /* Having taken all its bits, this thread owns the slab. */
        char *memory = atomic_exchange(&slab->memory, NULL);
        munmap(memory, IN_SLAB * size);
    }
}

void
lw_altstack_drop(char *stack)
{
    size_t count = atomic_load(&used);
    for (size_t i = 0; i < count; i++) {
        char *memory = atomic_load(&slabs[i].memory);
        if (memory && stack >= memory && stack < memory + IN_SLAB * size) {
            unsigned bit = 1u << ((size_t)(stack - memory) / size);
            if ((atomic_fetch_or(&slabs[i].free, bit) | bit) == ALL_FREE) {
                unmap_if_spare(&slabs[i]);
            }
            return;
        }
    }
}
