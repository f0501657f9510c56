#include "walker/python_modules.h"

#include <stdatomic.h>
#include <string.h>

#include "walker/dict_keys.h"

enum { INDEX_LIMIT = 32 }; /* log2 of the bytes of the index */

static struct lw_python_modules known;
static atomic_int is_known;

void
lw_python_modules_set(const struct lw_python_modules *layout)
{
    atomic_store(&is_known, 0);
    known = *layout;
    atomic_store(&is_known, layout->modules != 0);
}

const struct lw_python_modules *
lw_python_modules(void)
{
    return atomic_load(&is_known) ? &known : NULL;
}

int
lw_dict_walk_begin(struct lw_dict_walk *walk, struct lw_memory *memory,
                   const struct lw_python_modules *layout, uint64_t address)
{
    uint64_t keys;
    uint8_t head[LW_KEYS_INDICES];
    int64_t entries;

    walk->memory = memory;
    if (!lw_memory_read(memory, address + layout->dict_keys, &keys, sizeof(keys)) ||
        !lw_memory_read(memory, keys, head, sizeof(head)) ||
        head[LW_KEYS_LOG2_INDEX_BYTES] > INDEX_LIMIT || head[LW_KEYS_KIND] > LW_KEYS_TEXT) {
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
lw_dict_walk_next(struct lw_dict_walk *walk, struct lw_dict_entry *entry)
{
    while (walk->left > 0) {
        uint64_t pair[2];
        int readable =
            lw_memory_read(walk->memory, walk->next + walk->name_offset, pair, sizeof(pair));
        walk->next += walk->entry_size;
        walk->left--;
        if (!readable) {
            return 0;
        }
        if (pair[0] && pair[1]) { /* else deleted */
            entry->name = pair[0];
            entry->value = pair[1];
            return 1;
        }
    }
    return 0;
}

static int
is_extension(struct lw_memory *memory, const struct lw_python_modules *layout, uint64_t module)
{
    uint64_t type, definition;
    return lw_memory_read(memory, module + layout->object_type, &type, sizeof(type)) &&
           type == layout->module_type &&
           lw_memory_read(memory, module + layout->definition, &definition, sizeof(definition)) &&
           definition != 0;
}

int
lw_next_extension(struct lw_dict_walk *walk, const struct lw_python_modules *layout,
                  uint64_t *module, char *name)
{
    struct lw_dict_entry entry;
    while (lw_dict_walk_next(walk, &entry)) {
        *module = entry.value;
        if (is_extension(walk->memory, layout, entry.value) &&
            lw_module_name(walk->memory, layout, entry.name, name)) {
            return 1;
        }
    }
    return 0;
}

size_t
lw_module_name(struct lw_memory *memory, const struct lw_python_modules *layout, uint64_t text,
               char *into)
{
    uint32_t state;
    int64_t length;
    if (!lw_memory_read(memory, text + layout->text_state, &state, sizeof(state)) ||
        (state & layout->ascii_mask) != layout->ascii_mask ||
        !lw_memory_read(memory, text + layout->text_length, &length, sizeof(length)) ||
        length <= 0 || length >= LW_MODULE_NAME ||
        !lw_memory_read(memory, text + layout->text_start, into, (size_t)length)) {
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

int
lw_is_standard_module(const struct lw_python_modules *layout, const char *name)
{
    const char *dot = strchr(name, '.');
    size_t length = dot ? (size_t)(dot - name) : strlen(name);
    uint32_t low = 0, high = layout->name_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const char *standard = layout->names + layout->name_starts[middle];
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
