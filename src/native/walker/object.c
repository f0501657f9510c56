#include "walker/object.h"

#include <string.h>

enum {
    TEXT_SUBCLASS = 1 << 28, /* Py_TPFLAGS_UNICODE_SUBCLASS, fixed by the stable ABI */
    CODE_UNIT = 2,           /* bytes */
};

/* Is `type` the type called `name`?  *known is that type's address once it was seen. */
static int
is_type(struct lw_target *target, uint64_t type, uint64_t *known, const char *name)
{
    char found[LW_MAX_TYPE_NAME];
    uint64_t name_address;
    size_t size = strlen(name) + 1;

    if (*known != 0) {
        return type == *known;
    }
    if (!lw_is_pointer(type) ||
        !lw_memory_read(target->memory, type + target->layout.type_name, &name_address,
                        sizeof name_address) ||
        !lw_memory_read(target->memory, name_address, found, size) ||
        memcmp(found, name, size) != 0) {
        return 0;
    }
    *known = type;
    return 1;
}

int
lw_is_code(struct lw_target *target, uint64_t address)
{
    uint64_t type;
    return lw_is_pointer(address) &&
           lw_memory_read(target->memory, address + target->layout.object_type, &type,
                          sizeof type) &&
           is_type(target, type, &target->code_type, "code");
}

int
lw_code_read(struct lw_target *target, uint64_t address, struct lw_code *code)
{
    const struct lw_layout *at = &target->layout;
    uint8_t bytes[LW_CODE_BYTES];

    if (!lw_is_pointer(address) ||
        !lw_memory_read(target->memory, address, bytes, at->code_bytecode) ||
        !is_type(target, lw_field_u64(bytes, at->object_type), &target->code_type, "code")) {
        return 0;
    }
    code->address = address;
    code->filename = lw_field_u64(bytes, at->code_filename);
    code->name = lw_field_u64(bytes, at->code_name);
    code->qualname = lw_field_u64(bytes, at->code_qualname);
    code->linetable = lw_field_u64(bytes, at->code_linetable);
    code->bytecode = address + at->code_bytecode;
    code->units = lw_field_u64(bytes, at->variable_size);
    memcpy(&code->first_line, bytes + at->code_first_line, sizeof code->first_line);
    return 1;
}

/* The address and length of a bytes object's content; 0 when it is none or too large. */
static uint64_t
bytes_content(struct lw_target *target, uint64_t address, uint64_t limit, uint64_t *length)
{
    const struct lw_layout *at = &target->layout;
    uint64_t type;
    if (!lw_is_pointer(address) ||
        !lw_memory_read(target->memory, address + at->object_type, &type, sizeof type) ||
        !is_type(target, type, &target->bytes_type, "bytes") ||
        !lw_memory_read(target->memory, address + at->variable_size, length, sizeof *length) ||
        *length > limit) {
        return 0;
    }
    return address + at->bytes_start;
}

static int
find_position(struct lw_target *target, const struct lw_code *code, int unit,
              struct lw_position *position)
{
    struct lw_linetable_search search = {unit, code->first_line, 0};
    uint64_t length;
    uint64_t next = bytes_content(target, code->linetable, LW_MAX_LINETABLE, &length);

    while (next != 0 && length > 0) {
        size_t size = length < LW_LINETABLE_PIECE ? (size_t)length : LW_LINETABLE_PIECE;
        size_t used = 0;
        if (!lw_memory_read(target->memory, next, target->scratch, size)) {
            return 0;
        }
        if (lw_linetable_search(&search, target->scratch, size, size == length, &used, position)) {
            return 1;
        }
        if (used == 0) {
            return 0;
        }
        next += used;
        length -= used;
    }
    return 0;
}

int
lw_code_position(struct lw_target *target, const struct lw_code *code, uint64_t instruction,
                 struct lw_position *position)
{
    int64_t offset = (int64_t)(instruction - code->bytecode);

    *position = (struct lw_position){-1, -1, -1, -1};
    if (offset == -CODE_UNIT) { /* 3.11, 3.12: nothing has run yet */
        position->line = position->end_line = code->first_line;
        return 1;
    }
    if (code->units > LW_MAX_UNITS || offset < 0 || offset % CODE_UNIT != 0 ||
        (uint64_t)offset / CODE_UNIT >= code->units) {
        return 0;
    }
    if (!find_position(target, code, (int)(offset / CODE_UNIT), position)) {
        *position = (struct lw_position){-1, -1, -1, -1};
        return 0;
    }
    return 1;
}

/* A str, or of a class derived from it? */
static int
is_text(struct lw_target *target, uint64_t type)
{
    uint64_t flags;
    return is_type(target, type, &target->text_type, "str") ||
           (lw_is_pointer(type) &&
            lw_memory_read(target->memory, type + target->layout.type_flags, &flags,
                           sizeof flags) &&
            (flags & TEXT_SUBCLASS));
}

int
lw_text_read(struct lw_target *target, uint64_t address, struct lw_text *text)
{
    const struct lw_layout *at = &target->layout;
    uint64_t type;
    uint32_t state;

    if (!lw_is_pointer(address)) {
        return 0;
    }
    if (!lw_memory_read(target->memory, address + at->object_type, &type, sizeof type)) {
        return -1;
    }
    if (!is_text(target, type)) {
        return 0;
    }
    if (!lw_memory_read(target->memory, address + at->text_state, &state, sizeof state) ||
        !lw_memory_read(target->memory, address + at->text_length, &text->length,
                        sizeof text->length)) {
        return -1;
    }
    text->kind = (state >> at->text_kind_shift) & 7;
    text->ascii = (state >> at->text_ascii_shift) & 1;
    if ((int64_t)text->length < 0 || (text->kind != 1 && text->kind != 2 && text->kind != 4)) {
        return 0;
    }
    if ((state >> at->text_compact_shift) & 1) {
        text->start = address + (text->ascii ? at->text_ascii_start : at->text_compact_start);
        return 1;
    }
    if (!lw_memory_read(target->memory, address + at->text_compact_start, &text->start,
                        sizeof text->start)) {
        return -1;
    }
    return text->start != 0;
}
