#include "unwind.h"

void
lw_unwind_dump(struct lw_sink *sink, const void *context)
{
    (void)context;
    lw_sink_text(sink, "Current thread's C stack trace (most recent call first):\n"
                       "  <cannot get C stack on this system>\n");
}
