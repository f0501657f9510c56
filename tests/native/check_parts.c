/* check_parts.c: the guarded copy, the sources of memory, and the sink, one by one.
 *
 *     check_parts NAME    runs the check of that name; silence and status 0 say that it holds */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "memory/memory.h"
#include "output/sink.h"
#include "system/clock.h"

enum { PAGE = 4096 };

static void
handle(int signum, siginfo_t *fault, void *context)
{
    (void)signum;
    if (!lw_guard_recover(fault, context)) {
        _exit(99); /* a fault that is not ours */
    }
}

static void
install(lw_fault_handler handler)
{
    struct sigaction action = {.sa_sigaction = handler,
                               .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

static void
other(int signum, siginfo_t *fault, void *context)
{
    handle(signum, fault, context);
}

/* Three pages, the last one not accessible. */
static uint8_t *
map_with_edge(void)
{
    uint8_t *pages =
        mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert(pages != MAP_FAILED);
    assert(mprotect(pages + 2 * PAGE, PAGE, PROT_NONE) == 0);
    for (int i = 0; i < 2 * PAGE; i++) {
        pages[i] = (uint8_t)(i * 7);
    }
    return pages;
}

static void
check_guard_copies(void)
{
    uint8_t into[600];
    uint8_t *pages = map_with_edge();
    install(handle);
    for (size_t size = 0; size <= 300; size++) {
        for (size_t start = 2 * PAGE - 320; start <= 2 * PAGE; start += 1 + size % 3) {
            memset(into, 0xEE, sizeof into);
            int outcome = lw_guard_copy(into, pages + start, size);
            if (start + size <= 2 * PAGE) {
                assert(outcome == 0 && memcmp(into, pages + start, size) == 0);
            }
            else {
                assert(outcome == -1);
            }
            assert(into[size] == 0xEE);
        }
    }
}

static void
check_guard_refuses(void)
{
    static const uint64_t bad[] = {0,
                                   8,
                                   0xFFFFFFFFFFFFFFF8,
                                   0x8000000000000000,
                                   0xdddddddddddddddd,
                                   0x00007fffffffffff,
                                   0xffffffff80000000};
    uint8_t into[64];
    install(handle);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        for (size_t size = 1; size <= sizeof into; size++) {
            assert(lw_guard_copy(into, (const void *)bad[i], size) == -1);
        }
    }
}

static void
check_guard_truncated_file(void)
{
    uint8_t into[16];
    FILE *file = tmpfile();
    assert(file && ftruncate(fileno(file), 2 * PAGE) == 0);
    uint8_t *mapped = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fileno(file), 0);
    assert(mapped != MAP_FAILED && ftruncate(fileno(file), 0) == 0);
    install(handle);
    assert(lw_guard_copy(into, mapped + PAGE, sizeof into) == -1); /* SIGBUS */
}

static void
check_guard_leaves_other_faults(void)
{
    install(handle);
    pid_t child = fork();
    if (child == 0) {
        int *volatile nowhere = (int *)8;
        *nowhere = 1;
        _exit(0);
    }
    int status;
    assert(waitpid(child, &status, 0) == child);
    assert(WIFEXITED(status) && WEXITSTATUS(status) == 99);
}

