/* record_lines.h: the lines of the record, each kind in one function.
 *
 * Context of everything here: signal handler, one thread at a time. */
#ifndef LASTWORDS_RECORD_LINES_H
#define LASTWORDS_RECORD_LINES_H

#include "record/record_parts.h"

/* An entry of C code into the interpreter on the current thread: its address on the C stack, and
 * the Python frames that it runs. */
struct lw_record_mark {
    uint64_t address;
    uint32_t first, last; /* indices of frames, innermost 0 */
};

struct lw_record_marks {
    struct lw_record_mark marks[LW_RECORD_MARKS];
    int count;
};

/* "process": `facts`, and what is read in the failing process. */
void lw_record_process(struct lw_sink *sink, const char *facts, size_t size);

/* "signal", "registers" and "abort_message". */
void lw_record_signal(struct lw_sink *sink, const struct lw_record_crash *crash);

/* "thread" and its "frame" lines; fills *marks if it is not NULL. */
void lw_record_thread(struct lw_session *session, struct lw_thread *thread, int current,
                      struct lw_record_marks *marks);

/* "native_frame": the current thread's. */
void lw_record_native(struct lw_session *session, const struct lw_record_crash *crash,
                      const struct lw_record_marks *marks);

/* "extension_module": those of sys.modules, the standard library's too: name, version and file. */
void lw_record_extensions(struct lw_session *session);

/* "mapping": the lines of /proc/self/maps. */
void lw_record_mappings(struct lw_sink *sink);

#endif
