/* layout_check.h: the headers that the extension is built with, against the layout tables. */
#ifndef LASTWORDS_LAYOUT_CHECK_H
#define LASTWORDS_LAYOUT_CHECK_H

#include <stdint.h>

/* Context: any thread.
 * Compares bit fields with the table of this version.  NULL, or the difference, as a sentence. */
const char *lw_layout_check_built(void);

/* Context: any thread.  The address of this process's runtime. */
uint64_t lw_layout_own_runtime(void);

#endif
