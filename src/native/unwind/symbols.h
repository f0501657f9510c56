/* symbols.h: which dynamic symbol of a mapped file covers an address. */
#ifndef LASTWORDS_SYMBOLS_H
#define LASTWORDS_SYMBOLS_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#include "unwind/loaded_files.h"

struct lw_symbol { /* all 0: none covers the address */
    uintptr_t start;
    uintptr_t name; /* address; see lw_symbol_name() */
};

struct lw_sought {
    uintptr_t address;
    struct lw_symbol *found;
};

enum {
    LW_SYMBOL_BATCH = 128, /* symbols read at once */
    LW_BUCKET_BATCH = 256, /* of a hash table, read at once */
    LW_SIEVE_WORDS = 64,
    LW_SYMBOL_NAME = 256, /* bytes of a name, with its NUL */
};

/* The buffers of a search: too large for a signal's stack. */
struct lw_symbol_room {
    Elf64_Sym batch[LW_SYMBOL_BATCH];
    uint32_t buckets[LW_BUCKET_BATCH];
    struct lw_sieve { /* see symbols.c */
        uintptr_t first, last;
        unsigned shift;
        uint64_t bits[LW_SIEVE_WORDS];
    } sieve;
    char name[LW_SYMBOL_NAME];
};

/* Context: signal handler.
 * Finds the symbol of each of the addresses in `file`, which are in ascending order.  Symbols have no
 * order, so all are read, once for all addresses. */
void lw_symbols_find(struct lw_symbol_room *room, const struct lw_file *file,
                     struct lw_memory *memory, const struct lw_sought *sought, int count);

/* Context: signal handler.
 * The name, in the room until the next call; cut when it is longer; "" when there is none. */
const char *lw_symbol_name(struct lw_symbol_room *room, const struct lw_symbol *symbol,
                           struct lw_memory *memory);

#endif
