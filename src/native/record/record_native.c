/* record_native.c: the native frames of the record, with the Python frames that belong to them. */
#include <elf.h>
#include <string.h>

#include "output/json.h"
#include "record/record_lines.h"
#include "unwind/native_stack.h"

enum {
    MAX_SEGMENTS = 64,
    MAX_NOTES = 4096, /* bytes of a segment of notes looked at */
    MAX_BUILD_ID = 64,
};

/* The build id in a segment of notes; its length, 0 when there is none. */
static size_t
build_id_in(struct lw_memory *memory, uint64_t at, uint64_t size, uint8_t *id)
{
    uint64_t end = at + (size < MAX_NOTES ? size : MAX_NOTES);
    while (at + sizeof(Elf64_Nhdr) <= end) {
        Elf64_Nhdr note;
        char name[4];
        if (!lw_memory_read(memory, at, &note, sizeof note)) {
            return 0;
        }
        at += sizeof note;
        uint64_t content = at + ((note.n_namesz + 3ull) & ~3ull);
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof name &&
            note.n_descsz <= MAX_BUILD_ID && lw_memory_read(memory, at, name, sizeof name) &&
            memcmp(name, "GNU", sizeof name) == 0 &&
            lw_memory_read(memory, content, id, note.n_descsz)) {
            return note.n_descsz;
        }
        at = content + ((note.n_descsz + 3ull) & ~3ull);
    }
    return 0;
}

static size_t
build_id_of(struct lw_memory *memory, const struct lw_module *module, uint8_t *id)
{
    Elf64_Ehdr header;
    if (!lw_memory_read(memory, module->low, &header, sizeof header) ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
        return 0;
    }
    for (uint64_t i = 0; i < header.e_phnum && i < MAX_SEGMENTS; i++) {
        Elf64_Phdr segment;
        size_t size;
        if (!lw_memory_read(memory, module->low + header.e_phoff + i * sizeof segment, &segment,
                            sizeof segment)) {
            return 0;
        }
        if (segment.p_type == PT_NOTE &&
            (size = build_id_in(memory, module->bias + segment.p_vaddr, segment.p_memsz, id)) > 0) {
            return size;
        }
    }
    return 0;
}

static void
put_module(struct lw_dump *dump, const struct lw_native_frame *frame)
{
    struct lw_sink *sink = &dump->sink;
    uint8_t id[MAX_BUILD_ID];
    if (frame->module == NULL) {
        lw_json_null(sink, "module");
        return;
    }
    lw_json_text(sink, "module", frame->module->path);
    lw_json_address(sink, "offset", frame->pc - frame->module->bias);
    size_t size = build_id_of(&dump->memory, frame->module, id);
    if (size > 0) {
        lw_json_key(sink, "build_id");
        lw_sink_char(sink, '"');
        for (size_t i = 0; i < size; i++) {
            lw_sink_hex(sink, id[i], 2);
        }
        lw_sink_char(sink, '"');
    }
    if (frame->symbol[0] != '\0') {
        lw_json_text(sink, "symbol", frame->symbol);
        lw_json_number(sink, "symbol_offset", (int64_t)(frame->pc - frame->symbol_start));
    }
}

/* A frame of the interpreter's loop holds, in its part of the stack, the mark of its entry. */
static void
put_python_frames(struct lw_sink *sink, const struct lw_native_frame *frame,
                  const struct lw_record_marks *marks)
{
    for (int i = 0; i < marks->count; i++) {
        const struct lw_record_mark *mark = &marks->marks[i];
        if (mark->address >= frame->low && mark->address < frame->high) {
            lw_json_key(sink, "python_frames");
            lw_sink_char(sink, '[');
            lw_sink_decimal(sink, mark->first);
            lw_sink_char(sink, ',');
            lw_sink_decimal(sink, mark->last);
            lw_sink_char(sink, ']');
            return;
        }
    }
}

void
lw_record_native(struct lw_dump *dump, const struct lw_record_crash *crash, uint64_t native_id,
                 const struct lw_record_marks *marks)
{
    struct lw_sink *sink = &dump->sink;
    struct lw_native_frame frame;
    int index = 0;

    if (!lw_native_begin(crash->context)) {
        return;
    }
    while (index < LW_RECORD_NATIVE && !sink->failed && lw_native_next(&frame)) {
        lw_json_open(sink);
        lw_json_text(sink, "kind", "native_frame");
        lw_json_number(sink, "thread", (int64_t)native_id);
        lw_json_number(sink, "index", index++);
        lw_json_address(sink, "address", frame.pc);
        put_module(dump, &frame);
        put_python_frames(sink, &frame, marks);
        lw_json_close(sink);
    }
}
