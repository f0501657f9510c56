/* crashext.c: crashes in every way, for the tests of the fault handler.
 *
 * crash(kind) dies in the calling thread; the other functions choose the thread or spoil something
 * first.  Built by the tests with the compiler of the machine. */
#define _GNU_SOURCE
#undef NDEBUG
#include <Python.h>

#include <assert.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile uintptr_t nowhere = 0;
static volatile uintptr_t unmapped =
    0x7000dead0000; /* an address the kernel would give to nobody */

__attribute__((noinline)) static void
segv_read(void)
{
    (void)*(volatile int *)(unmapped + 8);
}

__attribute__((noinline)) static void
segv_write(void)
{
    *(volatile int *)(unmapped + 8) = 1;
}

__attribute__((noinline)) static void
segv_execute(void)
{
    static unsigned char code[16] = {0xc3};
    ((void (*)(void))(uintptr_t)code)();
    nowhere = 0;
}

__attribute__((noinline)) static void
null_jump(void)
{
    ((void (*)(void))nowhere)();
    nowhere = 0; /* no tail call: the return address must be on the stack */
}

__attribute__((noinline)) static void
wild_jump(void)
{
    ((void (*)(void))unmapped)();
    nowhere = 0;
}

__attribute__((noinline)) static void
non_canonical(void)
{
    volatile uintptr_t address = 0xdead000000000000;
    *(volatile int *)address = 1;
}

__attribute__((noinline)) static void
smashed_frame_pointer(void)
{
#ifdef __x86_64__
    __asm__ volatile("mov $0x123456789, %rbp\n\tmov $0, %rax\n\tmov %rax, (%rax)");
#else
    segv_write();
#endif
}

__attribute__((noinline)) static void
smashed_stack(void)
{
#ifdef __x86_64__
    /* The stack pointer itself is lost. */
    __asm__ volatile("mov $0x123456789, %rsp\n\tmov $0, %rax\n\tmov %rax, (%rax)");
#else
    segv_write();
#endif
}

__attribute__((noinline)) static void
divide_by_zero(void)
{
    volatile int one = 1, zero = 0;
    one = one / zero;
}

__attribute__((noinline)) static void
illegal_instruction(void)
{
#ifdef __x86_64__
    __asm__ volatile("ud2");
#else
    __builtin_trap();
#endif
}

__attribute__((noinline)) static void
bus_error(void)
{
    char path[] = "/tmp/crashext-XXXXXX";
    int fd = mkstemp(path);
    unlink(path);
    if (ftruncate(fd, 4096) != 0) {
        return;
    }
    volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    if (ftruncate(fd, 0) != 0) {
        return;
    }
    (void)page[100];
}

__attribute__((noinline)) static void
failed_assertion(void)
{
    assert(nowhere != 0);
}

__attribute__((noinline)) static void
double_free(void)
{
    char *volatile block = malloc(2000);
    char *volatile other = malloc(2000);
    free(block);
    free(block);
    free(other);
}

__attribute__((noinline)) static void
fatal_error(void)
{
    Py_FatalError("on purpose");
}

__attribute__((noinline)) static int
overflow(int depth)
{
    volatile char frame[4096];
    frame[0] = (char)depth;
    frame[4095] = 1;
    return overflow(depth + 1) + frame[0];
}

static void
stack_overflow(void)
{
    nowhere = (uintptr_t)overflow(0);
    nowhere = 0;
}

static void
raise_segv(void)
{
    raise(SIGSEGV);
}

static const struct {
    const char *name;
    void (*function)(void);
} kinds[] = {
    {"segv_read", segv_read},
    {"segv_write", segv_write},
    {"segv_execute", segv_execute},
    {"null_jump", null_jump},
    {"wild_jump", wild_jump},
    {"non_canonical", non_canonical},
    {"smashed_frame_pointer", smashed_frame_pointer},
    {"smashed_stack", smashed_stack},
    {"divide_by_zero", divide_by_zero},
    {"illegal_instruction", illegal_instruction},
    {"bus_error", bus_error},
    {"abort", abort},
    {"failed_assertion", failed_assertion},
    {"double_free", double_free},
    {"fatal_error", fatal_error},
    {"stack_overflow", stack_overflow},
    {"raise_segv", raise_segv},
};

static void (*find_kind(const char *name))(void)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return kinds[i].function;
        }
    }
    PyErr_Format(PyExc_ValueError, "no such crash: %s", name);
    return NULL;
}

static PyObject *
crash(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *name;
    void (*function)(void);
    if (!PyArg_ParseTuple(args, "s", &name) || !(function = find_kind(name))) {
        return NULL;
    }
    function();
    Py_RETURN_NONE;
}

