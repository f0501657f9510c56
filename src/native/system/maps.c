#include "system/maps.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

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
    out->is_executable = at[2] == 'x';
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
read_lines(int fd, void (*take)(const struct lw_mapping *mapping))
{
    static char text[LINE_LIMIT];
    size_t have = 0;
    for (;;) {
        ssize_t got = read(fd, text + have, sizeof(text) - have);
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
        if (have == sizeof(text)) {
            have = 0;
        }
    }
}

int
lw_maps_read(void (*take)(const struct lw_mapping *mapping))
{
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    read_lines(fd, take);
    close(fd);
    return 1;
}
