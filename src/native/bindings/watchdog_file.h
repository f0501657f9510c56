/* watchdog_file.h: the file that a watchdog writes to.
 *
 * Context of everything here: GIL held. */
#ifndef LASTWORDS_WATCHDOG_FILE_H
#define LASTWORDS_WATCHDOG_FILE_H

#include <Python.h>

#include "watchdog/timeout.h"

/* The outlet of a watchdog's argument `file`: NULL (sys.stderr), a path, or a file as in
 * `faulthandler`.  One reference for the caller; NULL with an exception set, or without one: no
 * memory. */
struct lw_shared_outlet *lw_watchdog_outlet(PyObject *file);

/* Forgets an object that belonged to a main interpreter that was finalised. */
void lw_watchdog_file_reset(void);

#endif
