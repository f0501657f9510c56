/* report_header.h: the line that a report begins with if the user wants one.
 *
 *     == Process 4711, 2026-11-27 13:03:22 UTC: worker 3 of shop ==
 *
 * Owns its text.  The process is the one that writes the report, after a fork the child. */
#ifndef LASTWORDS_REPORT_HEADER_H
#define LASTWORDS_REPORT_HEADER_H

#include <stdint.h>

#include "output/sink.h"

enum { LW_HEADER_TEXT = 200 }; /* bytes of the user's own text */

struct lw_report_header {
    uint8_t wanted;
    uint8_t size;              /* of the text; 0: none */
    char text[LW_HEADER_TEXT]; /* one line of UTF-8, escaped and cut already */
};

/* Context: signal handler | any thread.
 * Writes the line, or nothing if none is wanted. */
void lw_report_header_write(struct lw_sink *sink, const struct lw_report_header *header);

#endif
