#include "unwind/symbols.h"

#include <string.h>

enum {
    DYNAMIC_LIMIT = 256,    /* entries of a dynamic section */
    SYMBOL_LIMIT = 1 << 18, /* symbols of one file */
    BUCKET_LIMIT = 1 << 17,
    CHAIN_LIMIT = 1 << 12,
    SIEVE_PARTS = 16, /* looked at for one symbol */
    NAME_PIECE = 16,  /* read at once; divides a page */
};

struct table {
    uintptr_t symbols;
    uintptr_t names;
    uintptr_t hash;
    uintptr_t gnu_hash;
};

/* The loader rewrites these pointers to addresses in most files, but not in read-only ones. */
static uintptr_t
relocated(const struct lw_file *file, uintptr_t value)
{
    return value < file->low ? value + file->bias : value;
}

static int
read_dynamic(const struct lw_file *file, struct lw_memory *memory, struct table *out)
{
    *out = (struct table){0, 0, 0, 0};
    for (int i = 0; file->dynamic && i < DYNAMIC_LIMIT; i++) {
        Elf64_Dyn entry;
        if (!lw_memory_read(memory, file->dynamic + (size_t)i * sizeof(entry), &entry,
                            sizeof(entry)) ||
            entry.d_tag == DT_NULL) {
            break;
        }
        uintptr_t value = relocated(file, entry.d_un.d_ptr);
        if (entry.d_tag == DT_SYMTAB) {
            out->symbols = value;
        }
        else if (entry.d_tag == DT_STRTAB) {
            out->names = value;
        }
        else if (entry.d_tag == DT_HASH) {
            out->hash = value;
        }
        else if (entry.d_tag == DT_GNU_HASH) {
            out->gnu_hash = value;
        }
    }
    return out->symbols && out->names && (out->hash || out->gnu_hash);
}

/* The GNU table doesn't say how many symbols there are: the last chain ends with the last one. */
static uint32_t
count_by_gnu_hash(struct lw_symbol_room *room, uintptr_t table, struct lw_memory *memory)
{
    uint32_t head[4]; /* buckets, first symbol, bloom words, shift */
    if (!lw_memory_read(memory, table, head, sizeof(head)) || head[0] > BUCKET_LIMIT) {
        return 0;
    }
    uintptr_t buckets = table + sizeof(head) + (uintptr_t)head[2] * sizeof(uint64_t);
    uint32_t last = 0;
    for (uint32_t i = 0; i < head[0]; i += LW_BUCKET_BATCH) {
        uint32_t *firsts = room->buckets;
        uint32_t size = head[0] - i < LW_BUCKET_BATCH ? head[0] - i : LW_BUCKET_BATCH;
        if (!lw_memory_read(memory, buckets + (uintptr_t)i * 4, firsts, size * sizeof(firsts[0]))) {
            return 0;
        }
        for (uint32_t j = 0; j < size; j++) {
            last = firsts[j] > last ? firsts[j] : last;
        }
    }
    if (last < head[1]) {
        return head[1];
    }
    uintptr_t chains = buckets + (uintptr_t)head[0] * 4;
    for (int i = 0; i < CHAIN_LIMIT; i++, last++) {
        uint32_t hash;
        if (!lw_memory_read(memory, chains + (uintptr_t)(last - head[1]) * 4, &hash,
                            sizeof(hash))) {
            return 0;
        }
        if (hash & 1) {
            return last + 1;
        }
    }
    return 0;
}

static uint32_t
count_symbols(struct lw_symbol_room *room, const struct table *table, struct lw_memory *memory)
{
    uint32_t count = 0;
    if (table->hash) {
        uint32_t head[2];
        count = lw_memory_read(memory, table->hash, head, sizeof(head)) ? head[1] : 0;
    }
    else {
        count = count_by_gnu_hash(room, table->gnu_hash, memory);
    }
    return count < SYMBOL_LIMIT ? count : SYMBOL_LIMIT;
}

