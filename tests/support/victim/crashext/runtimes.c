/* runtimes.c: runtimes and crash reporters with a handler of SIGSEGV, of many kinds, loaded by ctypes.
 *
 * Each has a page that it closes, and takes the faults there in its own way; what it doesn't know it
 * passes to the action that it found. */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { RUNTIMES = 4, PAGE = 4096, MILLISECOND = 1000 * 1000, THREADS = 64 };

/* What a runtime does with a fault: the first five know their page, the others take all. */
enum kind { OPENS, LEAVES, JUMPS, SKIPS, STOPS, KILLS, EXITS, RESTORES, PASSES, MAPS };

static struct runtime {
    enum kind kind;
    volatile char *page;
    struct sigaction found;
    sigjmp_buf back;
} runtimes[RUNTIMES];

static atomic_int stopped, is_open, is_polling;

static void
nap(long nanoseconds)
{
    struct timespec time = {0, nanoseconds};
    nanosleep(&time, NULL);
}

static void
pass(struct runtime *runtime, int signum, siginfo_t *info, void *context)
{
    if (runtime->found.sa_flags & SA_SIGINFO) {
        runtime->found.sa_sigaction(signum, info, context);
    }
    else if (runtime->found.sa_handler == SIG_DFL) {
        sigaction(signum, &runtime->found, NULL);
        if (info->si_code <= 0) {
            raise(signum);
        }
    }
    else if (runtime->found.sa_handler != SIG_IGN) {
        runtime->found.sa_handler(signum);
    }
}

static void
take(struct runtime *runtime, void *context)
{
    switch (runtime->kind) {
    case OPENS:
        mprotect((void *)runtime->page, PAGE, PROT_READ | PROT_WRITE);
        break;
    case JUMPS:
        siglongjmp(runtime->back, 1);
        break;
#ifdef __x86_64__
    case SKIPS: /* the instruction, of three bytes, that touch() has for it */
        ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 3;
        break;
#endif
    case STOPS:
        atomic_fetch_add(&stopped, 1);
        while (!atomic_load(&is_open)) {
            nap(MILLISECOND / 10);
        }
        break;
    default: /* LEAVES: another thread opens the page some time */
        nap(MILLISECOND / 10);
        break;
    }
}

static void
handle(struct runtime *runtime, int signum, siginfo_t *info, void *context)
{
    uintptr_t address = (uintptr_t)info->si_addr;
    switch (runtime->kind) {
    case KILLS:
        write(1, "killed\n", 7);
        signal(signum, SIG_DFL);
        raise(signum);
        return;
    case EXITS:
        write(1, "exited\n", 7);
        _exit(3);
    case MAPS: /* unmapped memory */
        mmap((void *)(address - address % PAGE), PAGE, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        return;
    case RESTORES:
        write(1, "restored\n", 9);
        sigaction(signum, &runtime->found, NULL);
        return;
    default:
        break;
    }
    if (runtime->kind != PASSES && info->si_code > 0 && address - (uintptr_t)runtime->page < PAGE) {
        take(runtime, context);
        return;
    }
    pass(runtime, signum, info, context);
}

#define HANDLER(number) \
    static void handle_##number(int signum, siginfo_t *info, void *context) \
    { \
        handle(&runtimes[number], signum, info, context); \
    }
HANDLER(0)
HANDLER(1)
HANDLER(2)
HANDLER(3)

static void (*const handlers[RUNTIMES])(int, siginfo_t *, void *) = {handle_0, handle_1, handle_2,
                                                                     handle_3};

int
install(int number, int kind)
{
    struct runtime *runtime = &runtimes[number];
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = handlers[number];
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | (kind == KILLS ? SA_NODEFER : 0);
    runtime->kind = kind;
    runtime->page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return sigaction(SIGSEGV, &action, &runtime->found);
}

static void *
open_later(void *page)
{
    nap(50 * MILLISECOND);
    mprotect(page, PAGE, PROT_READ | PROT_WRITE);
    return NULL;
}

/* Lets a runtime of the first four kinds take a fault; 42 when it did. */
int
touch(int number)
{
    struct runtime *runtime = &runtimes[number];
    pthread_t opener;
    mprotect((void *)runtime->page, PAGE, PROT_NONE);
    if (runtime->kind == LEAVES) {
        pthread_create(&opener, NULL, open_later, (void *)runtime->page);
    }
    if (runtime->kind == JUMPS) {
        if (sigsetjmp(runtime->back, 1) == 0) {
            runtime->page[7] = 1;
        }
        return 42;
    }
    if (runtime->kind == SKIPS) {
#ifdef __x86_64__
        __asm__ volatile("movb $1, (%0)" : : "a"(runtime->page) : "memory");
#endif
        return 42;
    }
    runtime->page[7] = 42;
    if (runtime->kind == LEAVES) {
        pthread_join(opener, NULL);
    }
    return runtime->page[7];
}

static void *
poll_page(void *page)
{
    while (atomic_load(&is_polling)) {
        (void)*(volatile char *)page;
    }
    return NULL;
}

/* Stops `count` threads, which poll the page of a runtime that STOPS, until at least two were
 * stopped at once. */
int
stop_threads(int number, int count)
{
    pthread_t threads[THREADS];
    volatile char *page = runtimes[number].page;
    int most = 0;
    atomic_store(&is_polling, 1);
    for (int i = 0; i < count; i++) {
        pthread_create(&threads[i], NULL, poll_page, (void *)page);
    }
    while (most < 2) {
        atomic_store(&is_open, 0);
        atomic_store(&stopped, 0);
        mprotect((void *)page, PAGE, PROT_NONE);
        for (int naps = 0; naps < 50 && atomic_load(&stopped) < count; naps++) {
            nap(MILLISECOND / 10);
        }
        most = atomic_load(&stopped) > most ? atomic_load(&stopped) : most;
        mprotect((void *)page, PAGE, PROT_READ);
        atomic_store(&is_open, 1);
    }
    atomic_store(&is_polling, 0);
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
    return most;
}

static atomic_int arrived;
static void *(*volatile fill)(void *, int, size_t) = memset; /* not as instructions of this file */

static void *
use_memory(void *memory)
{
    atomic_fetch_sub(&arrived, 1);
    while (atomic_load(&arrived) > 0) {
    }
    fill(memory, 1, PAGE);
    return NULL;
}

/* Has `count` threads write at once to memory that is missing until a runtime of kind MAPS maps it. */
void
use_missing_memory(int count)
{
    pthread_t threads[THREADS];
    char *room = mmap(NULL, THREADS * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    atomic_store(&arrived, count + 1);
    for (int i = 0; i < count; i++) {
        pthread_create(&threads[i], NULL, use_memory, room + (size_t)i * PAGE);
    }
    munmap(room, THREADS * PAGE); /* not earlier: a new thread's stack would take its place */
    atomic_fetch_sub(&arrived, 1);
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
}

/* -- threads of other code that block all signals -- */

static void *
call_blocked(void *function)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    ((void (*)(void))function)();
    return NULL;
}

/* Calls a function, which may enter the interpreter, on a thread that blocks all signals. */
void
call_with_signals_blocked(void (*function)(void))
{
    pthread_t thread;
    pthread_create(&thread, NULL, call_blocked, (void *)function);
    pthread_join(thread, NULL);
}
