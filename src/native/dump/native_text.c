#include "dump/native_text.h"

static void
write_line(struct lw_sink *sink, const struct lw_native_frame *frame)
{
    lw_sink_text(sink, "  Binary file \"");
    lw_sink_text(sink, frame->file ? frame->file->path : "<unknown>");
    lw_sink_text(sink, "\"");
    if (frame->symbol[0]) {
        lw_sink_text(sink, ", at ");
        lw_sink_text(sink, frame->symbol);
        lw_sink_text(sink, "+0x");
        lw_sink_hex(sink, frame->pc - frame->symbol_start, 1);
    }
    else if (frame->file && frame->file->bias) {
        lw_sink_text(sink, ", at +0x");
        lw_sink_hex(sink, frame->pc - frame->file->bias, 1);
    }
    lw_sink_text(sink, " [0x");
    lw_sink_hex(sink, frame->pc, 1);
    lw_sink_text(sink, "]\n");
}

void
lw_dump_native(struct lw_sink *sink, struct lw_native_walk *walk, struct lw_memory *memory,
               const void *context)
{
    struct lw_native_frame frame;

    lw_sink_text(sink, "Current thread's C stack trace (most recent call first):\n");
    if (!lw_native_begin(walk, memory, context)) {
        lw_sink_text(sink, "  <cannot get C stack on this system>\n");
        return;
    }
    for (int shown = 0; shown < LW_C_FRAMES; shown++) {
        if (!lw_native_next(walk, &frame)) {
            return;
        }
        write_line(sink, &frame);
    }
    if (!walk->ended) {
        lw_sink_text(sink, "  <truncated rest of calls>\n");
    }
}
