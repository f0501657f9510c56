#include "system/maps.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "system/process_state.h"
#include "system/turn.h"

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

/* Ends the next word of a line with a 0 byte; *at moves behind it. */
static const char *
take_word(char **at)
{
    while (**at == ' ') {
        ++*at;
    }
    const char *word = *at;
    while (**at && **at != ' ') {
        ++*at;
    }
    if (**at) {
        *(*at)++ = 0;
    }
    return word;
}

/* "low-high rwxp offset device inode      path"; `text` ends with a 0 byte. */
static int
parse_line(char *text, struct lw_mapping *out)
{
    for (int i = 0; i < LW_MAPS_COLUMNS; i++) {
        out->columns[i] = take_word(&text);
    }
    const char *end = parse_hex(out->columns[LW_MAPS_RANGE], &out->low);
    const char *access = out->columns[LW_MAPS_ACCESS];
    if (*end != '-' || *parse_hex(end + 1, &out->high) || strlen(access) < 3) {
        return 0;
    }
    out->access = (access[0] == 'r' ? LW_MAY_READ : 0) | (access[1] == 'w' ? LW_MAY_WRITE : 0) |
                  (access[2] == 'x' ? LW_MAY_EXECUTE : 0);
    (void)parse_hex(out->columns[LW_MAPS_OFFSET], &out->offset);
    while (*text == ' ') {
        text++;
    }
    out->path = text; /* it may hold spaces */
    out->path_length = strlen(text);
    return 1;
}

/* Hands on each complete line of the file; a line longer than the buffer is left out. */
static void
read_lines(int fd, char *text, lw_mapping_fn take, void *argument)
{
    size_t have = 0;
    for (;;) {
        ssize_t got = read(fd, text + have, LW_MAPS_LINE - have);
        if (got <= 0) {
            return;
        }
        have += (size_t)got;
        char *start = text, *end;
        while ((end = memchr(start, '\n', have - (size_t)(start - text))) != NULL) {
            struct lw_mapping mapping;
            *end = 0;
            if (parse_line(start, &mapping) && !take(argument, &mapping)) {
                return;
            }
            start = end + 1;
        }
        have -= (size_t)(start - text);
        memmove(text, start, have);
        if (have == LW_MAPS_LINE) {
            have = 0;
        }
    }
}

int
lw_maps_read(char *line, lw_mapping_fn take, void *argument)
{
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    read_lines(fd, line, take, argument);
    close(fd);
    return 1;
}

struct lookup {
    uintptr_t address;
    int access;
};

static int
take_access(void *argument, const struct lw_mapping *mapping)
{
    struct lookup *lookup = argument;
    if (lookup->address >= mapping->low && lookup->address < mapping->high) {
        lookup->access = mapping->access;
        return 0;
    }
    return mapping->low <= lookup->address;
}

int
lw_maps_access(uintptr_t address)
{
    static char line[LW_MAPS_LINE];
    atomic_int *reading = lw_process_state(LW_PROCESS_MAPS);
    struct lookup lookup = {address, 0};
    if (!lw_turn_try(reading, 1)) {
        return -1;
    }
    int was_read = lw_maps_read(line, take_access, &lookup);
    lw_turn_end(reading);
    return was_read ? lookup.access : -1;
}
