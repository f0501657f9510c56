/* outlet.h: the descriptor that a dump is written to, if it is still the file that it was.
 *
 * Owns the identity of the file behind the descriptor it was opened with, so that a dump never
 * lands in a file that took over the number, and a duplicate (close-on-exec) if no reader waits for
 * the file's last descriptor to be closed. */
#ifndef LASTWORDS_OUTLET_H
#define LASTWORDS_OUTLET_H

#include <sys/types.h>

struct lw_outlet {
    int given;     /* the caller's descriptor; -1: none */
    int duplicate; /* ours, -1 when there is none */
    dev_t device;
    ino_t inode;
    int identified; /* device and inode are known: the descriptor was good */
};

/* Context: any thread.
 * Duplicates `fd` if it is a regular file or the like.  A bad descriptor is accepted, as the standard
 * module accepts it: the real standard error is used then. */
void lw_outlet_open(struct lw_outlet *outlet, int fd);

/* Context: any thread.
 * As lw_outlet_open(), but the descriptor, of any kind of file, becomes the outlet's own. */
void lw_outlet_take(struct lw_outlet *outlet, int fd);

/* Context: any thread. */
void lw_outlet_close(struct lw_outlet *outlet);

/* Context: signal handler | any thread.
 * The descriptor to write to now: for standard error, whatever it is now if that can be a log;
 * the duplicate; the given descriptor if it is still the same file; the real standard error; -1
 * when nothing is left. */
int lw_outlet_descriptor(const struct lw_outlet *outlet);

#endif
