/* host.c: a program that uses Python for a while and goes on without it.
 *
 *     host CODE...    runs each in an interpreter of its own, then says what is left of them, fails when
 *                     HOST_FAILS is set, and gets SIGUSR1 when HOST_IS_SENT is */
#include <Python.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *
action(int signum)
{
    struct sigaction now;
    sigaction(signum, NULL, &now);
    return now.sa_handler == SIG_DFL   ? "default"
           : now.sa_handler == SIG_IGN ? "ignored"
                                       : "handler";
}

static int
count_threads(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/task");
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    closedir(folder);
    return count;
}

int
main(int count, char **arguments)
{
    for (int i = 1; i < count; i++) {
        Py_Initialize();
        int failed = PyRun_SimpleString(arguments[i]);
        Py_Finalize();
        if (failed) {
            return 3;
        }
    }
    /* A thread that ends may still be counted for a moment. */
    for (int naps = 0; count_threads() > 1 && naps < 1000; naps++) {
        usleep(10 * 1000);
    }
    stack_t stack;
    sigaltstack(NULL, &stack);
    printf("SIGSEGV %s, SIGABRT %s, SIGUSR1 %s, alternate stack %s, threads %d\n", action(SIGSEGV),
           action(SIGABRT), action(SIGUSR1), stack.ss_flags & SS_DISABLE ? "none" : "one",
           count_threads());
    fflush(stdout);
    if (getenv("HOST_FAILS")) {
        *(volatile int *)8 = 1;
    }
    if (getenv("HOST_IS_SENT")) {
        signal(SIGUSR1, SIG_IGN);
        raise(SIGUSR1);
    }
    return 0;
}
