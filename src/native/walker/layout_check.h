/* layout_check.h: what the build knows of the interpreter that it is built for. */
#ifndef LASTWORDS_LAYOUT_CHECK_H
#define LASTWORDS_LAYOUT_CHECK_H

#include <stdint.h>

/* Context: any thread.
 * Compares bit fields with the table of the version built for.  NULL, or what differs. */
const char *lw_layout_check_built(void);

/* Context: any thread.  The address of this process's runtime. */
uint64_t lw_layout_own_runtime(void);

#endif
