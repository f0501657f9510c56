/* thread_object.h: what Python calls a thread; before 3.14 it doesn't set the kernel's name.
 *
 * The outermost frame of a thread that `threading` has started is Thread._bootstrap(); its first
 * local variable is the Thread object, which has a `_name`.  Nothing is looked up in `threading`
 * itself: it may not be imported, or be another interpreter's. */
#ifndef LASTWORDS_THREAD_OBJECT_H
#define LASTWORDS_THREAD_OBJECT_H

#include <stddef.h>

#include "walker/walk.h"

enum {
    LW_NAME_FRAMES = 10000, /* frames passed on the way to the outermost one */
    LW_NAME_KEYS = 256,     /* attributes of a Thread looked at */
};

/* Context: signal handler | any thread.
 * The name of the Thread object that runs `thread`: 1, or 0 if there is none, or it can't be found. */
int lw_thread_object_name(struct lw_target *target, const struct lw_thread *thread,
                          struct lw_text *name);

#endif
