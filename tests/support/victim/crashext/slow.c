/* slow.c: a library whose constructor keeps the loader's lock for long. */
#include <unistd.h>

__attribute__((constructor)) static void
sleep_under_the_lock(void)
{
    sleep(20);
}
