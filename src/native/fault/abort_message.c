#include "fault/abort_message.h"

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

enum {
    TEXT_LIMIT = 512, /* bytes of it in the text */
    READ_LIMIT = 4096,
};

static uint64_t abort_message; /* address of glibc's pointer to it; 0: unknown */

/* glibc keeps the messages of assert() and malloc(); only a versioned lookup finds the pointer. */
void
lw_abort_message_find(void)
{
#ifdef __GLIBC__
    abort_message = (uint64_t)(uintptr_t)dlvsym(RTLD_DEFAULT, "__abort_msg", "GLIBC_PRIVATE");
#endif
}

/* The message is a 32-bit size, which counts itself, and the text with its NUL. */
const char *
lw_abort_message_read(struct lw_memory *memory, size_t *length)
{
    static char text[READ_LIMIT];
    uint64_t message;
    uint32_t size;
    *length = 0;
    if (!abort_message || !lw_memory_read(memory, abort_message, &message, sizeof(message)) ||
        !message || !lw_memory_read(memory, message, &size, sizeof(size)) || size <= sizeof(size)) {
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
lw_abort_message_dump(struct lw_sink *sink, struct lw_memory *memory)
{
    size_t size;
    const char *text = lw_abort_message_read(memory, &size);
    size = size < TEXT_LIMIT ? size : TEXT_LIMIT;
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
