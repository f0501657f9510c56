/* hinder.c: makes a crash harder to report: little stack, locks that are held, a kernel that
 * refuses. */
#define _GNU_SOURCE
#include "crashext.h"

#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Ends the calling thread's stack `room` bytes below here, by a page without access: less than
 * the interpreter believes there is, as after a program lowers RLIMIT_STACK. */
__attribute__((noinline)) PyObject *
shrink_stack(PyObject *Py_UNUSED(module), PyObject *args)
{
    unsigned room;
    if (!PyArg_ParseTuple(args, "I", &room)) {
        return NULL;
    }
    volatile char *below = __builtin_alloca(room + 3 * 4096);
    for (size_t i = room + 3 * 4096; i > 0; i -= 4096) {
        below[i - 4096] = 1; /* page after page: the kernel lets the stack grow so far */
    }
    uintptr_t page = ((uintptr_t)below + 4095) & ~(uintptr_t)4095;
    if (mprotect((void *)page, 4096, PROT_NONE) != 0) {
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    Py_RETURN_NONE;
}

/* Lets each further call of a system call fail with EPERM, on this thread and on those it starts. */
PyObject *
forbid(PyObject *Py_UNUSED(module), PyObject *args)
{
    static const struct {
        const char *name;
        unsigned number;
    } calls[] = {
        {"timer_create", SYS_timer_create},
        {"timer_settime", SYS_timer_settime},
        {"fcntl", SYS_fcntl},
        {"fstat", SYS_fstat},
        {"newfstatat", SYS_newfstatat},
        {"openat", SYS_openat},
        {"read", SYS_read},
        {"write", SYS_write},
        {"prctl", SYS_prctl},
        {"gettid", SYS_gettid},
        {"process_vm_readv", SYS_process_vm_readv},
        {"rt_tgsigqueueinfo", SYS_rt_tgsigqueueinfo},
        {"rt_sigaction", SYS_rt_sigaction},
        {"rt_sigprocmask", SYS_rt_sigprocmask},
        {"clock_nanosleep", SYS_clock_nanosleep},
        {"sigaltstack", SYS_sigaltstack},
        {"mmap", SYS_mmap},
        {"ioctl", SYS_ioctl},
        {"ppoll", SYS_ppoll},
    };
    const char *name;
    unsigned number = 0, found = 0;
    if (!PyArg_ParseTuple(args, "s", &name)) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (strcmp(calls[i].name, name) == 0) {
            number = calls[i].number;
            found = 1;
        }
    }
    if (!found) {
        return PyErr_Format(PyExc_ValueError, "no such call: %s", name);
    }
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    Py_RETURN_NONE;
}

/* -- a thread that holds malloc's lock --
 *
 * malloc_trim() gives the end of the heap back to the kernel with the lock held.  The kernel asks a
 * supervisor whether that thread may, and the supervisor never answers.  The tests set
 * MALLOC_ARENA_MAX=1, so that there is one lock for all threads. */

static struct {
    int listener;            /* readable when the thread stands in the system call */
    pthread_barrier_t ready; /* the threads exist: making one may need malloc itself */
    sem_t go;
    atomic_int allocated;
} locked;

static void *
trim_for_ever(void *Py_UNUSED(argument))
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_brk, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
    locked.listener = -1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
        locked.listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                       SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    }
    pthread_barrier_wait(&locked.ready);
    if (locked.listener >= 0) {
        malloc_trim(0);
    }
    return NULL;
}

/* More than a thread keeps for itself, less than would be mapped: needs the lock of an arena. */
static void *
allocate_once(void *Py_UNUSED(argument))
{
    void *volatile first = malloc(20000);
    pthread_barrier_wait(&locked.ready);
    sem_wait(&locked.go);
    for (int i = 0; i < 8; i++) {
        void *volatile block = malloc(20000);
        (void)block;
    }
    (void)first;
    locked.allocated = 1;
    return NULL;
}

/* Returns when a thread holds the lock for good, and another one is waiting for it. */
PyObject *
hold_malloc_lock(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused))
{
    pthread_t threads[2];
    void *volatile end_of_heap = malloc(100000);
    free(end_of_heap);
    pthread_barrier_init(&locked.ready, NULL, 3);
    sem_init(&locked.go, 0, 0);
    pthread_create(&threads[0], NULL, trim_for_ever, NULL);
    pthread_create(&threads[1], NULL, allocate_once, NULL);
    pthread_barrier_wait(&locked.ready);
    struct pollfd event = {.fd = locked.listener, .events = POLLIN};
    if (locked.listener < 0 || poll(&event, 1, 20000) != 1) {
        PyErr_SetString(PyExc_OSError, "no thread could be stopped inside malloc_trim()");
        return NULL;
    }
    sem_post(&locked.go);
    struct timespec moment = {.tv_nsec = 200 * 1000 * 1000};
    nanosleep(&moment, NULL);
    if (locked.allocated) {
        PyErr_SetString(PyExc_OSError, "malloc is not locked");
        return NULL;
    }
    Py_RETURN_NONE;
}
