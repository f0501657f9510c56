#include "unwind/native_stack.h"

void
lw_unwind_dump(struct lw_sink *sink, const void *context)
{
    (void)context;
    lw_sink_text(sink, "Current thread's C stack trace (most recent call first):\n"
                       "  <cannot get C stack on this system>\n");
}

void
lw_modules_learn(void)
{
}

int
lw_native_begin(const void *context)
{
    (void)context;
    return 0;
}

int
lw_native_next(struct lw_native_frame *frame)
{
    (void)frame;
    return 0;
}

int
lw_native_register(const void *context, int index, const char **name, uint64_t *value)
{
    (void)context, (void)index, (void)name, (void)value;
    return 0;
}