/* A signal that is sent while a guarded load runs is no failed load; nor is another signal's fault. */
static void
check_guard_tells_sent_signals(void)
{
#ifdef __x86_64__
    static ucontext_t context;
    const struct {
        int signum, code, recovered;
    } cases[] = {{SIGSEGV, SEGV_MAPERR, 1}, {SIGSEGV, SI_KERNEL, 1}, {SIGBUS, BUS_ADRERR, 1},
                 {SIGSEGV, SI_USER, 0},     {SIGSEGV, SI_TKILL, 0},  {SIGBUS, SI_QUEUE, 0},
                 {SIGSEGV, SI_TIMER, 0},    {SIGABRT, SI_USER, 0},   {SIGABRT, SI_TKILL, 0},
                 {SIGFPE, FPE_INTDIV, 0},   {SIGILL, ILL_ILLOPN, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        siginfo_t info = {.si_signo = cases[i].signum, .si_code = cases[i].code};
        greg_t inside = (greg_t)(uintptr_t)lw_guard_copy;
        context.uc_mcontext.gregs[REG_RIP] = inside;
        assert(lw_guard_recover(&info, &context) == cases[i].recovered);
        assert((context.uc_mcontext.gregs[REG_RIP] != inside) == cases[i].recovered);
    }
#endif
}

/* Waits for threads that read, though not for ever. */
static void
check_guard_end(void)
{
    install(handle);
    lw_guard_use(handle);
    lw_guard_enter();
    assert(!lw_guard_end(1000 * 1000));
    assert(!lw_guard_ready());
    lw_guard_leave();
    assert(lw_guard_end(0));
}

static void
check_guard_ready(void)
{
    sigset_t one;
    assert(!lw_guard_ready());
    lw_guard_use(handle);
    assert(!lw_guard_ready()); /* named, not installed */
    install(handle);
    assert(lw_guard_ready());
    sigemptyset(&one);
    sigaddset(&one, SIGBUS);
    sigprocmask(SIG_BLOCK, &one, NULL);
    assert(!lw_guard_ready());
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    assert(lw_guard_ready());
    install(other); /* another library's */
    assert(!lw_guard_ready());
    install(handle);
    lw_guard_use(NULL);
    assert(!lw_guard_ready());
}

static void
check_memory_kind(struct lw_memory *memory, const uint8_t *pages)
{
    uint8_t into[2 * PAGE + 1];
    static const size_t sizes[] = {1, 8, 80, PAGE, PAGE + 1, 2 * PAGE, 2 * PAGE + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (size_t start = 0; start <= 2 * PAGE; start += 509) {
            int done = lw_memory_read(memory, (uint64_t)(uintptr_t)pages + start, into, sizes[i]);
            assert(done == (start + sizes[i] <= 2 * PAGE));
            assert(!done || memcmp(into, pages + start, sizes[i]) == 0);
        }
    }
    static volatile uint64_t bad[] = {0, 8, UINT64_MAX - 3, UINT64_MAX - 7, 0x8000000000000000};
    errno = 77;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert(!lw_memory_read(memory, bad[i], into, 8));
    }
    assert(errno == 77);
    assert(memory->reads_failed >= 3);
}

static void
check_memory(void)
{
    static struct lw_memory memory;
    uint8_t *pages = map_with_edge();

    munmap(pages + 2 * PAGE, PAGE); /* for plain loads: not mapped at all */
    lw_memory_begin_own(&memory);
    assert(memory.kind == LW_MEMORY_OWN);
    check_memory_kind(&memory, pages);
    lw_memory_begin_held(&memory);
    assert(memory.kind == LW_MEMORY_HELD);
    check_memory_kind(&memory, pages);
    lw_memory_begin_process(&memory, getpid());
    check_memory_kind(&memory, pages);
    lw_memory_begin_image(&memory, (uint64_t)(uintptr_t)pages, pages, 2 * PAGE);
    check_memory_kind(&memory, pages);
    lw_guard_use(handle);
    install(handle);
    lw_memory_begin_held(&memory);
    assert(memory.kind == LW_MEMORY_GUARDED); /* preferred where it can be had */
    check_memory_kind(&memory, pages);
}

