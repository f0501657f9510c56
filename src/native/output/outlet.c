#include "output/outlet.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOWEST_DUPLICATE = 128 }; /* out of the way of programs that count on low numbers */

/* Is it a pipe, a socket or a terminal among the standard streams?  A program that makes itself a daemon
 * lets go of these, and another process may wait until nobody has them: a duplicate would hold them. */
static int
is_found_again(int fd, const struct stat *status)
{
    return fd <= STDERR_FILENO && !S_ISREG(status->st_mode);
}

void
lw_outlet_open(struct lw_outlet *outlet, int fd)
{
    struct stat status;
    *outlet = (struct lw_outlet){.given = fd, .duplicate = -1};
    if (fstat(fd, &status) != 0) {
        return;
    }
    outlet->device = status.st_dev;
    outlet->inode = status.st_ino;
    outlet->identified = 1;
    if (is_found_again(fd, &status)) {
        return;
    }
    outlet->duplicate = fcntl(fd, F_DUPFD_CLOEXEC, LOWEST_DUPLICATE);
    if (outlet->duplicate < 0) { /* a low RLIMIT_NOFILE */
        outlet->duplicate = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    }
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

/* Whether what is behind descriptor 2 can be a log.  A data file that was opened after 2 was closed is
 * opened for reading too, or is not standard output as well. */
static int
is_plausible_stderr(void)
{
    struct stat error, output;
    int flags = fcntl(STDERR_FILENO, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || fstat(STDERR_FILENO, &error) != 0) {
        return 0;
    }
    if (!S_ISREG(error.st_mode) || (flags & O_APPEND)) {
        return 1;
    }
    return (flags & O_ACCMODE) == O_WRONLY && fstat(STDOUT_FILENO, &output) == 0 &&
           output.st_dev == error.st_dev && output.st_ino == error.st_ino;
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
