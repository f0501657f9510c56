/* altstack_memory.h: the memory of alternate signal stacks.
 *
 * Owns slabs of stacks: a slab is one mapping, whatever the number of threads that have a stack in
 * it, and no page of it is in memory before it is used, even if the process locks all that it maps.
 * A bit for each stack says that it is free; there is no lock, so a child of a fork finds a
 * consistent state. */
#ifndef LASTWORDS_ALTSTACK_MEMORY_H
#define LASTWORDS_ALTSTACK_MEMORY_H

#include <stddef.h>

enum { LW_ALTSTACK_SIZE = 64 * 1024 }; /* and the room that the kernel needs for registers */

/* Context: any thread.  Bytes of one stack; the first lw_page_size() of them are the guard. */
size_t lw_altstack_size(void);
size_t lw_page_size(void);

/* Context: any thread.
 * The low end of a stack that may have been used before; NULL: no memory. */
char *lw_altstack_take(void);

/* Context: any thread.  Makes the stack free for other threads. */
void lw_altstack_drop(char *stack);

#endif
