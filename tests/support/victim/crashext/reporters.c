/* reporters.c: crash reporters, as libraries have them for SIGSEGV, loaded by ctypes. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What one does after it has said so. */
enum kind { RETURNS, RAISES, PUTS_BACK_AND_RAISES, CALLS_BARE, CALLS_NOWHERE, PASSES };

static enum kind kind;
static struct sigaction found;

static void
handle(int signum, siginfo_t *info, void *context)
{
    write(1, "reporter\n", 9);
    switch (kind) {
    case RETURNS:
        break;
    case RAISES:
        signal(signum, SIG_DFL);
        raise(signum);
        break;
    case PUTS_BACK_AND_RAISES:
        sigaction(signum, &found, NULL);
        raise(signum);
        break;
    case CALLS_BARE: /* what it calls has nothing but the number */
        found.sa_sigaction(signum, NULL, NULL);
        break;
    case CALLS_NOWHERE:
        found.sa_sigaction(signum, (siginfo_t *)8, (void *)16);
        break;
    case PASSES:
        found.sa_sigaction(signum, info, context);
        break;
    }
}

int
install(int signum, int wanted, int once)
{
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | (once ? SA_RESETHAND : 0);
    kind = wanted;
    return sigaction(signum, &action, &found);
}

/* A fault that looks like one that a runtime makes. */
void
write_to_closed_page(void)
{
    static void *(*volatile fill)(void *, int, size_t) =
        memset; /* not an instruction of this file */
    fill(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 1, 1);
}
