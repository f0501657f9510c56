/* kinds.c: the ways to crash. */
#define _GNU_SOURCE
#undef NDEBUG
#include "crashext.h"

#include <assert.h>
#include <dlfcn.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile uintptr_t nowhere = 0;
volatile uintptr_t unmapped = 0x7000dead0000; /* the kernel maps nothing here */

__attribute__((noinline)) static void
segv_read(void)
{
    (void)*(volatile int *)(unmapped + 8);
}

__attribute__((noinline)) static void
segv_write(void)
{
    *(volatile int *)(unmapped + 8) = 1;
}

__attribute__((noinline)) static void
segv_execute(void)
{
    static unsigned char code[16] = {0xc3};
    ((void (*)(void))(uintptr_t)code)();
    nowhere = 0;
}

__attribute__((noinline)) static void
null_jump(void)
{
    ((void (*)(void))nowhere)();
    nowhere = 0; /* no tail call: the return address must be on the stack */
}

__attribute__((noinline)) static void
wild_jump(void)
{
    ((void (*)(void))unmapped)();
    nowhere = 0;
}

__attribute__((noinline)) static void
non_canonical(void)
{
    volatile uintptr_t address = 0xdead000000000000;
    *(volatile int *)address = 1;
}

__attribute__((noinline)) static void
smashed_frame_pointer(void)
{
#ifdef __x86_64__
    __asm__ volatile("mov $0x123456789, %rbp\n\tmov $0, %rax\n\tmov %rax, (%rax)");
#else
    segv_write();
#endif
}

__attribute__((noinline)) static void
smashed_stack(void)
{
#ifdef __x86_64__
    /* The stack pointer itself is lost. */
    __asm__ volatile("mov $0x123456789, %rsp\n\tmov $0, %rax\n\tmov %rax, (%rax)");
#else
    segv_write();
#endif
}

__attribute__((noinline)) static void
divide_by_zero(void)
{
    volatile int one = 1, zero = 0;
    one = one / zero;
}

__attribute__((noinline)) static void
illegal_instruction(void)
{
#ifdef __x86_64__
    __asm__ volatile("ud2");
#else
    __builtin_trap();
#endif
}

__attribute__((noinline)) static void
bus_error(void)
{
    char path[] = "/tmp/crashext-XXXXXX";
    int fd = mkstemp(path);
    unlink(path);
    if (ftruncate(fd, 4096) != 0) {
        return;
    }
    volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    if (ftruncate(fd, 0) != 0) {
        return;
    }
    (void)page[100];
}

__attribute__((noinline)) static void
failed_assertion(void)
{
    assert(nowhere != 0);
}

__attribute__((noinline)) static void
double_free(void)
{
    char *volatile block = malloc(2000);
    char *volatile other = malloc(2000);
    free(block);
    free(block);
    free(other);
}

/* malloc itself finds this, and aborts with its lock held. */
__attribute__((noinline)) static void
corrupt_heap(void)
{
    volatile size_t
        *volatile blocks[32]; /* the last ones lie side by side, at the end of the heap */
    for (int i = 0; i < 32; i++) {
        blocks[i] = malloc(2000);
    }
    free((void *)blocks[30]);
    blocks[30][-1] = 0x10; /* the size of what waits to be sorted */
    blocks[30] = malloc(3000);
}

__attribute__((noinline)) static void
fatal_error(void)
{
    Py_FatalError("on purpose");
}

__attribute__((noinline)) static int
overflow(int depth)
{
    volatile char frame[4096];
    frame[0] = (char)depth;
    frame[4095] = 1;
    return overflow(depth + 1) + frame[0];
}

static void
stack_overflow(void)
{
    nowhere = (uintptr_t)overflow(0);
    nowhere = 0;
}

static void
raise_segv(void)
{
    raise(SIGSEGV);
}

/* Another process sends the signal to this one: the kernel chooses the thread. */
static void
killed(void)
{
    char *arguments[] = {"sh", "-c", "kill -SEGV $PPID", NULL}, *none[] = {NULL};
    pid_t child;
    if (posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, none) == 0) {
        sleep(60);
    }
}

/* An uncaught exception of C++. */
static void (*throw_uncaught)(void);

static void
terminate(void)
{
    throw_uncaught();
}

static const struct {
    const char *name;
    void (*function)(void);
} kinds[] = {
    {"segv_read", segv_read},
    {"segv_write", segv_write},
    {"segv_execute", segv_execute},
    {"null_jump", null_jump},
    {"wild_jump", wild_jump},
    {"non_canonical", non_canonical},
    {"smashed_frame_pointer", smashed_frame_pointer},
    {"smashed_stack", smashed_stack},
    {"divide_by_zero", divide_by_zero},
    {"illegal_instruction", illegal_instruction},
    {"bus_error", bus_error},
    {"abort", abort},
    {"failed_assertion", failed_assertion},
    {"double_free", double_free},
    {"corrupt_heap", corrupt_heap},
    {"fatal_error", fatal_error},
    {"stack_overflow", stack_overflow},
    {"raise_segv", raise_segv},
    {"killed", killed},
    {"terminate", terminate},
};

void (*find_kind(const char *name))(void)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return kinds[i].function;
        }
    }
    PyErr_Format(PyExc_ValueError, "no such crash: %s", name);
    return NULL;
}

void
find_terminate(void)
{
    const char *path = getenv("CRASHEXT_TERMINATE");
    void *library = path ? dlopen(path, RTLD_NOW) : NULL;
    throw_uncaught = library ? (void (*)(void))dlsym(library, "throw_uncaught") : NULL;
}
