#include "unwind/native_stack.h"

#include <stddef.h>

void
lw_files_learn(void)
{
}

struct lw_native_walk *
lw_native_walk_create(void)
{
    return NULL;
}

int
lw_native_begin(struct lw_native_walk *walk, struct lw_memory *memory, const void *context)
{
    (void)walk, (void)memory, (void)context;
    return 0;
}

int
lw_native_next(struct lw_native_walk *walk, struct lw_native_frame *frame)
{
    (void)walk, (void)frame;
    return 0;
}

int
lw_native_register(const void *context, int index, const char **name, uint64_t *value)
{
    (void)context, (void)index, (void)name, (void)value;
    return 0;
}
