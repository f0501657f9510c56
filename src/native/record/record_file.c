#include "record/record_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "system/decimal.h"

enum { KEPT = 2 }; /* one for the record, one for what is read from /proc meanwhile */

/* -- reserved descriptors -- */

/* Both ends of a pipe that nothing else uses, so that its inode shows whether a number is still
 * ours. */
static struct {
    int fds[KEPT];
    dev_t device;
    ino_t inode;
} kept = {.fds = {-1, -1}};

static int
is_kept(int fd)
{
    struct stat status;
    return fd >= 0 && fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode) &&
           status.st_dev == kept.device && status.st_ino == kept.inode;
}

static int
let_go(int i)
{
    int fd = kept.fds[i];
    kept.fds[i] = -1;
    return is_kept(fd) && close(fd) == 0;
}

/* The standard streams' numbers stay free for them. */
static int
above_standard_streams(int fd)
{
    if (fd > STDERR_FILENO) {
        return fd;
    }
    int above = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(fd);
    return above;
}

void
lw_record_keep_descriptors(int wanted)
{
    int ends[KEPT];
    struct stat status;
    if (wanted && is_kept(kept.fds[0]) && is_kept(kept.fds[1])) {
        return;
    }
    for (int i = 0; i < KEPT; i++) {
        (void)let_go(i);
    }
    if (!wanted || pipe2(ends, O_CLOEXEC) != 0) {
        return;
    }
    if (fstat(ends[0], &status) == 0) {
        kept.device = status.st_dev;
        kept.inode = status.st_ino;
    }
    for (int i = 0; i < KEPT; i++) {
        kept.fds[i] = above_standard_streams(ends[i]);
    }
}

/* Opens a new file; if no descriptor is left, closes a reserved one, and then the other: another
 * thread may take the first. */
static int
open_new(const char *path)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC;
    int fd = open(path, flags, 0600);
    for (int i = 0; i < KEPT && fd < 0 && (errno == EMFILE || errno == ENFILE); i++) {
        fd = let_go(i) ? open(path, flags, 0600) : -1;
    }
    return fd;
}

/* -- the name -- */

struct path {
    char bytes[LW_RECORD_PATH];
    size_t used;
    int too_long;
};

static struct path path; /* not on the stack: it may be an alternate one */
static int made;         /* 1: the file is there */
static int failure;      /* an errno: why it is not there, or was cut */
static int cut;

static void
add(const char *text, size_t size)
{
    if (size >= sizeof path.bytes - path.used) {
        path.too_long = 1;
        return;
    }
    memcpy(path.bytes + path.used, text, size);
    path.used += size;
    path.bytes[path.used] = '\0';
}

static void
add_number(uint64_t value)
{
    char text[LW_DECIMAL];
    add(text, (size_t)(lw_append_decimal(text, value) - text));
}

/* A name as a part of a file's name: without slashes. */
static void
add_name(const char *name)
{
    for (; *name; name++) {
        add(*name == '/' ? "_" : name, 1);
    }
}

static void
add_expansion(char letter, const struct lw_record_settings *chosen, int signum)
{
    struct timespec now;
    struct utsname system;
    switch (letter) {
    case 'p':
        add_number((uint64_t)getpid());
        break;
    case 't':
        clock_gettime(CLOCK_REALTIME, &now);
        add_number((uint64_t)now.tv_sec);
        break;
    case 'e':
        add_name(chosen->program);
        break;
    case 'h':
        add_name(uname(&system) == 0 ? system.nodename : "unknown");
        break;
    case 's':
        add_number((uint64_t)signum);
        break;
    default:
        add(&letter, 1);
        break;
    }
}

static void
expand(const struct lw_record_settings *chosen, int signum)
{
    path.used = 0;
    path.too_long = 0;
    for (const char *at = chosen->path; *at; at++) {
        if (*at == '%' && at[1]) {
            add_expansion(*++at, chosen, signum);
        }
        else {
            add(at, 1);
        }
    }
}

/* NAME, or NAME.1 ... when there are files of the name; nothing beside a directory of the name. */
static int
make_numbered(void)
{
    struct stat status;
    size_t stem = path.used;
    for (uint64_t attempt = 0; attempt < LW_RECORD_ATTEMPTS; attempt++) {
        if (attempt > 0) {
            path.used = stem;
            add(".", 1);
            add_number(attempt);
        }
        if (path.too_long) {
            failure = ENAMETOOLONG;
            return -1;
        }
        int fd = open_new(path.bytes);
        if (fd >= 0) {
            return fd;
        }
        failure = errno;
        if (failure == EEXIST && attempt == 0 && lstat(path.bytes, &status) == 0 &&
            S_ISDIR(status.st_mode)) {
            failure = EISDIR;
        }
        if (failure != EEXIST) {
            break;
        }
    }
    path.used = stem;
    path.bytes[stem] = '\0';
    return -1;
}

int
lw_record_file_make(const struct lw_record_settings *chosen, int signum)
{
    made = cut = failure = 0;
    expand(chosen, signum);
    int fd = make_numbered();
    made = fd >= 0;
    (void)let_go(1); /* for files that are read into the record */
    return fd;
}

void
lw_record_file_was_cut(int error)
{
    cut = made;
    failure = error;
}

/* -- the record's lines in the text -- */

/* strerror() is not allowed in a signal handler. */
static const char *
in_words(int error)
{
    static const struct {
        int error;
        const char *words;
    } known[] = {
        {EACCES, "permission denied"},   {EPERM, "operation not permitted"},
        {ENOENT, "no such directory"},   {ENOTDIR, "not a directory"},
        {EISDIR, "is a directory"},      {EEXIST, "all its names are taken"},
        {ENAMETOOLONG, "name too long"}, {ELOOP, "too many symbolic links"},
        {EMFILE, "no descriptor left"},  {ENFILE, "no descriptor left"},
        {ENOSPC, "no space left"},       {EDQUOT, "quota exceeded"},
        {EFBIG, "file too large"},       {EROFS, "read-only file system"},
        {EIO, "input/output error"},     {ETIMEDOUT, "no time left"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].error == error) {
            return known[i].words;
        }
    }
    return NULL;
}

static void
put_failure(struct lw_sink *sink)
{
    const char *words = in_words(failure);
    if (words != NULL) {
        lw_sink_text(sink, words);
    }
    else if (failure != 0) {
        lw_sink_text(sink, "error ");
        lw_sink_decimal(sink, failure);
    }
    else {
        lw_sink_text(sink, "interrupted");
    }
}

/* One line, whatever the name holds. */
static void
put_path(struct lw_sink *sink)
{
    for (size_t i = 0; i < path.used; i++) {
        unsigned char byte = (unsigned char)path.bytes[i];
        lw_sink_char(sink, (char)(byte < ' ' || byte == 0x7F ? '?' : byte));
    }
}

void
lw_record_file_name(struct lw_sink *sink)
{
    lw_sink_text(sink, "\nRecord: ");
    if (!made) {
        lw_sink_text(sink, "not written (");
        put_failure(sink);
        lw_sink_text(sink, "): ");
    }
    put_path(sink);
    lw_sink_char(sink, '\n');
}

void
lw_record_file_name_cut(struct lw_sink *sink)
{
    if (cut) {
        lw_sink_text(sink, "Record: cut (");
        put_failure(sink);
        lw_sink_text(sink, "): ");
        put_path(sink);
        lw_sink_char(sink, '\n');
    }
}
