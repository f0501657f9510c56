/* symbols.h: which dynamic symbol of a mapped file covers an address. */
#ifndef LASTWORDS_SYMBOLS_H
#define LASTWORDS_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "unwind/loaded_files.h"

struct lw_symbol { /* all 0: none covers the address */
    uintptr_t start;
    uintptr_t name; /* where it is; see lw_symbol_name() */
};

struct lw_sought {
    uintptr_t address;
    struct lw_symbol *found;
};

/* Context: signal handler.
 * Fills what is found for each of the addresses in `module`, which are in ascending order.  The
 * symbols have no order, so that all are looked at: once for all addresses. */
void lw_symbols_find(const struct lw_module *module, lw_peek_fn peek,
                     const struct lw_sought *sought, int count);

/* Context: signal handler.  One thread at a time (the caller's business).
 * The name in static storage, until the next call; cut when it is longer; "" when there is none. */
const char *lw_symbol_name(const struct lw_symbol *symbol, lw_peek_fn peek);

#endif
