#include "output/json.h"

#include <string.h>

#include "output/utf8.h"

enum {
    FIRST_SURROGATE = 0xD800,
    LAST_SURROGATE = 0xDFFF,
    ESCAPED_BYTE = 0xDC00, /* surrogateescape: a byte 0x80 to 0xff stands there as it is */
    LAST_CHARACTER = 0x10FFFF,
};

void
lw_json_open(struct lw_sink *sink, const char *kind)
{
    lw_sink_char(sink, '{');
    lw_json_text(sink, "kind", kind);
}

void
lw_json_close(struct lw_sink *sink)
{
    lw_sink_bytes(sink, "}\n", 2);
}

static void
comma(struct lw_sink *sink)
{
    if (sink->used > 0 && sink->buffer[sink->used - 1] != '{') {
        lw_sink_char(sink, ',');
    }
}

void
lw_json_key(struct lw_sink *sink, const char *key)
{
    comma(sink);
    lw_sink_char(sink, '"');
    lw_sink_text(sink, key);
    lw_sink_bytes(sink, "\":", 2);
}

void
lw_json_number(struct lw_sink *sink, const char *key, int64_t value)
{
    lw_json_key(sink, key);
    lw_sink_decimal(sink, value);
}

void
lw_json_boolean(struct lw_sink *sink, const char *key, int value)
{
    lw_json_key(sink, key);
    lw_sink_text(sink, value ? "true" : "false");
}

void
lw_json_null(struct lw_sink *sink, const char *key)
{
    lw_json_key(sink, key);
    lw_sink_text(sink, "null");
}

void
lw_json_address(struct lw_sink *sink, const char *key, uint64_t value)
{
    lw_json_key(sink, key);
    lw_sink_text(sink, "\"0x");
    lw_sink_hex(sink, value, 1);
    lw_sink_char(sink, '"');
}

void
lw_json_raw(struct lw_sink *sink, const char *json, size_t size)
{
    if (size > 0) {
        comma(sink);
        lw_sink_bytes(sink, json, size);
    }
}

static void
put_escape(struct lw_sink *sink, uint32_t character)
{
    lw_sink_bytes(sink, "\\u", 2);
    lw_sink_hex(sink, character, 4);
}

/* JSON allows these; readers that split a text into lines may take them for ends of lines. */
static int
is_line_end(uint32_t character)
{
    return character == 0x85 || character == 0x2028 || character == 0x2029;
}

void
lw_json_character(struct lw_sink *sink, uint32_t character)
{
    char utf8[LW_LONGEST_UTF8];
    if (character == '"' || character == '\\') {
        lw_sink_char(sink, '\\');
        lw_sink_char(sink, (char)character);
    }
    else if (character < ' ' || character == 0x7F || is_line_end(character) ||
             (character >= FIRST_SURROGATE && character <= LAST_SURROGATE) ||
             character > LAST_CHARACTER) {
        put_escape(sink, character > LAST_CHARACTER ? 0xFFFD : character);
    }
    else {
        lw_sink_bytes(sink, utf8, (size_t)(lw_append_utf8(utf8, character) - utf8));
    }
}

/* The character at `bytes`; *used is its length in bytes.  A byte that begins no character stands
 * alone. */
static uint32_t
take_utf8(const uint8_t *bytes, size_t size, size_t *used)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = bytes[0];
    size_t length = first < 0x80   ? 1
                    : first < 0xC2 ? 0
                    : first < 0xE0 ? 2
                    : first < 0xF0 ? 3
                    : first < 0xF5 ? 4
                                   : 0;
    uint32_t character = length == 1 ? first : first & (0x7Fu >> length);
    *used = 1;
    if (length == 0 || length > size) {
        return length == 0 || first >= 0x80 ? ESCAPED_BYTE + first : first;
    }
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0) != 0x80) {
            return ESCAPED_BYTE + first;
        }
        character = character << 6 | (bytes[i] & 63);
    }
    if (character < least[length] || character > LAST_CHARACTER ||
        (character >= FIRST_SURROGATE && character <= LAST_SURROGATE)) {
        return ESCAPED_BYTE + first;
    }
    *used = length;
    return character;
}

void
lw_json_bytes(struct lw_sink *sink, const char *key, const char *bytes, size_t size)
{
    const uint8_t *next = (const uint8_t *)bytes;
    lw_json_key(sink, key);
    lw_sink_char(sink, '"');
    for (size_t used; size > 0; next += used, size -= used) {
        lw_json_character(sink, take_utf8(next, size, &used));
    }
    lw_sink_char(sink, '"');
}

void
lw_json_text(struct lw_sink *sink, const char *key, const char *text)
{
    lw_json_bytes(sink, key, text, strlen(text));
}
