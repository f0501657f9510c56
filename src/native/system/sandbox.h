

/* sandbox.h: filters of system calls, which may kill for a call that a program doesn't need. */
#ifndef LASTWORDS_SANDBOX_H
#define LASTWORDS_SANDBOX_H

/* Context: signal handler | any thread.
 * Does a filter of system calls rule this process? */
int lw_is_filtered(void);

/* Context: signal handler | any thread.
 * The same, if none was there when this library was loaded.  Those of containers were, and refuse; one that
 * a program puts over itself may kill for each call that is not of its list. */
int lw_is_filtered_lately(void);

#endif
