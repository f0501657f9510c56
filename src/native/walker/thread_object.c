#include "walker/thread_object.h"

#include <string.h>

#include "walker/dict_keys.h"

enum {
    INDEX_LIMIT = 12,      /* log2 of the bytes of the index: a Thread has a few attributes */
    MANAGED_DICT = 1 << 4, /* Py_TPFLAGS_MANAGED_DICT of 3.11 to 3.13 */
    LONGEST_WORD = 16,
};

static int
read_bytes(struct lw_target *target, uint64_t address, void *into, size_t size)
{
    return lw_memory_read(target->memory, address, into, size);
}

/* Is a str this word? */
static int
is_word(struct lw_target *target, uint64_t address, const char *word)
{
    struct lw_text text;
    char found[LONGEST_WORD];
    size_t size = strlen(word);
    return lw_text_read(target, address, &text) == 1 && text.kind == 1 && text.length == size &&
           read_bytes(target, text.start, found, size) && memcmp(found, word, size) == 0;
}

static int
find_outermost(struct lw_target *target, const struct lw_thread *thread, struct lw_frame *frame)
{
    struct lw_frames walk;
    struct lw_frame next;
    *frame = (struct lw_frame){0};
    lw_frames_begin(&walk, target, thread->first_frame);
    while (lw_frames_next(&walk, &next)) {
        if (next.state != LW_FRAME_PYTHON || walk.count > LW_NAME_FRAMES) {
            return 0;
        }
        *frame = next;
    }
    return frame->address != 0;
}

/* The value of the key `word`; values stand beside their keys, or at `values` if that isn't 0.
 * 0: none. */
static uint64_t
find_value(struct lw_target *target, uint64_t keys, uint64_t values, const char *word)
{
    uint8_t head[LW_KEYS_INDICES];
    uint64_t count, pair[2], value;
    if (!lw_is_pointer(keys) || !read_bytes(target, keys, head, sizeof(head)) ||
        head[LW_KEYS_LOG2_INDEX_BYTES] > INDEX_LIMIT || head[LW_KEYS_KIND] > LW_KEYS_SPLIT) {
        return 0;
    }
    count = lw_field_u64(head, LW_KEYS_ENTRIES);
    const int is_general = head[LW_KEYS_KIND] == LW_KEYS_GENERAL;
    const uint64_t size = is_general ? 24 : 16;
    uint64_t entry = keys + LW_KEYS_INDICES + ((uint64_t)1 << head[LW_KEYS_LOG2_INDEX_BYTES]) +
                     (is_general ? 8 : 0);
    for (uint64_t i = 0; i < count && i < LW_NAME_KEYS; i++, entry += size) {
        if (!read_bytes(target, entry, pair, sizeof(pair))) {
            return 0;
        }
        if (pair[0] && is_word(target, pair[0], word)) {
            return values == 0                                                 ? pair[1]
                   : read_bytes(target, values + 8 * i, &value, sizeof(value)) ? value
                                                                               : 0;
        }
    }
    return 0;
}

static uint64_t
find_in_dict(struct lw_target *target, uint64_t dict, const char *word)
{
    const struct lw_layout *at = &target->layout;
    uint64_t keys, values;
    if (!lw_is_pointer(dict) || !read_bytes(target, dict + at->dict_keys, &keys, sizeof(keys)) ||
        !read_bytes(target, dict + at->dict_values, &values, sizeof(values))) {
        return 0;
    }
    return find_value(target, keys, values ? values + at->values_first : 0, word);
}

/* An attribute of an object whose class is written in Python: in its dict, or, if it has none, in its
 * values, which have the order of its class's keys. */
static uint64_t
find_attribute(struct lw_target *target, uint64_t object, const char *word)
{
    const struct lw_layout *at = &target->layout;
    uint64_t type, flags, keys, dict, values = object + at->object_values;
    if (!lw_is_pointer(object) ||
        !read_bytes(target, object + at->object_type, &type, sizeof(type)) ||
        !lw_is_pointer(type) || !read_bytes(target, type + at->type_flags, &flags, sizeof(flags)) ||
        !(flags & MANAGED_DICT) ||
        !read_bytes(target, object - at->object_dict_before, &dict, sizeof(dict)) ||
        !read_bytes(target, type + at->type_cached_keys, &keys, sizeof(keys))) {
        return 0;
    }
    if (at->object_values == LW_ABSENT &&
        !read_bytes(target, object - at->object_values_before, &values, sizeof(values))) {
        return 0;
    }
    if (at->object_values == LW_ABSENT && at->object_values_before == at->object_dict_before) {
        dict = values & 1 ? 0 : values; /* one or the other, with a mark */
        values = values & 1 ? values + 1 : 0;
    }
    if (dict) {
        return find_in_dict(target, dict, word);
    }
    return values ? find_value(target, keys, values + at->values_first, word) : 0;
}

int
lw_thread_object_name(struct lw_target *target, const struct lw_thread *thread,
                      struct lw_text *name)
{
    struct lw_frame frame;
    struct lw_code code;
    uint64_t object;
    return target->layout.type_cached_keys != LW_ABSENT && find_outermost(target, thread, &frame) &&
           lw_code_read(target, frame.code, &code) && is_word(target, code.name, "_bootstrap") &&
           read_bytes(target, frame.address + target->layout.frame_size, &object, sizeof(object)) &&
           lw_text_read(target, find_attribute(target, object, "_name"), name) == 1;
}
