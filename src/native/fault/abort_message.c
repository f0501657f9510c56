#include "fault/abort_message.h"

enum { ABORT_TEXT_LIMIT = 512 };

static uint64_t abort_text; /* address of the pointer */

void
lw_abort_text_set(uintptr_t address)
{
    abort_text = address;
}

/* What assert() or malloc() said before they aborted: a size, then the text. */
void
lw_abort_text_dump(struct lw_sink *sink, struct lw_memory *memory)
{
    static char text[ABORT_TEXT_LIMIT];
    uint64_t message;
    uint32_t size;
    if (!abort_text || !lw_memory_read(memory, abort_text, &message, sizeof(message)) || !message ||
        !lw_memory_read(memory, message, &size, sizeof(size))) {
        return;
    }
    size = size < sizeof(text) ? size : sizeof(text);
    for (uint32_t i = 0; i < size; i++) {
        if (!lw_memory_read(memory, message + sizeof(size) + i, &text[i], 1) || !text[i]) {
            size = i;
        }
        else if (text[i] == '\n' && i + 1 < size) {
            text[i] = ' ';
        }
    }
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == ' ')) {
        size--;
    }
    if (size > 0) {
        lw_sink_text(sink, "\nAbort message: ");
        lw_sink_bytes(sink, text, size);
        lw_sink_text(sink, "\n");
    }
}
