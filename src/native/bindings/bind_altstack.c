/* bind_altstack.c: how each thread that runs Python comes to its alternate stack.
 *
 * Threads that Python starts call ThreadEntry first (lastwords/altstacks.py sees to it).  A thread
 * made by other code gets one when it first enters the interpreter: that creates a thread state, for
 * which the interpreter calls the "raw" allocator's calloc on that very thread.  A thread that runs
 * already when the handler is enabled gets one when it next allocates memory for an object. */
#include "bindings/bindings.h"

#include <pthread.h>
#include <stdatomic.h>
#include <structmember.h>

#include "system/altstack.h"

enum { WAITING_LIMIT = 1024 }; /* more threads than that are served, but not waited for */

static int hook_wanted;
static int have_key;
static atomic_uint times_wanted; /* how often it was: each time each thread is looked at */
static pthread_key_t had_a_look; /* at which of these times a thread was; a thread-local variable
                                    would have memory allocated for it in each thread */
static pthread_mutex_t waiting_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long waiting_for[WAITING_LIMIT]; /* threads that have not been looked at */
static atomic_int waiting_count;

static void
have_a_look(void)
{
    unsigned long ident = PyThread_get_thread_ident();
    pthread_setspecific(had_a_look, (void *)(uintptr_t)atomic_load(&times_wanted));
    lw_altstack_install();
    if (atomic_load(&waiting_count) == 0) {
        return;
    }
    pthread_mutex_lock(&waiting_lock);
    int count = atomic_load(&waiting_count);
    for (int i = count - 1; i >= 0; i--) {
        if (waiting_for[i] == ident) {
            waiting_for[i] = waiting_for[--count];
        }
    }
    atomic_store(&waiting_count, count);
    pthread_mutex_unlock(&waiting_lock);
}

static inline void
look_once(void)
{
    if (hook_wanted && (uintptr_t)pthread_getspecific(had_a_look) !=
                           atomic_load_explicit(&times_wanted, memory_order_relaxed)) {
        have_a_look();
    }
}

/* -- threads made by other code -- */

static void *(*original_calloc)(void *context, size_t count, size_t size);

static void *
calloc_with_stack(void *context, size_t count, size_t size)
{
    look_once();
    return original_calloc(context, count, size);
}

/* Wraps calloc alone, once and for good: another wrapper (tracemalloc) may be around it by the time
 * it would be taken off.  The other three functions and the context stay the interpreter's own. */
static void
hook_raw(void)
{
    PyMemAllocatorEx raw;
    if (original_calloc) {
        return;
    }
    PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &raw);
    original_calloc = raw.calloc;
    raw.calloc = calloc_with_stack;
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &raw);
}

/* -- threads that run already: served at the next object that they make or drop, or when their stack
 *    of Python frames grows -- */

static PyMemAllocatorEx original; /* the contexts stay the interpreter's own */
static void *(*original_arena)(void *context, size_t size);
static enum { NOT_WRAPPED, WRAPPED, BURIED } objects; /* BURIED: another wrapper is around ours */

static void unhook_objects(void);

static inline void
look_at_running(void)
{
    look_once();
    if (objects == WRAPPED && atomic_load_explicit(&waiting_count, memory_order_relaxed) == 0) {
        unhook_objects();
    }
}

static void *
malloc_with_stack(void *context, size_t size)
{
    look_at_running();
    return original.malloc(context, size);
}

static void *
calloc_object_with_stack(void *context, size_t count, size_t size)
{
    look_at_running();
    return original.calloc(context, count, size);
}

static void *
realloc_with_stack(void *context, void *old, size_t size)
{
    look_at_running();
    return original.realloc(context, old, size);
}

static void
free_with_stack(void *context, void *old)
{
    look_at_running();
    original.free(context, old);
}

static void *
arena_with_stack(void *context, size_t size)
{
    look_once();
    return original_arena(context, size);
}

/* What is called for every object is the interpreter's own function again as soon as each thread that
 * is waited for has been here. */
static void
unhook_objects(void)
{
    PyMemAllocatorEx object;
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &object);
    objects = BURIED;
    if (object.malloc == malloc_with_stack) {
        original.ctx = object.ctx;
        PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &original);
        objects = NOT_WRAPPED;
    }
}

static void
hook_objects(void)
{
    PyMemAllocatorEx object;
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &object);
    if (objects == NOT_WRAPPED) {
        original = object;
        object.malloc = malloc_with_stack;
        object.calloc = calloc_object_with_stack;
        object.realloc = realloc_with_stack;
        object.free = free_with_stack;
        PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &object);
    }
    objects = object.malloc == malloc_with_stack ? WRAPPED : BURIED;
}

/* Once and for good: arenas are rare. */
static void
hook_arena(void)
{
    PyObjectArenaAllocator arena;
    if (original_arena) {
        return;
    }
    PyObject_GetArenaAllocator(&arena);
    original_arena = arena.alloc;
    arena.alloc = arena_with_stack;
    PyObject_SetArenaAllocator(&arena);
}

