/* atfork.c: fork handlers that call given functions, as those of uvloop and gRPC run Python code. */
#include <pthread.h>

static void (*calls[3])(void); /* before, in the parent, in the child */

static void
before(void)
{
    if (calls[0]) {
        calls[0]();
    }
}

static void
in_parent(void)
{
    if (calls[1]) {
        calls[1]();
    }
}

static void
in_child(void)
{
    if (calls[2]) {
        calls[2]();
    }
}

int
install(void)
{
    return pthread_atfork(before, in_parent, in_child);
}

void
set_call(int phase, void (*call)(void))
{
    calls[phase] = call;
}
