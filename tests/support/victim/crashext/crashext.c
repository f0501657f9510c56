/* crashext.c: crashes in every way, for the tests of the fault handler.
 *
 * crash(kind) dies in the calling thread; the other functions choose the thread or spoil something
 * first.  Built by the tests with the compiler of the machine. */
#define _GNU_SOURCE
#include "crashext.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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
spoil_frame_chain(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(args))
{
    uintptr_t *inner = ((uintptr_t **)PyEval_GetFrame())[FRAME_OF_OBJECT];
    inner[PREVIOUS_OF_FRAME] = unmapped;
    Py_RETURN_NONE;
}

/* At once: the interpreter itself would stumble over the frame when this returned. */
static PyObject *
spoil_code_and_crash(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *name;
    void (*function)(void);
    if (!PyArg_ParseTuple(args, "s", &name) || !(function = find_kind(name))) {
        return NULL;
    }
    uintptr_t *inner = ((uintptr_t **)PyEval_GetFrame())[FRAME_OF_OBJECT];
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
write_siginfo(int signum, siginfo_t *fault, void *context)
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
    action.sa_sigaction = write_siginfo;
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
    {"spoil_frame_chain", spoil_frame_chain, METH_NOARGS, NULL},
    {"spoil_code_and_crash", spoil_code_and_crash, METH_VARARGS, NULL},
    {"spoil_thread_list", spoil_thread_list, METH_NOARGS, NULL},
    {"open_slowly", open_slowly, METH_VARARGS, NULL},
    {"hold_malloc_lock", hold_malloc_lock, METH_NOARGS, NULL},
    {"shrink_stack", shrink_stack, METH_VARARGS, NULL},
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
    find_terminate();
    return PyModule_Create(&definition);
}
