#include "dump/dump.h"

#include <sys/mman.h>

struct lw_dump *
lw_dump_create(void)
{
    void *dump = mmap(NULL, sizeof(struct lw_dump), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return dump == MAP_FAILED ? NULL : dump;
}

void
lw_dump_destroy(struct lw_dump *dump)
{
    if (dump != NULL) {
        munmap(dump, sizeof *dump);
    }
}

void
lw_dump_forget(struct lw_dump *dump)
{
    dump->generation++;
    dump->arena_used = 0;
    dump->codes_used = 0;
    dump->lines_used = 0;
}

static void
begin_text(struct lw_dump *dump)
{
    lw_dump_forget(dump);
    dump->threads_shown = 0;
}

void
lw_dump_begin(struct lw_dump *dump, int fd, int64_t deadline)
{
    lw_session_begin(&dump->session, fd, deadline);
    begin_text(dump);
}

void
lw_dump_begin_held(struct lw_dump *dump, int fd, int64_t deadline)
{
    lw_session_begin_held(&dump->session, fd, deadline);
    begin_text(dump);
}

const char *
lw_dump_begin_process(struct lw_dump *dump, int fd, int64_t deadline, pid_t pid, uint64_t runtime,
                      uint32_t version)
{
    begin_text(dump);
    return lw_session_begin_process(&dump->session, fd, deadline, pid, runtime, version);
}

void
lw_dump_resume(struct lw_dump *dump)
{
    lw_session_resume(&dump->session);
    lw_dump_forget(dump);
}

int
lw_dump_end(struct lw_dump *dump)
{
    return lw_session_end(&dump->session);
}
