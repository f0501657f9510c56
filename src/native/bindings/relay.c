#include <Python.h>

#include "bindings/relay.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/sink.h"
#include "system/clock.h"
#include "system/sandbox.h"
#include "system/signal_mask.h"

enum {
    PIECE = 4096, /* a pipe that has room has this much */
    POLL_MS = 100,
};

/* May a file in memory fail?  A limit on the size of files holds for it too, and a filter of system
 * calls may kill for memfd_create(). */
static int
is_limited(void)
{
    struct rlimit size;
    return lw_is_filtered_lately() || getrlimit(RLIMIT_FSIZE, &size) != 0 ||
           size.rlim_cur != RLIM_INFINITY;
}

void
lw_relay_begin(struct lw_relay *relay, int fd)
{
    struct stat status;
    *relay = (struct lw_relay){.to = fd, .behind = -1};
    if (fstat(fd, &status) != 0 || lw_never_waits(&status) || is_limited()) {
        return;
    }
    int memory = memfd_create("dump", MFD_CLOEXEC);
    if (memory >= 0) {
        *relay = (struct lw_relay){.to = memory, .behind = fd};
    }
}

/* Waits a little for room.  1: there is some, 0: none yet, -1: there will never be. */
static int
wait_a_little(int fd)
{
    struct pollfd one = {fd, POLLOUT, 0};
    int ready = poll(&one, 1, POLL_MS);
    if (ready < 0) {
        return errno != EINTR; /* a sandbox forbids poll(): then write() is tried */
    }
    return ready > 0 && !(one.revents & POLLOUT) ? -1 : ready;
}

/* write() that doesn't kill if nothing reads. */
static ssize_t
write_quietly(int fd, const char *piece, size_t size)
{
    sigset_t kept;
    lw_signal_mask(SIG_BLOCK, SIGPIPE, &kept);
    ssize_t written = write(fd, piece, size);
    int error = errno;
    if (written < 0 && error == EPIPE && sigismember(&kept, SIGPIPE) == 0) {
        lw_signal_discard(SIGPIPE);
    }
    pthread_sigmask(SIG_SETMASK, &kept, NULL);
    errno = error;
    return written;
}

/* Writes a piece; the lock is not held.  Returns the bytes written, 0 for none yet, -1: give up. */
static ssize_t
write_piece(int fd, const char *piece, size_t size)
{
    int room = wait_a_little(fd);
    if (room <= 0) {
        return room;
    }
    ssize_t written = write_quietly(fd, piece, size);
    return written < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : written;
}

static int
copy(int from, int to)
{
    const int64_t limit = LW_RELAY_SECONDS * INT64_C(1000000000);
    int64_t moved = lw_now();
    off_t at = 0;
    char piece[PIECE];
    ssize_t have;
    while ((have = pread(from, piece, sizeof piece, at)) > 0) {
        ssize_t written;
        Py_BEGIN_ALLOW_THREADS written = write_piece(to, piece, (size_t)have);
        Py_END_ALLOW_THREADS;
        if (written < 0 || (written == 0 && lw_now() - moved > limit)) {
            return 0;
        }
        if (written > 0) {
            at += written;
            moved = lw_now();
        }
        else if (PyErr_CheckSignals() != 0) {
            return -1;
        }
    }
    return 0;
}

int
lw_relay_end(struct lw_relay *relay)
{
    if (relay->behind < 0) {
        return 0;
    }
    int failed = copy(relay->to, relay->behind);
    close(relay->to);
    return failed;
}