static int
is_function(const Elf64_Sym *symbol)
{
    unsigned type = ELF64_ST_TYPE(symbol->st_info);
    return symbol->st_shndx != SHN_UNDEF && symbol->st_shndx != SHN_ABS &&
           (type == STT_FUNC || type == STT_NOTYPE || type == STT_GNU_IFUNC);
}

/* A sieve of bits, one for each part of the range from the first address to the last, rejects most
 * symbols: they cover none of the addresses. */
static void
fill_sieve(struct lw_sieve *sieve, const struct lw_sought *sought, int count)
{
    *sieve = (struct lw_sieve){.first = sought[0].address, .last = sought[count - 1].address};
    while ((sieve->last - sieve->first) >> sieve->shift >= LW_SIEVE_WORDS * 64) {
        sieve->shift++;
    }
    for (int i = 0; i < count; i++) {
        uintptr_t part = (sought[i].address - sieve->first) >> sieve->shift;
        sieve->bits[part / 64] |= (uint64_t)1 << part % 64;
    }
}

/* 0 when no address is in [start, start + size]. */
static int
may_cover(const struct lw_sieve *sieve, uintptr_t start, uintptr_t size)
{
    uintptr_t end = start + size;
    if (start > sieve->last || end < sieve->first) {
        return 0;
    }
    uintptr_t part = start > sieve->first ? (start - sieve->first) >> sieve->shift : 0;
    uintptr_t last = ((end < sieve->last ? end : sieve->last) - sieve->first) >> sieve->shift;
    if (last - part > SIEVE_PARTS) {
        return 1;
    }
    for (; part <= last; part++) {
        if (sieve->bits[part / 64] >> part % 64 & 1) {
            return 1;
        }
    }
    return 0;
}

/* Of several that cover an address the one that starts last is meant. */
static void
offer(const Elf64_Sym *symbol, uintptr_t start, uintptr_t names, const struct lw_sought *sought,
      int count)
{
    uintptr_t end = start + (symbol->st_size ? symbol->st_size : 1);
    for (int i = 0; i < count && sought[i].address < end; i++) {
        struct lw_symbol *found = sought[i].found;
        if (sought[i].address >= start && (!found->name || found->start < start)) {
            *found = (struct lw_symbol){.start = start, .name = names + symbol->st_name};
        }
    }
}

void
lw_symbols_find(struct lw_symbol_room *room, const struct lw_file *file, struct lw_memory *memory,
                const struct lw_sought *sought, int count)
{
    Elf64_Sym *batch = room->batch;
    struct table table;
    if (!read_dynamic(file, memory, &table)) {
        return;
    }
    uint32_t symbols = count_symbols(room, &table, memory);
    fill_sieve(&room->sieve, sought, count);
    for (uint32_t at = 0; at < symbols; at += LW_SYMBOL_BATCH) {
        uint32_t size = symbols - at < LW_SYMBOL_BATCH ? symbols - at : LW_SYMBOL_BATCH;
        if (!lw_memory_read(memory, table.symbols + (uintptr_t)at * sizeof(batch[0]), batch,
                            size * sizeof(batch[0]))) {
            return;
        }
        for (uint32_t i = 0; i < size; i++) {
            uintptr_t start = batch[i].st_value + file->bias;
            if (may_cover(&room->sieve, start, batch[i].st_size) && is_function(&batch[i])) {
                offer(&batch[i], start, table.names, sought, count);
            }
        }
    }
}

const char *
lw_symbol_name(struct lw_symbol_room *room, const struct lw_symbol *symbol,
               struct lw_memory *memory)
{
    char *name = room->name;
    size_t have = 0;
    while (symbol->name && have < LW_SYMBOL_NAME - 1) {
        size_t piece = NAME_PIECE - (symbol->name + have) % NAME_PIECE;
        if (piece > LW_SYMBOL_NAME - 1 - have) {
            piece = LW_SYMBOL_NAME - 1 - have;
        }
        if (!lw_memory_read(memory, symbol->name + have, name + have, piece)) {
            break;
        }
        if (memchr(name + have, 0, piece)) {
            return name;
        }
        have += piece;
    }
    name[have] = 0;
    return name;
}
