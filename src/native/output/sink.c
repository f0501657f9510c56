#include "output/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "system/clock.h"
#include "system/decimal.h"

enum {
    NANOSECONDS = 1000000000,
    MILLISECOND = 1000000,
    POLL_AT_MOST = 100,         /* ms: the deadline is looked at this often */
    FITS_WHEN_READY = PIPE_BUF, /* poll() promises at least that much room */
    MEMORY_DEVICES = 1,         /* major number of /dev/null and its kin */
};

int
lw_never_waits(const struct stat *status)
{
    return S_ISREG(status->st_mode) || S_ISBLK(status->st_mode) ||
           (S_ISCHR(status->st_mode) && major(status->st_rdev) == MEMORY_DEVICES);
}

void
lw_sink_begin(struct lw_sink *sink, int fd, int64_t deadline)
{
    struct stat status = {.st_mode = 0};
    sink->fd = fd;
    sink->failed = 0;
    sink->writes = 0;
    sink->written = 0;
    sink->deadline = deadline;
    sink->used = 0;
    sink->whole = 0;
    sink->waits = LW_SINK_NEVER_WAITS;
    if (deadline == 0) {
        return; /* without a deadline, write() may wait */
    }
    int kept = errno;
    /* A regular file, a block device or /dev/null never makes us wait for a reader. */
    if (fstat(fd, &status) != 0 || !lw_never_waits(&status)) {
        sink->waits = S_ISFIFO(status.st_mode) ? LW_SINK_PIPE : LW_SINK_WAITS;
    }
    errno = kept;
}

/* Waits until something can be written.  0, or the errno that ends the output. */
static int
wait_for_room(struct lw_sink *sink)
{
    for (;;) {
        struct pollfd one = {sink->fd, POLLOUT, 0};
        int timeout = POLL_AT_MOST;
        if (sink->deadline != 0) {
            int64_t left = sink->deadline - lw_now();
            if (left <= 0) {
                timeout = 0;
            }
            else if (left < (int64_t)POLL_AT_MOST * MILLISECOND) {
                timeout = (int)(left / MILLISECOND) + 1;
            }
        }
        int ready = poll(&one, 1, timeout);
        if (ready > 0) {
            return 0; /* also on an error condition: then write() fails with it */
        }
        if (ready < 0 && errno != EINTR) { /* a sandbox forbids poll(): then write() is tried */
            return sink->deadline != 0 ? 0 : errno;
        }
        if (timeout == 0) {
            return ETIMEDOUT;
        }
    }
}

/* How much may be written to a pipe that has room without waiting for its reader? */
static size_t
room_of_pipe(int fd)
{
    int unread, capacity = fcntl(fd, F_GETPIPE_SZ);
    if (capacity > 0 && ioctl(fd, FIONREAD, &unread) == 0 && unread == 0) {
        return (size_t)capacity;
    }
    return FITS_WHEN_READY;
}

static ssize_t
write_some(struct lw_sink *sink, const char *bytes, size_t size)
{
    if (sink->waits == LW_SINK_NEVER_WAITS) {
        return write(sink->fd, bytes, size);
    }
    int ended = wait_for_room(sink);
    if (ended) {
        errno = ended;
        return -1;
    }
    size_t room = FITS_WHEN_READY;
    if (sink->waits == LW_SINK_PIPE) {
        room = room_of_pipe(sink->fd);
    }
    else {
        ssize_t sent = send(sink->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0 || errno != ENOTSOCK) {
            return sent;
        }
    }
    return write(sink->fd, bytes, size < room ? size : room);
}

/* Writes the first `size` bytes of the buffer and keeps the rest. */
static void
write_out(struct lw_sink *sink, size_t size)
{
    size_t done = 0;
    int kept = errno;
    while (done < size && !sink->failed) {
        ssize_t count = write_some(sink, sink->buffer + done, size - done);
        sink->writes++;
        if (count > 0) {
            done += (size_t)count;
        }
        else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
            sink->failed = count == 0 ? EIO : errno;
        }
        else if (errno == EAGAIN && (sink->failed = wait_for_room(sink)) == 0 &&
                 sink->deadline != 0 && lw_now() > sink->deadline) {
            sink->failed = ETIMEDOUT;
        }
    }
    sink->written += done;
    errno = kept;
    memmove(sink->buffer, sink->buffer + size, sink->used - size);
    sink->used -= size;
    sink->whole = sink->whole > size ? sink->whole - size : 0;
}

void
lw_sink_bytes(struct lw_sink *sink, const char *bytes, size_t size)
{
    while (size > 0) {
        size_t piece = LW_SINK_SIZE - sink->used;
        if (size > piece && sink->used > 0) {
            write_out(sink, sink->whole ? sink->whole : sink->used);
            continue;
        }
        if (piece > size) {
            piece = size; /* else more than a whole buffer: in pieces */
        }
        memcpy(sink->buffer + sink->used, bytes, piece);
        sink->used += piece;
        if (bytes[piece - 1] == '\n') {
            sink->whole = sink->used;
        }
        bytes += piece;
        size -= piece;
    }
}

void
lw_sink_text(struct lw_sink *sink, const char *text)
{
    lw_sink_bytes(sink, text, strlen(text));
}

void
lw_sink_char(struct lw_sink *sink, char character)
{
    lw_sink_bytes(sink, &character, 1);
}

void
lw_sink_decimal(struct lw_sink *sink, int64_t value)
{
    char text[1 + LW_DECIMAL] = "-";
    uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
    char *end = lw_append_decimal(text + (value < 0), size);
    lw_sink_bytes(sink, text, (size_t)(end - text));
}

void
lw_sink_hex(struct lw_sink *sink, uint64_t value, int width)
{
    static const char letters[] = "0123456789abcdef";
    char digits[16];
    int start = 16;
    do {
        digits[--start] = letters[value & 15];
        value >>= 4;
    } while (start > 0 && (value || 16 - start < width));
    lw_sink_bytes(sink, digits + start, (size_t)(16 - start));
}

int
lw_sink_flush(struct lw_sink *sink)
{
    if (sink->used > 0) {
        write_out(sink, sink->used);
    }
    return sink->failed;
}

void
lw_sink_again(struct lw_sink *sink)
{
    if (sink->failed && sink->failed != EPIPE && sink->failed != ETIMEDOUT) {
        sink->failed = 0;
        lw_sink_char(sink, '\n');
    }
}
