/* failnth.c: lets one system call of a crashing program fail: failnth NUMBER PROGRAM ARGUMENTS...
 *
 * Counts the calls of the program's main thread from its first SIGSEGV or SIGABRT on; the kernel
 * refuses the NUMBERth with EPERM (0: none).  Prints how the program ended, how many calls there
 * were, and which one failed.  Linux on x86-64. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SYSCALL_STOP = SIGTRAP | 0x80 };

static struct {
    long wanted, seen, refused;
    int counting, inside, refusing;
} calls = {.refused = -1};

static void
at_system_call(pid_t child)
{
    struct user_regs_struct registers;
    ptrace(PTRACE_GETREGS, child, NULL, &registers);
    calls.inside = !calls.inside;
    if (calls.inside && registers.orig_rax != SYS_rt_sigreturn) { /* that one can't be refused */
        calls.refusing = ++calls.seen == calls.wanted;
    }
    if (!calls.refusing) {
        return;
    }
    if (calls.inside) {
        calls.refused = (long)registers.orig_rax;
        registers.orig_rax = (unsigned long long)-1;
    }
    else {
        registers.rax = (unsigned long long)-EPERM;
        calls.refusing = 0;
    }
    ptrace(PTRACE_SETREGS, child, NULL, &registers);
}

int
main(int count, char **arguments)
{
    int status;
    calls.wanted = atol(arguments[1]);
    pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        execv(arguments[2], arguments + 2);
        _exit(127);
    }
    if (count < 3 || waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) {
        return 2;
    }
    ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    ptrace(PTRACE_CONT, child, NULL, NULL);
    while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
        int signum = WSTOPSIG(status);
        if (signum == SYSCALL_STOP) {
            at_system_call(child);
            signum = 0;
        }
        else if (signum == SIGTRAP) { /* execve() */
            signum = 0;
        }
        calls.counting |= signum == SIGSEGV || signum == SIGABRT;
        ptrace(calls.counting ? PTRACE_SYSCALL : PTRACE_CONT, child, NULL, signum);
    }
    printf("%d %ld %ld\n", WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status),
           calls.seen, calls.refused);
    return 0;
}
