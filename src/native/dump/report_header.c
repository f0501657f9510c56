#include "dump/report_header.h"

#include <time.h>
#include <unistd.h>

enum {
    DAY = 24 * 60 * 60, /* seconds */
    FIRST_YEAR = 1970,
    LAST_YEAR = 9999, /* a clock beyond it is wrong */
    MONTHS = 12,
};

static int
is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* From 0. */
static int
days_of_month(int month, int year)
{
    static const uint8_t days[MONTHS] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month] + (month == 1 && is_leap(year));
}

static void
write_two(struct lw_sink *sink, int64_t number, const char *after)
{
    lw_sink_char(sink, (char)('0' + number / 10 % 10));
    lw_sink_char(sink, (char)('0' + number % 10));
    lw_sink_text(sink, after);
}

/* gmtime() is not allowed in a signal handler. */
static void
write_time(struct lw_sink *sink, int64_t seconds)
{
    int64_t days = seconds / DAY, rest = seconds % DAY;
    int year = FIRST_YEAR, month = 0;
    while (year < LAST_YEAR && days >= 365 + is_leap(year)) {
        days -= 365 + is_leap(year++);
    }
    while (month < MONTHS - 1 && days >= days_of_month(month, year)) {
        days -= days_of_month(month++, year);
    }
    lw_sink_decimal(sink, year);
    lw_sink_char(sink, '-');
    write_two(sink, month + 1, "-");
    write_two(sink, days + 1, " ");
    write_two(sink, rest / 3600, ":");
    write_two(sink, rest / 60 % 60, ":");
    write_two(sink, rest % 60, " UTC");
}

void
lw_report_header_write(struct lw_sink *sink, const struct lw_report_header *header)
{
    struct timespec now;
    if (!header->wanted) {
        return;
    }
    lw_sink_text(sink, "== Process ");
    lw_sink_decimal(sink, getpid());
    if (clock_gettime(CLOCK_REALTIME, &now) == 0 && now.tv_sec >= 0) {
        lw_sink_text(sink, ", ");
        write_time(sink, now.tv_sec);
    }
    if (header->size > 0) {
        lw_sink_text(sink, ": ");
        lw_sink_bytes(sink, header->text, header->size);
    }
    lw_sink_text(sink, " ==\n");
}
