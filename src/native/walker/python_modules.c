#include "walker/python_modules.h"

#include <stdatomic.h>
#include <string.h>

#include "output/json.h"
#include "memory/memory.h"
#include "walker/dict_keys.h"

enum {
    INDEX_LIMIT = 32,    /* log2 of the bytes of the index */
    MEMBER_LIMIT = 8192, /* names of one module looked at */
};

static struct lw_extension_layout known;
static atomic_int is_known;
static struct lw_memory memory;

static int
peek(uint64_t address, void *into, size_t size)
{
    return lw_memory_read(&memory, address, into, size);
}

void
lw_extensions_set(const struct lw_extension_layout *layout)
{
    atomic_store(&is_known, 0);
    known = *layout;
    atomic_store(&is_known, layout->modules != 0);
}

int
lw_module_walk_begin(struct lw_module_walk *walk, const struct lw_extension_layout *layout)
{
    uint64_t keys;
    uint8_t head[LW_KEYS_INDICES];
    int64_t entries;

    lw_memory_begin_own(&memory);
    if (!peek(layout->modules + layout->dict_keys, &keys, sizeof(keys)) ||
        !peek(keys, head, sizeof(head)) || head[LW_KEYS_LOG2_INDEX_BYTES] > INDEX_LIMIT ||
        head[LW_KEYS_KIND] > LW_KEYS_TEXT) {
        return 0;
    }
    memcpy(&entries, head + LW_KEYS_ENTRIES, sizeof(entries));
    if (entries < 0 || entries > LW_MODULE_ENTRIES) {
        return 0;
    }
    walk->entry_size = head[LW_KEYS_KIND] == LW_KEYS_GENERAL ? 24 : 16;
    walk->name_offset = head[LW_KEYS_KIND] == LW_KEYS_GENERAL ? 8 : 0;
    walk->next = keys + LW_KEYS_INDICES + ((uint64_t)1 << head[LW_KEYS_LOG2_INDEX_BYTES]);
    walk->left = (uint64_t)entries;
    return 1;
}

int
lw_module_walk_next(struct lw_module_walk *walk, struct lw_module_entry *entry)
{
    while (walk->left > 0) {
        uint64_t pair[2];
        int readable = peek(walk->next + walk->name_offset, pair, sizeof(pair));
        walk->next += walk->entry_size;
        walk->left--;
        if (!readable) {
            return 0;
        }
        if (pair[0] && pair[1]) { /* else deleted */
            entry->name = pair[0];
            entry->module = pair[1];
            return 1;
        }
    }
    return 0;
}

static int
is_extension(uint64_t module)
{
    uint64_t type, definition;
    return peek(module + known.object_type, &type, sizeof(type)) && type == known.module_type &&
           peek(module + known.definition, &definition, sizeof(definition)) && definition != 0;
}

/* The name's length, or 0 when it isn't a readable ASCII string. */
static size_t
read_name(uint64_t text, char *into)
{
    uint32_t state;
    int64_t length;
    if (!peek(text + known.text_state, &state, sizeof(state)) ||
        (state & known.ascii_mask) != known.ascii_mask ||
        !peek(text + known.text_length, &length, sizeof(length)) || length <= 0 ||
        length >= LW_MODULE_NAME || !peek(text + known.text_start, into, (size_t)length)) {
        return 0;
    }
    for (int64_t i = 0; i < length; i++) {
        if (into[i] < ' ' || into[i] > '~') {
            return 0;
        }
    }
    into[length] = 0;
    return (size_t)length;
}

/* Whether the module, or the package it is in, belongs to the standard library. */
static int
is_standard(const char *name)
{
    const char *dot = strchr(name, '.');
    size_t length = dot ? (size_t)(dot - name) : strlen(name);
    uint32_t low = 0, high = known.name_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const char *standard = known.names + known.name_starts[middle];
        int order = strncmp(standard, name, length);
        if (order == 0 && standard[length] == 0) {
            return 1;
        }
        if (order < 0) {
            low = middle + 1;
        }
        else {
            high = middle;
        }
    }
    return 0;
}

void
lw_extensions_dump(struct lw_sink *sink)
{
    static char name[LW_MODULE_NAME];
    struct lw_module_walk walk;
    struct lw_module_entry entry;
    int64_t total = 0;

    if (!atomic_load(&is_known) || !lw_module_walk_begin(&walk, &known)) {
        return;
    }
    while (lw_module_walk_next(&walk, &entry)) {
        if (!is_extension(entry.module) || !read_name(entry.name, name) || is_standard(name)) {
            continue;
        }
        lw_sink_text(sink, total == 0 ? "\nExtension modules: " : ", ");
        lw_sink_text(sink, name);
        total++;
    }
    if (total > 0) {
        lw_sink_text(sink, " (total: ");
        lw_sink_decimal(sink, total);
        lw_sink_text(sink, ")\n");
    }
}

/* Writes `__version__` and `__file__` of the module, as far as they are str objects. */
static void
record_members(struct lw_dump *dump, uint64_t module)
{
    static struct lw_extension_layout inside;
    static char name[LW_MODULE_NAME];
    struct lw_module_walk walk;
    struct lw_module_entry entry;
    int left = MEMBER_LIMIT;

    inside.dict_keys = known.dict_keys;
    if (!peek(module + LW_MODULE_DICT, &inside.modules, sizeof(inside.modules)) ||
        !lw_module_walk_begin(&walk, &inside)) {
        return;
    }
    while (left-- > 0 && lw_module_walk_next(&walk, &entry)) {
        if (!read_name(entry.name, name)) {
            continue;
        }
        if (strcmp(name, "__version__") == 0) {
            lw_json_object(&dump->sink, "version", &dump->target, entry.module);
        }
        else if (strcmp(name, "__file__") == 0) {
            lw_json_object(&dump->sink, "file", &dump->target, entry.module);
        }
    }
}

void
lw_extensions_record(struct lw_dump *dump)
{
    static char name[LW_MODULE_NAME];
    struct lw_module_walk walk;
    struct lw_module_entry entry;

    if (!atomic_load(&is_known) || !lw_module_walk_begin(&walk, &known)) {
        return;
    }
    while (!dump->sink.failed && lw_module_walk_next(&walk, &entry)) {
        if (!is_extension(entry.module) || !read_name(entry.name, name)) {
            continue;
        }
        lw_json_open(&dump->sink);
        lw_json_text(&dump->sink, "kind", "extension_module");
        lw_json_text(&dump->sink, "name", name);
        lw_json_boolean(&dump->sink, "standard", is_standard(name));
        record_members(dump, entry.module);
        lw_json_close(&dump->sink);
    }
}
