/* record_process.c: the "process" line: facts rendered in advance, and those of the process that
 * failed, which may be a child of the one that switched the record on, with another user, directory
 * or host name. */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "output/json.h"
#include "record/record_lines.h"

enum {
    NANOSECONDS = 1000000000,
    HUNDREDTH = 10000000, /* in nanoseconds: the precision of the kernel's ticks */
    STAT_BYTES = 1024,
    STAT_START_TIME = 22, /* the field's number in /proc/PID/stat, see proc(5) */
    STAT_STATE = 3,
};

/* Writes a time as seconds with decimals, in full: a double would not hold it. */
static void
put_time(struct lw_sink *sink, const char *key, int64_t nanoseconds, int64_t least)
{
    lw_json_key(sink, key);
    lw_sink_decimal(sink, nanoseconds / NANOSECONDS);
    lw_sink_char(sink, '.');
    for (int64_t unit = NANOSECONDS / 10; unit >= least; unit /= 10) {
        lw_sink_char(sink, (char)('0' + nanoseconds / unit % 10));
    }
}

static int64_t
clock_now(clockid_t clock)
{
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * NANOSECONDS + now.tv_nsec;
}

/* When the process started, in ticks since the machine did; -1: unknown. */
static int64_t
start_in_ticks(void)
{
    static char text[STAT_BYTES];
    int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) {
        close(fd);
    }
    if (size <= 0) {
        return -1;
    }
    text[size] = '\0';
    const char *at = strrchr(text, ')'); /* the name before it may hold anything */
    for (int field = STAT_STATE - 1; at != NULL && field < STAT_START_TIME; field++) {
        at = strchr(at + 1, ' ');
    }
    if (at == NULL || at[1] < '0' || at[1] > '9') {
        return -1;
    }
    int64_t ticks = 0;
    for (at++; *at >= '0' && *at <= '9' && ticks < INT64_MAX / NANOSECONDS / 100; at++) {
        ticks = ticks * 10 + (*at - '0');
    }
    return ticks;
}

static void
put_start(struct lw_sink *sink, int64_t now)
{
    int64_t ticks = start_in_ticks(), in_second = sysconf(_SC_CLK_TCK);
    if (ticks < 0 || in_second <= 0) {
        lw_json_null(sink, "started");
        return;
    }
    int64_t age = clock_now(CLOCK_BOOTTIME) - ticks * (NANOSECONDS / in_second);
    put_time(sink, "started", now - age, HUNDREDTH);
}

void
lw_record_process(struct lw_sink *sink, const char *facts, size_t size)
{
    static char directory[LW_RECORD_PATH];
    struct utsname system;
    int64_t now = clock_now(CLOCK_REALTIME);

    lw_json_open(sink, "process");
    lw_json_number(sink, "pid", getpid());
    lw_json_number(sink, "parent", getppid());
    put_time(sink, "failed", now, 1);
    put_start(sink, now);
    lw_json_number(sink, "uid", getuid());
    if (syscall(SYS_getcwd, directory, sizeof directory) > 0 && directory[0] == '/') {
        lw_json_text(sink, "working_directory", directory);
    }
    else {
        lw_json_null(sink, "working_directory"); /* removed, or out of this root's reach */
    }
    if (uname(&system) == 0) {
        lw_json_text(sink, "host", system.nodename);
    }
    lw_json_raw(sink, facts, size);
    lw_json_close(sink);
}
