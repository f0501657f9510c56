#include "walker/layout.h"

#include <string.h>

enum { VERSIONS = 5, FIRST_MINOR = 11, FIRST_PUBLISHING_MINOR = 13 };

/* One row a field: its offset in struct lw_layout, and those at which 3.13 and later publish it. */
struct row {
    uint16_t field;
    uint16_t published[VERSIONS - (FIRST_PUBLISHING_MINOR - FIRST_MINOR)];
};

#define ROW(name, v11, v12, v13, v14, v15, p13, p14, p15) \
    {offsetof(struct lw_layout, name), {p13, p14, p15}},
#define IN_3_11(name, value, ...) .name = value,
#define IN_3_12(name, v11, value, ...) .name = value,
#define IN_3_13(name, v11, v12, value, ...) .name = value,
#define IN_3_14(name, v11, v12, v13, value, ...) .name = value,
#define IN_3_15(name, v11, v12, v13, v14, value, ...) .name = value,

static const struct row rows[] = {LW_LAYOUT_FIELDS(ROW)};

static const struct lw_layout layouts[VERSIONS] = {
    {.version = 0x030b, LW_LAYOUT_FIELDS(IN_3_11)}, {.version = 0x030c, LW_LAYOUT_FIELDS(IN_3_12)},
    {.version = 0x030d, LW_LAYOUT_FIELDS(IN_3_13)}, {.version = 0x030e, LW_LAYOUT_FIELDS(IN_3_14)},
    {.version = 0x030f, LW_LAYOUT_FIELDS(IN_3_15)},
};

enum {
    ROWS = sizeof rows / sizeof rows[0],
    FIRST_PUBLISHED = 0x030d, /* the first version with _Py_DebugOffsets */
    DEBUG_VERSION = 8,        /* offset of PY_VERSION_HEX in _Py_DebugOffsets */
    DEBUG_FREE_THREADED = 16,
    PUBLISHED_LIMIT = 1024 * 1024, /* no structure of an interpreter is larger */
    RELEASE_CANDIDATE = 0xC, /* release level in PY_VERSION_HEX from which layouts are fixed */
};

_Static_assert(sizeof(struct lw_layout) == (ROWS + 1) * sizeof(uint32_t), "one number a field");

const struct lw_layout *
lw_layout_of_version(uint32_t version)
{
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        if (layouts[i].version == version) {
            return &layouts[i];
        }
    }
    return NULL;
}

/* The structures are copied into buffers of fixed size: fields outside of them can't be read. */
static int
fits_buffers(const struct lw_layout *at)
{
    return at->frame_size <= LW_FRAME_BYTES && at->frame_previous + 8 <= at->frame_size &&
           at->frame_executable + 8 <= at->frame_size &&
           at->frame_instruction + 8 <= at->frame_size && at->frame_owner + 1 <= at->frame_size &&
           at->code_bytecode <= LW_CODE_BYTES && at->code_filename + 8 <= at->code_bytecode &&
           at->code_name + 8 <= at->code_bytecode && at->code_qualname + 8 <= at->code_bytecode &&
           at->code_linetable + 8 <= at->code_bytecode &&
           at->code_name == at->code_filename + 8 && /* read together in dump_text.c */
           at->code_linetable == at->code_filename + 24 &&
           at->code_first_line + 4 <= at->code_bytecode && at->thread_prev + 8 <= LW_THREAD_BYTES &&
           at->thread_next + 8 <= LW_THREAD_BYTES &&
           at->thread_interpreter + 8 <= LW_THREAD_BYTES &&
           at->thread_frame + 8 <= LW_THREAD_BYTES && at->thread_ident + 8 <= LW_THREAD_BYTES &&
           at->thread_native_id + 8 <= LW_THREAD_BYTES &&
           at->thread_unique_id + 8 <= LW_THREAD_BYTES;
}

static const char *
take_published(struct lw_memory *memory, uint64_t runtime, struct lw_layout *layout)
{
    const uint32_t column = (layout->version & 0xFF) - FIRST_PUBLISHING_MINOR;
    for (int i = 0; i < ROWS; i++) {
        uint64_t value;
        const uint16_t published = rows[i].published[column];
        if (!published) {
            continue;
        }
        if (!lw_memory_read(memory, runtime + published, &value, sizeof value)) {
            return "the runtime's published offsets can't be read";
        }
        if (value >= PUBLISHED_LIMIT) {
            return "the runtime publishes offsets that can't be true";
        }
        uint32_t number = (uint32_t)value;
        memcpy((char *)layout + rows[i].field, &number, sizeof number);
    }
    return fits_buffers(layout) ? NULL : "the runtime's structures are larger than expected";
}

const char *
lw_layout_find(struct lw_memory *memory, uint64_t runtime, uint32_t version,
               struct lw_layout *layout)
{
    struct {
        char cookie[8];
        uint64_t version;
        uint64_t free_threaded;
    } head;
    _Static_assert(offsetof(__typeof__(head), version) == DEBUG_VERSION, "as published");
    _Static_assert(offsetof(__typeof__(head), free_threaded) == DEBUG_FREE_THREADED, "");

    if (!lw_memory_read(memory, runtime, &head, sizeof head)) {
        return "the runtime's memory can't be read";
    }
    int publishes = memcmp(head.cookie, "xdebugpy", sizeof head.cookie) == 0;
    if (publishes) {
        uint32_t published = (uint32_t)(head.version >> 16) & 0xFFFF;
        if (version != 0 && version != published) {
            return "the runtime is of another version than expected";
        }
        if (head.free_threaded != 0) {
            return "free-threaded builds of Python have not been tried";
        }
        version = published;
    }
    const struct lw_layout *known = lw_layout_of_version(version);
    if (known == NULL) {
        return version == 0 ? "there is no runtime at this address"
                            : "this version of Python is not known";
    }
    *layout = *known;
    if (version < FIRST_PUBLISHED) {
        return publishes ? "the runtime contradicts itself" : NULL;
    }
    if (!publishes) {
        return "the runtime doesn't publish its offsets";
    }
    if (((head.version >> 4) & 0xF) < RELEASE_CANDIDATE) {
        return "pre-releases of Python are not known";
    }
    return take_published(memory, runtime, layout);
}
