#include "fault/abort_message.h"

#include <dlfcn.h>
#include <string.h>

enum {
    ABORT_TEXT_LIMIT = 512, /* bytes of it in the text */
    READ_LIMIT = 4096,
};

static uint64_t abort_text; /* address of the pointer; 0: nowhere */

/* glibc keeps what assert() and malloc() say; only a versioned lookup finds it. */
void
lw_abort_text_find(void)
{
#ifdef __GLIBC__
    abort_text = (uint64_t)(uintptr_t)dlvsym(RTLD_DEFAULT, "__abort_msg", "GLIBC_PRIVATE");
#endif
}

/* The message is the size of its mapping, which counts itself too, and the text with its NUL. */
const char *
lw_abort_text_read(struct lw_memory *memory, size_t *length)
{
    static char text[READ_LIMIT];
    uint64_t message;
    uint32_t size;
    *length = 0;
    if (!abort_text || !lw_memory_read(memory, abort_text, &message, sizeof(message)) || !message ||
        !lw_memory_read(memory, message, &size, sizeof(size)) || size <= sizeof(size)) {
        return text;
    }
    size -= (uint32_t)sizeof(size);
    size = size < sizeof(text) ? size : sizeof(text);
    if (lw_memory_read(memory, message + sizeof(size), text, size)) {
        *length = strnlen(text, size);
    }
    return text;
}

void
lw_abort_text_dump(struct lw_sink *sink, struct lw_memory *memory)
{
    size_t size;
    const char *text = lw_abort_text_read(memory, &size);
    size = size < ABORT_TEXT_LIMIT ? size : ABORT_TEXT_LIMIT;
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == ' ')) {
        size--;
    }
    if (size == 0) {
        return;
    }
    lw_sink_text(sink, "\nAbort message: ");
    for (size_t i = 0; i < size; i++) {
        lw_sink_char(sink, (char)(text[i] == '\n' ? ' ' : text[i]));
    }
    lw_sink_char(sink, '\n');
}
