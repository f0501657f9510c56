/* sink.h: signal-safe output: one buffer, few writes, a deadline.
 *
 * Owns the file descriptor's write side during a dump.  Text is buffered and written in whole lines,
 * in one write(2) of at most LW_SINK_SIZE bytes to a file; to a pipe, socket or terminal only what
 * fits now, waiting by poll(2) until the deadline.  After the deadline or an error everything is
 * dropped in silence. */
#ifndef LASTWORDS_SINK_H
#define LASTWORDS_SINK_H

#include <stddef.h>
#include <stdint.h>

enum { LW_SINK_SIZE = 64 * 1024 };

enum lw_sink_waits {
    LW_SINK_NEVER_WAITS, /* a file */
    LW_SINK_PIPE,
    LW_SINK_WAITS, /* a socket, a terminal, or unknown */
};

struct lw_sink {
    int fd;
    int failed;       /* 0, or the errno that ended the output (ETIMEDOUT: the deadline) */
    uint8_t waits;    /* enum lw_sink_waits: never write more than fits */
    uint32_t writes;  /* write(2) calls so far */
    uint64_t written; /* bytes handed to the kernel */
    int64_t deadline; /* CLOCK_MONOTONIC nanoseconds, 0: none */
    size_t used;
    size_t whole; /* bytes of the buffer that end with a newline */
    char buffer[LW_SINK_SIZE];
};

struct stat;

/* Context: signal handler | any thread.
 * Whether a file never makes a writer wait for a reader: a regular file, a block device, /dev/null. */
int lw_never_waits(const struct stat *status);

/* Context: signal handler | any thread.
 * `deadline` as lw_now() counts, 0 for none: then a write waits for as long as it takes. */
void lw_sink_begin(struct lw_sink *sink, int fd, int64_t deadline);

/* Context: signal handler | any thread.  Appends bytes; flushes whole lines when full. */
void lw_sink_bytes(struct lw_sink *sink, const char *bytes, size_t size);
void lw_sink_text(struct lw_sink *sink, const char *text); /* up to its NUL */
void lw_sink_char(struct lw_sink *sink, char character);
void lw_sink_decimal(struct lw_sink *sink, int64_t value);
void lw_sink_hex(struct lw_sink *sink, uint64_t value, int width); /* lower case, zero-padded */

/* Context: signal handler | any thread.
 * Writes everything buffered.  Returns 0 or the errno that ended the output.  errno is kept. */
int lw_sink_flush(struct lw_sink *sink);

/* Context: signal handler | any thread.
 * After an error that may pass (all but EPIPE and ETIMEDOUT) tries again, on a new line. */
void lw_sink_again(struct lw_sink *sink);

#endif
