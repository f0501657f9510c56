#include "system/thread_name.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "system/clock.h"
#include "system/decimal.h"

enum { MAX_PATH = 64 };

void
lw_names_begin(struct lw_names *names, pid_t pid, int fresh)
{
    if (pid != names->pid) {
        memset(names->entries, 0, sizeof names->entries);
    }
    names->pid = pid;
    names->now = lw_now();
    names->fresh = (uint8_t)fresh;
}

static char *
append_text(char *end, const char *text)
{
    size_t size = strlen(text);
    memcpy(end, text, size);
    return end + size;
}

/* `pid` 0: the own process. */
static size_t
read_kernel_name(pid_t pid, uint64_t native_id, char *name)
{
    char path[MAX_PATH];
    char *end = append_text(path, "/proc/");
    end = pid == 0 ? append_text(end, "self") : lw_append_decimal(end, (uint64_t)pid);
    end = append_text(end, "/task/");
    end = lw_append_decimal(end, native_id);
    end = append_text(end, "/comm");
    *end = '\0';

    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t count = read(fd, name, LW_NAME_SIZE); /* up to 15 bytes and a newline */
    close(fd);
    if (count > 0 && name[count - 1] == '\n') {
        count--;
    }
    return count > 0 ? (size_t)count : 0;
}

size_t
lw_own_name(struct lw_names *names, const char **name)
{
    *name = names->own;
    return prctl(PR_GET_NAME, names->own) == 0 ? strnlen(names->own, LW_NAME_SIZE) : 0;
}

size_t
lw_thread_name(struct lw_names *names, uint64_t native_id, uint64_t unique_id, const char **name)
{
    struct lw_name_entry *entry = &names->entries[native_id % LW_REMEMBERED_NAMES];
    *name = entry->name;
    if (native_id == 0) {
        return 0;
    }
    if (!names->fresh && entry->native_id == native_id && entry->unique_id == unique_id &&
        names->now - entry->read_at < LW_NAME_AGE) {
        return entry->length;
    }
    int kept = errno;
    entry->native_id = 0; /* a fault in between leaves no half entry */
    entry->python_read_at = 0;
    entry->length = (uint8_t)read_kernel_name(names->pid, native_id, entry->name);
    entry->unique_id = unique_id;
    entry->read_at = names->now;
    entry->native_id = native_id;
    errno = kept;
    return entry->length;
}

static char process_name[LW_NAME_SIZE];
static size_t process_name_length;
static uint64_t first_thread;

void
lw_names_learn_process(void)
{
    char name[LW_NAME_SIZE];
    first_thread = (uint64_t)getpid();
    if (syscall(SYS_gettid) == getpid() && prctl(PR_GET_NAME, name) == 0) { /* also without /proc */
        process_name_length = strnlen(name, LW_NAME_SIZE);
    }
    else {
        process_name_length = read_kernel_name(0, first_thread, name);
    }
    memcpy(process_name, name, process_name_length);
}

int
lw_is_process_name(const char *name, size_t length)
{
    return length == process_name_length && memcmp(name, process_name, length) == 0;
}

int
lw_is_first_thread(uint64_t native_id)
{
    return native_id == first_thread;
}
