/* record_mappings.c: the process's mappings. */
#include "output/json.h"
#include "record/record_lines.h"
#include "system/maps.h"

enum { MAX_MAPPINGS = 100000 };

struct output {
    struct lw_sink *sink;
    int count;
};

static int
put_mapping(void *argument, const struct lw_mapping *mapping)
{
    static const char *const keys[LW_MAPS_COLUMNS] = {"range", "permissions", "offset", "device",
                                                      "inode"};
    struct output *output = argument;
    struct lw_sink *sink = output->sink;
    lw_json_open(sink, "mapping");
    for (int i = 0; i < LW_MAPS_COLUMNS; i++) {
        lw_json_text(sink, keys[i], mapping->columns[i]);
    }
    if (mapping->path_length > 0) {
        lw_json_bytes(sink, "path", mapping->path, mapping->path_length);
    }
    lw_json_close(sink);
    return ++output->count <= MAX_MAPPINGS && !sink->failed;
}

void
lw_record_mappings(struct lw_sink *sink)
{
    static char line[LW_MAPS_LINE];
    struct output output = {sink, 0};
    (void)lw_maps_read(line, put_mapping, &output);
}
