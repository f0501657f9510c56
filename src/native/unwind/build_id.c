#include "unwind/build_id.h"

#include <elf.h>
#include <string.h>

enum {
    MAX_SEGMENTS = 64,
    MAX_NOTES = 4096, /* bytes of a segment of notes looked at */
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
            note.n_descsz <= LW_BUILD_ID && lw_memory_read(memory, at, name, sizeof name) &&
            memcmp(name, "GNU", sizeof name) == 0 &&
            lw_memory_read(memory, content, id, note.n_descsz)) {
            return note.n_descsz;
        }
        at = content + ((note.n_descsz + 3ull) & ~3ull);
    }
    return 0;
}

size_t
lw_build_id(struct lw_memory *memory, const struct lw_file *file, uint8_t *id)
{
    Elf64_Ehdr header;
    if (!lw_memory_read(memory, file->low, &header, sizeof header) ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
        return 0;
    }
    for (uint64_t i = 0; i < header.e_phnum && i < MAX_SEGMENTS; i++) {
        Elf64_Phdr segment;
        size_t size;
        if (!lw_memory_read(memory, file->low + header.e_phoff + i * sizeof segment, &segment,
                            sizeof segment)) {
            return 0;
        }
        if (segment.p_type == PT_NOTE &&
            (size = build_id_in(memory, file->bias + segment.p_vaddr, segment.p_memsz, id)) > 0) {
            return size;
        }
    }
    return 0;
}
