#include "memory/guard.h"

#include <stdatomic.h>
#include <time.h>
#include <ucontext.h>

#include "system/process_state.h"

/* Copies 16, 8, then 1 byte at a time.  Only the instructions between lw_guard_copy and
 * lw_guard_failed may fault: none of them has changed the stack pointer. */
__asm__(".text\n"
        ".p2align 4\n"
        ".globl lw_guard_copy\n"
        ".hidden lw_guard_copy\n"
        ".type lw_guard_copy, @function\n"
        "lw_guard_copy:\n"
        "    xorl %eax, %eax\n"
        "    cmpq $16, %rdx\n"
        "    jb 2f\n"
        "1:  movdqu (%rsi), %xmm0\n"
        "    movdqu %xmm0, (%rdi)\n"
        "    addq $16, %rsi\n"
        "    addq $16, %rdi\n"
        "    subq $16, %rdx\n"
        "    cmpq $16, %rdx\n"
        "    jae 1b\n"
        "2:  cmpq $8, %rdx\n"
        "    jb 3f\n"
        "    movq (%rsi), %rcx\n"
        "    movq %rcx, (%rdi)\n"
        "    addq $8, %rsi\n"
        "    addq $8, %rdi\n"
        "    subq $8, %rdx\n"
        "3:  testq %rdx, %rdx\n"
        "    je 5f\n"
        "4:  movzbl (%rsi), %ecx\n"
        "    movb %cl, (%rdi)\n"
        "    incq %rsi\n"
        "    incq %rdi\n"
        "    decq %rdx\n"
        "    jne 4b\n"
        "5:  ret\n"
        ".globl lw_guard_failed\n"
        ".hidden lw_guard_failed\n"
        "lw_guard_failed:\n"
        "    movl $-1, %eax\n"
        "    ret\n"
        ".size lw_guard_copy, .-lw_guard_copy\n");

extern const char lw_guard_failed[];

enum { PAUSE = 1000 * 1000 }; /* nanoseconds */

static _Atomic(lw_fault_handler) current_handler;

int
lw_guard_recover(const siginfo_t *fault, void *context)
{
    ucontext_t *interrupted = context;
    if (fault->si_code <= 0 || (fault->si_signo != SIGSEGV && fault->si_signo != SIGBUS)) {
        return 0;
    }
    greg_t *counter = &interrupted->uc_mcontext.gregs[REG_RIP];
    uintptr_t start = (uintptr_t)(void (*)(void))lw_guard_copy;
    if ((uintptr_t)*counter - start >= (uintptr_t)lw_guard_failed - start) {
        return 0;
    }
    *counter = (greg_t)(uintptr_t)lw_guard_failed;
    return 1;
}

void
lw_guard_use(lw_fault_handler handler)
{
    atomic_store(&current_handler, handler);
}

static int
calls(int signum, lw_fault_handler handler)
{
    struct sigaction action;
    return sigaction(signum, NULL, &action) == 0 && (action.sa_flags & SA_SIGINFO) &&
           action.sa_sigaction == handler;
}

static atomic_int *
users(void)
{
    return lw_process_state(LW_PROCESS_GUARD);
}

void
lw_guard_enter(void)
{
    atomic_fetch_add(users(), 1);
}

void
lw_guard_leave(void)
{
    atomic_fetch_sub(users(), 1);
}

int
lw_guard_end(int64_t patience)
{
    const struct timespec pause = {.tv_nsec = PAUSE};
    atomic_store(&current_handler, NULL);
    for (; atomic_load(users()) > 0 && patience > 0; patience -= PAUSE) {
        nanosleep(&pause, NULL);
    }
    return atomic_load(users()) <= 0;
}

int
lw_guard_ready(void)
{
    lw_fault_handler handler = atomic_load(&current_handler);
    sigset_t blocked;
    return handler != NULL && calls(SIGSEGV, handler) && calls(SIGBUS, handler) &&
           sigprocmask(SIG_BLOCK, NULL, &blocked) == 0 && !sigismember(&blocked, SIGSEGV) &&
           !sigismember(&blocked, SIGBUS);
}
