/* check_choices.c: what was chosen for a dump, exchanged while handlers read it.
 *
 *     check_choices FILE...   silence and status 0 say that all holds */
#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault/choices.h"

enum { FILES = 3, ROUNDS = 3000, READERS = 3 };

static struct lw_choices choices;
static int files[FILES];

static void
choose(int number)
{
    struct lw_choice wanted = {.max_threads = number};
    lw_outlet_open(&wanted.outlet, files[number]);
    assert(wanted.outlet.duplicate >= 0);
    (void)lw_choices_set(&choices, &wanted);
}

static int
is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static void
check_one_reader(void)
{
    choose(0);
    const struct lw_choice *read = lw_choices_enter(&choices);
    const int kept = read->outlet.duplicate;
    for (int i = 0; i < FILES; i++) { /* the first struct would be in use again */
        choose(i);
    }
    assert(read->max_threads == 0 && read->outlet.duplicate == kept && is_open(kept));
    const struct lw_choice *later = lw_choices_enter(&choices);
    assert(later != read && later->max_threads == FILES - 1);
    lw_choices_leave(later);
    assert(is_open(kept));
    lw_choices_leave(read);
    assert(!is_open(kept));
    later = lw_choices_enter(&choices);
    const int last = later->outlet.duplicate;
    assert(lw_choices_set(&choices, NULL) == 1 && lw_choices_set(&choices, NULL) == 0);
    assert(is_open(last) && lw_choices_enter(&choices) == NULL);
    lw_choices_leave(later);
    assert(!is_open(last));
}

static atomic_int is_over;

static void *
read_on(void *unused)
{
    struct stat status, wanted;
    while (!atomic_load(&is_over)) {
        const struct lw_choice *read = lw_choices_enter(&choices);
        if (read) {
            assert(fstat(files[read->max_threads], &wanted) == 0);
            assert(fstat(read->outlet.duplicate, &status) == 0);
            assert(status.st_ino == wanted.st_ino);
            lw_choices_leave(read);
        }
    }
    return unused;
}

static void
check_many_readers(void)
{
    pthread_t threads[READERS];
    for (int i = 0; i < READERS; i++) {
        assert(pthread_create(&threads[i], NULL, read_on, NULL) == 0);
    }
    for (int i = 0; i < ROUNDS; i++) {
        choose(i % FILES);
        if (i % 7 == 0) {
            (void)lw_choices_set(&choices, NULL);
        }
    }
    atomic_store(&is_over, 1);
    for (int i = 0; i < READERS; i++) {
        assert(pthread_join(threads[i], NULL) == 0);
    }
    (void)lw_choices_set(&choices, NULL);
    for (int fd = files[FILES - 1] + 1; fd < 200; fd++) {
        assert(!is_open(fd));
    }
}

int
main(int count, char **names)
{
    assert(count == FILES + 1);
    for (int i = 0; i < FILES; i++) {
        files[i] = open(names[i + 1], O_WRONLY | O_CREAT, 0600);
        assert(files[i] >= 0);
    }
    alarm(60);
    check_one_reader();
    check_many_readers();
    return 0;
}