/* Notes the other threads of this interpreter; returns how many there are. */
static int
note_threads(void)
{
    unsigned long own = PyThread_get_thread_ident();
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    int count = 0;
    pthread_mutex_lock(&waiting_lock);
    for (; thread && count < WAITING_LIMIT; thread = PyThreadState_Next(thread)) {
        if (thread->thread_id != own && thread->thread_id != 0) {
            waiting_for[count++] = thread->thread_id;
        }
    }
    atomic_store(&waiting_count, count);
    pthread_mutex_unlock(&waiting_lock);
    return count;
}

static void
lock_before_fork(void)
{
    pthread_mutex_lock(&waiting_lock);
}

static void
unlock_after_fork(void)
{
    pthread_mutex_unlock(&waiting_lock);
}

static void
unlock_in_child(void)
{
    atomic_store(&waiting_count, 0);
    pthread_mutex_unlock(&waiting_lock);
}

static void
prepare_once(void)
{
    have_key = pthread_key_create(&had_a_look, NULL) == 0;
    pthread_atfork(lock_before_fork, unlock_after_fork, unlock_in_child);
}

/* -- threads that Python starts: an alternate stack first, then the program's function -- */

typedef struct {
    PyObject_HEAD PyObject *function;
} ThreadEntry;

static PyObject *
entry_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *function;
    if (kwargs || !PyArg_ParseTuple(args, "O:ThreadEntry", &function)) {
        return NULL;
    }
    ThreadEntry *self = (ThreadEntry *)type->tp_alloc(type, 0);
    if (self) {
        self->function = Py_NewRef(function);
    }
    return (PyObject *)self;
}

static PyObject *
entry_call(ThreadEntry *self, PyObject *args, PyObject *kwargs)
{
    pthread_setspecific(had_a_look, (void *)(uintptr_t)atomic_load(&times_wanted));
    lw_altstack_install();
    return PyObject_Call(self->function, args, kwargs);
}

static PyObject *
entry_repr(ThreadEntry *self)
{
    return PyObject_Repr(self->function); /* "Exception ignored in thread started by: ..." */
}

static int
entry_traverse(ThreadEntry *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->function);
    return 0;
}

static int
entry_clear(ThreadEntry *self)
{
    Py_CLEAR(self->function);
    return 0;
}

static void
entry_dealloc(ThreadEntry *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    entry_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMemberDef entry_members[] = {
    {"__wrapped__", T_OBJECT, offsetof(ThreadEntry, function), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot entry_slots[] = {
    {Py_tp_new, entry_new},         {Py_tp_call, entry_call},
    {Py_tp_repr, entry_repr},       {Py_tp_traverse, entry_traverse},
    {Py_tp_clear, entry_clear},     {Py_tp_dealloc, entry_dealloc},
    {Py_tp_members, entry_members}, {0, NULL},
};

static PyType_Spec entry_spec = {
    .name = "lastwords._native.ThreadEntry",
    .basicsize = sizeof(ThreadEntry),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = entry_slots,
};

static PyObject *
altstack_install(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return PyBool_FromLong(lw_altstack_install() == 0);
}

static PyObject *
altstack_hook(PyObject *self, PyObject *wanted)
{
    static pthread_once_t prepared = PTHREAD_ONCE_INIT;
    (void)self;
    pthread_once(&prepared, prepare_once);
    hook_wanted = have_key && PyObject_IsTrue(wanted);
    hook_raw();
    if (hook_wanted) {
        atomic_fetch_add(&times_wanted, 1);
        if (note_threads() > 0) {
            hook_arena();
            hook_objects();
        }
    }
    else if (objects == WRAPPED) {
        unhook_objects();
    }
    Py_RETURN_NONE;
}

static PyObject *
altstack_waiting(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return PyLong_FromLong(objects == NOT_WRAPPED ? 0 : atomic_load(&waiting_count));
}

static PyObject *
altstack_high_water(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return PyLong_FromSize_t(lw_altstack_high_water());
}

static PyObject *
altstack_count(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return PyLong_FromSize_t(lw_altstack_count());
}

static PyMethodDef functions[] = {
    {"altstack_install", altstack_install, METH_NOARGS,
     "Give the calling thread an alternate signal stack."},
    {"altstack_hook", altstack_hook, METH_O,
     "Give one, or stop giving one, to threads that run already or come from outside."},
    {"altstack_waiting", altstack_waiting, METH_NOARGS,
     "How many threads that ran before are still waited for."},
    {"altstack_high_water", altstack_high_water, METH_NOARGS,
     "Bytes of the calling thread's alternate stack that were ever used."},
    {"altstack_count", altstack_count, METH_NOARGS, "How many alternate stacks exist."},
    {NULL, NULL, 0, NULL},
};

int
lw_bind_altstack(PyObject *fault)
{
    PyObject *type = PyType_FromSpec(&entry_spec);
    int failed = !type || PyObject_SetAttrString(fault, "ThreadEntry", type) != 0;
    Py_XDECREF(type);
    return failed ? -1 : lw_add_functions(fault, functions, NULL, "lastwords._native.fault");
}