static PyObject *
crash_without_gil(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *name;
    void (*function)(void);
    if (!PyArg_ParseTuple(args, "s", &name) || !(function = find_kind(name))) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS function();
    Py_END_ALLOW_THREADS Py_RETURN_NONE;
}

static void *
run_kind(void *function)
{
    (*(void (**)(void))function)();
    return NULL;
}

/* In a thread that never ran Python; the caller waits without the GIL. */
static PyObject *
crash_in_native_thread(PyObject *Py_UNUSED(module), PyObject *args)
{
    static void (*function)(void);
    const char *name;
    pthread_t thread;
    if (!PyArg_ParseTuple(args, "s", &name) || !(function = find_kind(name))) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS pthread_create(&thread, NULL, run_kind, &function);
    pthread_join(thread, NULL);
    Py_END_ALLOW_THREADS Py_RETURN_NONE;
}

static pthread_barrier_t barrier;

static void *
run_kind_together(void *function)
{
    pthread_barrier_wait(&barrier);
    return run_kind(function);
}

static PyObject *
crash_in_two_threads(PyObject *Py_UNUSED(module), PyObject *args)
{
    static void (*function)(void);
    const char *name;
    pthread_t threads[2];
    if (!PyArg_ParseTuple(args, "s", &name) || !(function = find_kind(name))) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS pthread_barrier_init(&barrier, NULL, 2);
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, run_kind_together, &function);
    }
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    Py_END_ALLOW_THREADS Py_RETURN_NONE;
}

/* When the C library ends the process: the interpreter is finalised by then. */
static void (*at_exit)(void);

static void
run_at_exit(void)
{
    at_exit();
}

static PyObject *
crash_at_exit(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *name;
    if (!PyArg_ParseTuple(args, "s", &name) || !(at_exit = find_kind(name))) {
        return NULL;
    }
    atexit(run_at_exit);
    Py_RETURN_NONE;
}

/* Calls a Python function from a native thread, again and again at the end. */
static void *
run_python(void *callable)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *result = PyObject_CallNoArgs(callable);
    if (!result) {
        PyErr_Print();
    }
    Py_XDECREF(result);
    PyGILState_Release(state);
    return NULL;
}

static PyObject *
call_in_native_thread(PyObject *Py_UNUSED(module), PyObject *callable)
{
    pthread_t thread;
    Py_BEGIN_ALLOW_THREADS pthread_create(&thread, NULL, run_python, callable);
    pthread_join(thread, NULL);
    Py_END_ALLOW_THREADS Py_RETURN_NONE;
}

/* Recursion through Python and C with large C frames, which outruns the interpreter's checks. */
__attribute__((noinline)) static PyObject *
call_with_large_frame(PyObject *Py_UNUSED(module), PyObject *callable)
{
    volatile char frame[768 * 1024];
    for (size_t i = 0; i < sizeof(frame); i += 4096) {
        frame[sizeof(frame) - 1 - i] = 1;
    }
    PyObject *result = PyObject_CallNoArgs(callable);
    frame[0] = 1;
    return result;
}

/* -- spoiling -- */

static PyObject *
spoil_filename(PyObject *Py_UNUSED(module), PyObject *code)
{
    if (!PyCode_Check(code)) {
        PyErr_SetString(PyExc_TypeError, "not a code object");
        return NULL;
    }
    ((PyCodeObject *)code)->co_filename = (PyObject *)unmapped;
    Py_RETURN_NONE;
}

/* The interpreter's frame of a frame object, and where it names its caller and its code. */
enum { FRAME_OF_OBJECT = 3 }; /* pointer in a frame object: after the head and f_back */
#if PY_VERSION_HEX < 0x030c0000
enum { CODE_OF_FRAME = 4, PREVIOUS_OF_FRAME = 6 };
#else
enum { CODE_OF_FRAME = 0, PREVIOUS_OF_FRAME = 1 };
#endif

static PyObject *
spoil_frame_chain(PyObject *Py_UNUSED(module), PyObject *frame)
{
    uintptr_t *inner = ((uintptr_t **)frame)[FRAME_OF_OBJECT];
    inner[PREVIOUS_OF_FRAME] = unmapped;
    Py_RETURN_NONE;
}

