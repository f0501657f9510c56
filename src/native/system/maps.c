#include "system/maps.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "system/process_state.h"

enum { LINE_LIMIT = 4096 + 128 }; /* PATH_MAX and the columns before the path */

static const char *
parse_hex(const char *at, uintptr_t *value)
{
    uintptr_t sum = 0;
    for (;; at++) {
        char c = *at;
        if (c >= '0' && c <= '9') {
            sum = sum << 4 | (uintptr_t)(c - '0');
        }
        else if (c >= 'a' && c <= 'f') {
            sum = sum << 4 | (uintptr_t)(c - 'a' + 10);
        }
        else {
            break;
        }
    }
    *value = sum;
    return at;
}

/* "low-high rwxp offset dev inode      path"; `text` ends with a 0 byte. */
static int
parse_line(const char *text, struct lw_mapping *out)
{
    const char *at = parse_hex(text, &out->low);
    if (*at++ != '-') {
        return 0;
    }
    at = parse_hex(at, &out->high);
    if (*at++ != ' ' || strlen(at) < 5) {
        return 0;
    }
    out->access = (at[0] == 'r' ? LW_MAY_READ : 0) | (at[1] == 'w' ? LW_MAY_WRITE : 0) |
                  (at[2] == 'x' ? LW_MAY_EXECUTE : 0);
    out->is_executable = (out->access & LW_MAY_EXECUTE) != 0;
    at = parse_hex(at + 5, &out->offset);
    for (int column = 0; column < 2; column++) { /* device, inode */
        while (*at == ' ') {
            at++;
        }
        while (*at && *at != ' ') {
            at++;
        }
    }
    while (*at == ' ') {
        at++;
    }
    out->path = at;
    out->path_length = strlen(at);
    return 1;
}

/* Hands on each complete line of the file; a line longer than the buffer is left out. */
static void
read_lines(int fd, char *text, void (*take)(const struct lw_mapping *mapping))
{
    size_t have = 0;
    for (;;) {
        ssize_t got = read(fd, text + have, LINE_LIMIT - have);
        if (got <= 0) {
            return;
        }
        have += (size_t)got;
        char *start = text, *end;
        while ((end = memchr(start, '\n', have - (size_t)(start - text))) != NULL) {
            struct lw_mapping mapping;
            *end = 0;
            if (parse_line(start, &mapping)) {
                take(&mapping);
            }
            start = end + 1;
        }
        have -= (size_t)(start - text);
        memmove(text, start, have);
        if (have == LINE_LIMIT) {
            have = 0;
        }
    }
}

/* 0 when /proc can't be read. */
static int
read_maps(char *text, void (*take)(const struct lw_mapping *mapping))
{
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    read_lines(fd, text, take);
    close(fd);
    return 1;
}

static uintptr_t asked;
static int answer;

static void
answer_if_there(const struct lw_mapping *mapping)
{
    if (asked >= mapping->low && asked < mapping->high) {
        answer = mapping->access;
    }
}

int
lw_maps_access(uintptr_t address)
{
    static char text[LINE_LIMIT];
    atomic_int *asking = lw_process_state(LW_PROCESS_MAPS);
    if (atomic_exchange(asking, 1)) {
        return -1;
    }
    asked = address;
    answer = 0;
    int result = read_maps(text, answer_if_there) ? answer : -1;
    atomic_store(asking, 0);
    return result;
}

int
lw_maps_read(void (*take)(const struct lw_mapping *mapping))
{
    static char text[LINE_LIMIT];
    return read_maps(text, take);
}
