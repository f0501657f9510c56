#include "output/outlet.h"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "output/sink.h"
#include "system/sandbox.h"

enum {
    LOWEST_DUPLICATE = 128, /* out of the way of programs that count on low numbers */
    DUPLICATES_LIMIT = 256, /* descriptors compared */
};

/* A duplicate with a high number, or -1. */
static int
duplicate(int fd)
{
    int number = fcntl(fd, F_DUPFD_CLOEXEC, LOWEST_DUPLICATE);
    return number >= 0 ? number : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

static int
identify(struct lw_outlet *outlet, int fd, struct stat *status)
{
    *outlet = (struct lw_outlet){.given = fd, .duplicate = -1};
    if (fstat(fd, status) != 0) {
        return 0;
    }
    outlet->device = status->st_dev;
    outlet->inode = status->st_ino;
    outlet->identified = 1;
    return 1;
}

void
lw_outlet_open(struct lw_outlet *outlet, int fd)
{
    struct stat status;
    /* Of a pipe, a socket or a terminal another process may wait for the last descriptor to be
     * closed. */
    if (identify(outlet, fd, &status) && lw_never_waits(&status)) {
        outlet->duplicate = duplicate(fd);
    }
}

void
lw_outlet_take(struct lw_outlet *outlet, int fd)
{
    struct stat status;
    (void)identify(outlet, fd, &status);
    outlet->duplicate = duplicate(fd);
    if (outlet->duplicate >= 0) {
        close(fd);
    }
    else {
        outlet->duplicate = fd;
    }
    outlet->given = -1;
}

static int
is_same_file(const struct lw_outlet *outlet, int fd)
{
    struct stat status;
    return fd >= 0 && outlet->identified && fstat(fd, &status) == 0 &&
           status.st_dev == outlet->device && status.st_ino == outlet->inode;
}

void
lw_outlet_close(struct lw_outlet *outlet)
{
    if (is_same_file(
            outlet, outlet->duplicate)) { /* else it was closed, and the number is another file's */
        close(outlet->duplicate);
    }
    *outlet = (struct lw_outlet){.given = -1, .duplicate = -1};
}

/* Has a descriptor a duplicate, as after `> log 2>&1` or dup2()?  1, 0, or -1 if the kernel doesn't
 * say, or a filter of system calls is in force, which may kill for kcmp(2). */
static int
has_duplicate(int fd)
{
    int is_known = 0;
    if (lw_is_filtered()) {
        return -1;
    }
    for (int other = 0; other < DUPLICATES_LIMIT; other++) {
        long order = other == fd ? 1 : syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, fd, other);
        if (order == 0) {
            return 1;
        }
        is_known |= order > 0 && other != fd;
    }
    return is_known ? 0 : -1;
}

/* Is it a network connection?  No log is one, but a server that closed 2 may have accepted one as 2. */
static int
is_connection(int fd, const struct stat *status)
{
    int domain = AF_UNIX;
    socklen_t size = sizeof(domain);
    return S_ISSOCK(status->st_mode) &&
           getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain != AF_UNIX;
}

/* Can the file of descriptor 2 be a log?  A data file that was opened after 2 was closed is
 * opened for reading too, or has no duplicate. */
static int
is_plausible_stderr(void)
{
    struct stat error, output;
    int flags = fcntl(STDERR_FILENO, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || fstat(STDERR_FILENO, &error) != 0) {
        return 0;
    }
    if (!S_ISREG(error.st_mode) || (flags & O_APPEND)) {
        return !is_connection(STDERR_FILENO, &error);
    }
    int duplicated = (flags & O_ACCMODE) == O_WRONLY ? has_duplicate(STDERR_FILENO) : 0;
    if (duplicated < 0) {
        return fstat(STDOUT_FILENO, &output) == 0 && output.st_dev == error.st_dev &&
               output.st_ino == error.st_ino;
    }
    return duplicated;
}

int
lw_outlet_descriptor(const struct lw_outlet *outlet)
{
    if (outlet->given == STDERR_FILENO &&
        (is_same_file(outlet, STDERR_FILENO) || is_plausible_stderr())) {
        return STDERR_FILENO; /* what it was, or what it was redirected to since */
    }
    if (is_same_file(outlet, outlet->duplicate)) {
        return outlet->duplicate;
    }
    if (is_same_file(outlet, outlet->given)) {
        return outlet->given;
    }
    return is_plausible_stderr() ? STDERR_FILENO : -1;
}
