/* json_object.h: text of the process that is read, as a member of a JSON object. */
#ifndef LASTWORDS_JSON_OBJECT_H
#define LASTWORDS_JSON_OBJECT_H

#include <stdint.h>

#include "output/sink.h"
#include "walker/object.h"

enum { LW_JSON_CHARACTERS = 4096 }; /* of one text; a longer one ends with "..." */

/* Context: signal handler | any thread.
 * Writes a str object of the target at `address`; null if it is none or can't be read. */
void lw_json_object(struct lw_sink *sink, const char *key, struct lw_target *target,
                    uint64_t address);

#endif
