#include "memory/guard.h"

#include <stdatomic.h>
#include <ucontext.h>

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

static _Atomic(lw_fault_handler) current_handler;

int
lw_guard_recover(void *context)
{
    ucontext_t *interrupted = context;
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

int
lw_guard_ready(void)
{
    lw_fault_handler handler = atomic_load(&current_handler);
    sigset_t blocked;
    return handler != NULL && calls(SIGSEGV, handler) && calls(SIGBUS, handler) &&
           sigprocmask(SIG_BLOCK, NULL, &blocked) == 0 && !sigismember(&blocked, SIGSEGV) &&
           !sigismember(&blocked, SIGBUS);
}