/* At once: the interpreter itself would stumble over the frame when this returned. */
static PyObject *
spoil_code_and_crash(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *frame;
    const char *name;
    void (*function)(void);
    if (!PyArg_ParseTuple(args, "Os", &frame, &name) || !(function = find_kind(name))) {
        return NULL;
    }
    uintptr_t *inner = ((uintptr_t **)frame)[FRAME_OF_OBJECT];
    void *freed = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(freed, 4096);
    inner[CODE_OF_FRAME] = (uintptr_t)freed;
    function();
    Py_RETURN_NONE;
}

static PyObject *
spoil_thread_list(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused))
{
    PyThreadState *state = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    while (state) {
        PyThreadState *next = PyThreadState_Next(state);
        state->next = (PyThreadState *)unmapped;
        state = next;
    }
    Py_RETURN_NONE;
}

static PyObject *
open_slowly(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *path;
    if (!PyArg_ParseTuple(args, "s", &path)) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS dlopen(path, RTLD_NOW);
    Py_END_ALLOW_THREADS Py_RETURN_NONE;
}

/* -- an earlier handler of SIGSEGV, which writes what it was given -- */

static void
tell(int signum, siginfo_t *fault, void *context)
{
    char text[128];
    (void)context;
    int size = snprintf(text, sizeof(text), "earlier handler: signal %d code %d address %p\n",
                        signum, fault->si_code, fault->si_addr);
    if (write(2, text, (size_t)size) < 0) {
        _exit(3);
    }
    _exit(42);
}

static PyObject *
install_handler(PyObject *Py_UNUSED(module), PyObject *args)
{
    int signum;
    struct sigaction action;
    if (!PyArg_ParseTuple(args, "i", &signum)) {
        return NULL;
    }
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = tell;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(signum, &action, NULL);
    Py_RETURN_NONE;
}

/* What a signal handler that interrupts this sees of errno afterwards. */
static PyObject *
errno_across_signal(PyObject *Py_UNUSED(module), PyObject *args)
{
    int signum;
    if (!PyArg_ParseTuple(args, "i", &signum)) {
        return NULL;
    }
    errno = 77;
    raise(signum);
    return PyLong_FromLong(errno);
}

/* Lets each further call of a system call fail with EPERM, on this thread and on those it starts. */
static PyObject *
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

/* Calls a function; returns the return addresses above this frame, as the C library finds them. */
__attribute__((noinline)) static PyObject *
call_and_trace(PyObject *Py_UNUSED(module), PyObject *callable)
{
    void *addresses[64];
    int count = backtrace(addresses, 64);
    PyObject *result = PyObject_CallNoArgs(callable), *list;
    if (!result) {
        return NULL;
    }
    Py_DECREF(result);
    list = PyList_New(0);
    for (int i = 1; list && i < count; i++) {
        PyObject *address = PyLong_FromVoidPtr(addresses[i]);
        if (!address || PyList_Append(list, address) != 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(address);
    }
    return list;
}

/* Whether the calling thread has an alternate stack: its size, 0 for none. */
static PyObject *
alternate_stack_size(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused))
{
    stack_t stack;
    sigaltstack(NULL, &stack);
    return PyLong_FromSize_t(stack.ss_flags & SS_DISABLE ? 0 : stack.ss_size);
}

static PyMethodDef functions[] = {
    {"crash", crash, METH_VARARGS, NULL},
    {"crash_without_gil", crash_without_gil, METH_VARARGS, NULL},
    {"crash_in_native_thread", crash_in_native_thread, METH_VARARGS, NULL},
    {"crash_in_two_threads", crash_in_two_threads, METH_VARARGS, NULL},
    {"crash_at_exit", crash_at_exit, METH_VARARGS, NULL},
    {"call_in_native_thread", call_in_native_thread, METH_O, NULL},
    {"call_with_large_frame", call_with_large_frame, METH_O, NULL},
    {"spoil_filename", spoil_filename, METH_O, NULL},
    {"spoil_frame_chain", spoil_frame_chain, METH_O, NULL},
    {"spoil_code_and_crash", spoil_code_and_crash, METH_VARARGS, NULL},
    {"spoil_thread_list", spoil_thread_list, METH_NOARGS, NULL},
    {"open_slowly", open_slowly, METH_VARARGS, NULL},
    {"install_handler", install_handler, METH_VARARGS, NULL},
    {"errno_across_signal", errno_across_signal, METH_VARARGS, NULL},
    {"call_and_trace", call_and_trace, METH_O, NULL},
    {"forbid", forbid, METH_VARARGS, NULL},
    {"alternate_stack_size", alternate_stack_size, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "crashext",
    .m_doc = "Crashes in every way.",
    .m_methods = functions,
};

PyMODINIT_FUNC
PyInit_crashext(void)
{
    return PyModule_Create(&definition);
}
