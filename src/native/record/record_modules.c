/* record_modules.c: the extension modules that the process had imported. */
#include <string.h>

#include "output/json.h"
#include "record/json_object.h"
#include "record/record_lines.h"
#include "walker/python_modules.h"

enum { MEMBER_LIMIT = 8192 }; /* names of one module looked at */

/* Writes `__version__` and `__file__` of the module, if they are str objects. */
static void
put_members(struct lw_session *session, const struct lw_python_modules *layout, uint64_t module)
{
    static char name[LW_MODULE_NAME];
    struct lw_dict_walk walk;
    struct lw_dict_entry entry;
    uint64_t dict;
    int left = MEMBER_LIMIT;

    if (!lw_memory_read(&session->memory, module + LW_MODULE_DICT, &dict, sizeof(dict)) ||
        !lw_dict_walk_begin(&walk, &session->memory, layout, dict)) {
        return;
    }
    while (left-- > 0 && lw_dict_walk_next(&walk, &entry)) {
        if (!lw_module_name(&session->memory, layout, entry.name, name)) {
            continue;
        }
        if (strcmp(name, "__version__") == 0) {
            lw_json_object(&session->sink, "version", &session->target, entry.value);
        }
        else if (strcmp(name, "__file__") == 0) {
            lw_json_object(&session->sink, "file", &session->target, entry.value);
        }
    }
}

void
lw_record_extensions(struct lw_session *session)
{
    static char name[LW_MODULE_NAME];
    const struct lw_python_modules *layout = lw_python_modules();
    struct lw_dict_walk walk;
    uint64_t module;

    if (!layout || !lw_dict_walk_begin(&walk, &session->memory, layout, layout->modules)) {
        return;
    }
    while (!session->sink.failed && lw_next_extension(&walk, layout, &module, name)) {
        lw_json_open(&session->sink, "extension_module");
        lw_json_text(&session->sink, "name", name);
        lw_json_boolean(&session->sink, "standard", lw_is_standard_module(layout, name));
        put_members(session, layout, module);
        lw_json_close(&session->sink);
    }
}
