#include "record/json_object.h"

#include <string.h>

#include "output/json.h"

/* Writes a piece of a str object's characters. */
static void
put_piece(struct lw_sink *sink, const uint8_t *bytes, size_t count, int kind)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t wide = bytes[i];
        uint16_t narrow;
        if (kind == 2) {
            memcpy(&narrow, bytes + 2 * i, sizeof narrow);
            wide = narrow;
        }
        else if (kind == 4) {
            memcpy(&wide, bytes + 4 * i, sizeof wide);
        }
        lw_json_character(sink, wide);
    }
}

void
lw_json_object(struct lw_sink *sink, const char *key, struct lw_target *target, uint64_t address)
{
    struct lw_text text;
    if (lw_text_read(target, address, &text) != 1) {
        lw_json_null(sink, key);
        return;
    }
    size_t left = text.length < LW_JSON_CHARACTERS ? (size_t)text.length : LW_JSON_CHARACTERS;
    uint64_t next = text.start;
    lw_json_key(sink, key);
    lw_sink_char(sink, '"');
    while (left > 0) {
        size_t piece = sizeof target->scratch / text.kind;
        if (piece > left) {
            piece = left;
        }
        if (!lw_memory_read(target->memory, next, target->scratch, piece * text.kind)) {
            lw_sink_text(sink, "<invalid>");
            break;
        }
        put_piece(sink, target->scratch, piece, text.kind);
        next += piece * text.kind;
        left -= piece;
    }
    lw_sink_text(sink, text.length > LW_JSON_CHARACTERS ? "...\"" : "\"");
}
