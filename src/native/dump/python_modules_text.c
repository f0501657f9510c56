#include "dump/python_modules_text.h"

#include "walker/python_modules.h"

void
lw_dump_extensions(struct lw_sink *sink, struct lw_memory *memory)
{
    static char name[LW_MODULE_NAME];
    const struct lw_python_modules *layout = lw_python_modules();
    struct lw_dict_walk walk;
    uint64_t module;
    int64_t total = 0;

    if (!layout || !lw_dict_walk_begin(&walk, memory, layout, layout->modules)) {
        return;
    }
    while (lw_next_extension(&walk, layout, &module, name)) {
        if (!lw_is_standard_module(layout, name)) {
            lw_sink_text(sink, total == 0 ? "\nExtension modules: " : ", ");
            lw_sink_text(sink, name);
            total++;
        }
    }
    if (total > 0) {
        lw_sink_text(sink, " (total: ");
        lw_sink_decimal(sink, total);
        lw_sink_text(sink, ")\n");
    }
}
