/* sandbox.h: filters of system calls, some of which kill the process for a call that is not on
 * their list. */
#ifndef LASTWORDS_SANDBOX_H
#define LASTWORDS_SANDBOX_H

/* Context: signal handler | any thread.
 * Whether a filter of system calls is in force. */
int lw_is_filtered(void);

/* Context: signal handler | any thread.
 * Whether a filter is in force that was not there when the extension was loaded.  The filters of
 * containers are there from the start, and refuse; one that a program puts over itself may kill. */
int lw_is_filtered_lately(void);

#endif