/* As in a sandbox: process_vm_readv(2) fails with EPERM. */
static void
check_memory_forbidden(void)
{
    static struct lw_memory memory;
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    uint8_t *pages = map_with_edge();
    munmap(pages + 2 * PAGE, PAGE);
    assert(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    assert(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
    lw_memory_begin_own(&memory);
    assert(memory.kind == LW_MEMORY_OWN);
    check_memory_kind(&memory, pages);
}

/* Under a filter that kills for what it doesn't know. */
static void
check_memory_under_a_filter(void)
{
    static struct lw_memory memory;
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_msync, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    uint8_t *pages = map_with_edge(), byte;
    assert(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    assert(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
    assert(lw_memory_can_copy_own());
    lw_memory_begin_own(&memory);
    assert(memory.kind == LW_MEMORY_OWN);
    assert(lw_memory_read(&memory, (uint64_t)(uintptr_t)pages, &byte, 1) && byte == pages[0]);
    lw_memory_begin_held(&memory);
    assert(lw_memory_read(&memory, (uint64_t)(uintptr_t)pages, &byte, 1) && byte == pages[0]);
    assert(lw_can_read((uintptr_t)pages) && !lw_can_read((uintptr_t)pages + 2 * PAGE));
}

/* lw_memory_look_again() drops kept pages. */
static void
check_memory_looks_again(void)
{
    static struct lw_memory memory;
    static int value = 1;
    const uint64_t address = (uint64_t)(uintptr_t)&value;
    int seen;
    lw_memory_begin_own(&memory);
    for (int i = 1; i < 4; i++) {
        assert(lw_memory_read(&memory, address, &seen, sizeof seen) && seen == i);
        value = i + 1;
        if (i % 2) {
            lw_memory_look_again(&memory, address, sizeof value);
        }
        else {
            lw_memory_refresh(&memory);
        }
    }
}

/* A second dump sees what has changed since the first. */
static void
check_memory_forgets(void)
{
    static struct lw_memory memory;
    static int value = 1;
    int seen;
    lw_memory_begin_own(&memory);
    assert(lw_memory_read(&memory, (uint64_t)(uintptr_t)&value, &seen, sizeof seen) && seen == 1);
    value = 2;
    lw_memory_begin_own(&memory);
    assert(lw_memory_read(&memory, (uint64_t)(uintptr_t)&value, &seen, sizeof seen) && seen == 2);
}

static void
check_sink_numbers(void)
{
    static struct lw_sink sink;
    static const char expected[] = "0 -1 9223372036854775807 -9223372036854775808 "
                                   "0 00ff ffffffffffffffff 0000000000000abc\n";
    char found[sizeof expected];
    int ends[2];
    assert(pipe(ends) == 0);
    lw_sink_begin(&sink, ends[1], 0);
    int64_t numbers[] = {0, -1, INT64_MAX, INT64_MIN};
    for (int i = 0; i < 4; i++) {
        lw_sink_decimal(&sink, numbers[i]);
        lw_sink_char(&sink, ' ');
    }
    lw_sink_hex(&sink, 0, 0);
    lw_sink_char(&sink, ' ');
    lw_sink_hex(&sink, 255, 4);
    lw_sink_char(&sink, ' ');
    lw_sink_hex(&sink, UINT64_MAX, 4);
    lw_sink_char(&sink, ' ');
    lw_sink_hex(&sink, 0xabc, 16);
    lw_sink_text(&sink, "\n");
    assert(lw_sink_flush(&sink) == 0 && sink.writes == 1);
    assert(read(ends[0], found, sizeof found) == (ssize_t)sizeof expected - 1);
    assert(memcmp(found, expected, sizeof expected - 1) == 0);
}

/* Only whole lines leave while there is more to come; all bytes arrive in order. */
static void
check_sink_whole_lines(void)
{
    static struct lw_sink sink;
    FILE *file = tmpfile();
    size_t total = 0;
    lw_sink_begin(&sink, fileno(file), 0);
    for (int i = 0; i < 20000; i++) {
        char line[64];
        int size = snprintf(line, sizeof line, "line %d %.*s\n", i, i % 40,
                            "........................................");
        uint32_t before = sink.writes;
        lw_sink_bytes(&sink, line, 5); /* in pieces, as the writers of frames do */
        lw_sink_bytes(&sink, line + 5, (size_t)size - 5);
        total += (size_t)size;
        if (sink.writes != before) {
            char last;
            assert(pread(fileno(file), &last, 1, (off_t)sink.written - 1) == 1 && last == '\n');
        }
    }
    assert(lw_sink_flush(&sink) == 0);
    assert(sink.written == total && sink.writes <= total / (60 * 1024) + 2);
    char line[128], expected[128];
    rewind(file);
    for (int i = 0; fgets(line, sizeof line, file); i++) {
        snprintf(expected, sizeof expected, "line %d %.*s\n", i, i % 40,
                 "........................................");
        assert(strcmp(line, expected) == 0);
    }
}

static void
check_sink_more_than_a_buffer(void)
{
    static struct lw_sink sink;
    static char many[5 * LW_SINK_SIZE + 17], found[sizeof many];
    FILE *file = tmpfile();
    for (size_t i = 0; i < sizeof many; i++) {
        many[i] = (char)('a' + i % 23);
    }
    lw_sink_begin(&sink, fileno(file), 0);
    lw_sink_text(&sink, "head");
    lw_sink_bytes(&sink, many, sizeof many);
    assert(lw_sink_flush(&sink) == 0 && sink.written == sizeof many + 4);
    assert(pread(fileno(file), found, sizeof found, 4) == (ssize_t)sizeof found);
    assert(memcmp(found, many, sizeof many) == 0);
}

static void
check_sink_deadline(void)
{
    static struct lw_sink sink;
    int ends[2];
    assert(pipe(ends) == 0);
    int64_t start = lw_now();
    lw_sink_begin(&sink, ends[1], start + 300 * 1000000LL);
    for (int i = 0; i < 20000; i++) {
        lw_sink_text(&sink, "without a reader\n");
    }
    errno = 77;
    assert(lw_sink_flush(&sink) == ETIMEDOUT && errno == 77 && sink.used == 0);
    int64_t took = lw_now() - start;
    assert(took >= 290 * 1000000LL && took < 30 * 1000000000LL);
}

static void *
drain(void *fd)
{
    static char found[700];
    size_t total = 0;
    ssize_t count;
    while ((count = read(*(int *)fd, found, sizeof found)) > 0) {
        total += (size_t)count;
    }
    return (void *)total;
}

static void
check_sink_slow_reader(void)
{
    static struct lw_sink sink;
    int ends[2];
    pthread_t reader;
    void *total;
    assert(pipe(ends) == 0);
    assert(pthread_create(&reader, NULL, drain, &ends[0]) == 0);
    lw_sink_begin(&sink, ends[1], 0);
    for (int i = 0; i < 20000; i++) {
        lw_sink_text(&sink, "the reader is slow.\n");
    }
    assert(lw_sink_flush(&sink) == 0);
    close(ends[1]);
    pthread_join(reader, &total);
    assert((size_t)total == 20000 * 20 && sink.written == 20000 * 20);
}

static void
check_sink_errors(void)
{
    static struct lw_sink sink;
    int ends[2];
    signal(SIGPIPE, SIG_IGN);
    assert(pipe(ends) == 0);
    close(ends[0]);
    lw_sink_begin(&sink, ends[1], 0);
    lw_sink_text(&sink, "x\n");
    assert(lw_sink_flush(&sink) == EPIPE);
    close(ends[1]);
    lw_sink_begin(&sink, ends[1], lw_now() + 1000000000);
    lw_sink_text(&sink, "x\n");
    assert(lw_sink_flush(&sink) == EBADF);
    int full = open("/dev/full", O_WRONLY);
    lw_sink_begin(&sink, full, 0);
    lw_sink_text(&sink, "x\n");
    assert(lw_sink_flush(&sink) == ENOSPC);
}

static const struct {
    const char *name;
    void (*run)(void);
} checks[] = {
    {"guard_copies", check_guard_copies},
    {"guard_refuses", check_guard_refuses},
    {"guard_truncated_file", check_guard_truncated_file},
    {"guard_leaves_other_faults", check_guard_leaves_other_faults},
    {"guard_tells_sent_signals", check_guard_tells_sent_signals},
    {"guard_end", check_guard_end},
    {"guard_ready", check_guard_ready},
    {"memory", check_memory},
    {"memory_forbidden", check_memory_forbidden},
    {"memory_under_a_filter", check_memory_under_a_filter},
    {"memory_looks_again", check_memory_looks_again},
    {"memory_forgets", check_memory_forgets},
    {"sink_numbers", check_sink_numbers},
    {"sink_whole_lines", check_sink_whole_lines},
    {"sink_more_than_a_buffer", check_sink_more_than_a_buffer},
    {"sink_deadline", check_sink_deadline},
    {"sink_slow_reader", check_sink_slow_reader},
    {"sink_errors", check_sink_errors},
};

int
main(int argc, char **argv)
{
    alarm(60);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (argc == 2 && strcmp(argv[1], checks[i].name) == 0) {
            checks[i].run();
            return 0;
        }
    }
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        puts(checks[i].name);
    }
    return 2;
}
