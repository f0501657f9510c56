/* check_report_header.c: the time in a report's header, on every day of 130 years and at odd moments.
 *
 *     check_report_header   silence and status 0 say that all holds */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "dump/report_header.h"

enum { DAY = 24 * 60 * 60, DAYS = 130 * 365, PRIME = 7919 };

static time_t moment;
static int fails, file;
static struct lw_sink sink;

int
clock_gettime(clockid_t clock, struct timespec *now) /* in the C library's place */
{
    if (clock != CLOCK_REALTIME) {
        return (int)syscall(SYS_clock_gettime, clock, now);
    }
    *now = (struct timespec){.tv_sec = moment};
    return fails ? -1 : 0;
}

static void
check(const char *format)
{
    static const struct lw_report_header header = {1, 4, "text"};
    char wanted[128], shown[64], found[128] = "";
    struct tm parts;
    strftime(shown, sizeof(shown), format, gmtime_r(&moment, &parts));
    snprintf(wanted, sizeof(wanted), "== Process %d%s: text ==\n", getpid(), shown);
    assert(ftruncate(file, 0) == 0 && lseek(file, 0, SEEK_SET) == 0);
    lw_sink_begin(&sink, file, 0);
    lw_report_header_write(&sink, &header);
    assert(lw_sink_flush(&sink) == 0);
    assert(pread(file, found, sizeof(found) - 1, 0) > 0);
    if (strcmp(found, wanted) != 0) {
        printf("%s%s", found, wanted);
    }
}

int
main(void)
{
    const time_t ends[] = {0, DAY - 1, 951782399, 951782400, 4107542399, 4107542400, 253402300799};
    file = memfd_create("report", 0);
    for (int day = 0; day < DAYS; day++) {
        moment = (time_t)day * DAY + (time_t)day * PRIME % DAY;
        check(", %Y-%m-%d %H:%M:%S UTC");
    }
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        moment = ends[i];
        check(", %Y-%m-%d %H:%M:%S UTC");
    }
    moment = -1;
    check("");
    moment = 0;
    fails = 1;
    check("");
    return 0;
}
