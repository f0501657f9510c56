/* bind_altstack.c: how each thread that runs Python comes to its alternate stack.
 *
 * Only the thread itself can give the kernel one.  A new thread does it when the interpreter makes the
 * first piece of its stack of Python frames, for which it calls the allocator of arenas on that very
 * thread; one that runs already when the handler is enabled, when that stack grows or when it makes
 * something larger, calls that are rare.  For a moment after enable() the making and dropping of every
 * object is looked at too, since most threads that are not idle come by in that time. */
#include "bindings/bindings.h"

#include <stdatomic.h>

#include "system/altstack.h"

enum {
    LOOKS = 1 << 12, /* objects made or dropped until only rare calls are looked at again */
    WAITING_LIMIT = 1024,
}; /* more threads than WAITING_LIMIT are served, but not counted */

static int wanted;
static atomic_ulong
    waiting_for[WAITING_LIMIT]; /* threads that ran before and have none yet; 0: free */
static atomic_int noted;        /* places in use, from the first */

static void
serve(void)
{
    unsigned long ident = PyThread_get_thread_ident();
    lw_altstack_install();
    for (int i = 0; i < atomic_load(&noted); i++) {
        unsigned long expected = ident;
        atomic_compare_exchange_strong(&waiting_for[i], &expected, 0);
    }
}

static inline void
look(void)
{
    if (wanted && !lw_altstack_is_settled()) {
        serve();
    }
}

/* Notes the other threads of this interpreter. */
static void
note_threads(void)
{
    unsigned long own = PyThread_get_thread_ident();
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    int count = 0;
    for (; thread && count < WAITING_LIMIT; thread = PyThreadState_Next(thread)) {
        if (thread->thread_id != own && thread->thread_id != 0) {
            atomic_store(&waiting_for[count++], thread->thread_id);
        }
    }
    atomic_store(&noted, count);
}

/* The contexts stay the interpreter's own, so that a thread that is in the middle of a call when a
 * function is exchanged calls either with what it expects. */
static void *(*next_arena)(void *context, size_t size);
static void *(*next_realloc)(void *context, void *old, size_t size);
static void *(*next_object_realloc)(void *context, void *old, size_t size);

static void *
arena_with_stack(void *context, size_t size)
{
    look();
    return next_arena(context, size);
}

static void *
realloc_with_stack(void *context, void *old, size_t size)
{
    look();
    return next_realloc(context, old, size);
}

static void *
object_realloc_with_stack(void *context, void *old, size_t size)
{
    look();
    return next_object_realloc(context, old, size);
}

/* -- every object, for a moment -- */

static PyMemAllocatorEx original;
static int looks_left;
static int objects_hooked;

static void unhook_objects(void);

static inline void
look_for_a_moment(void)
{
    if (lw_altstack_is_settled()) {
        if (--looks_left <= 0) {
            unhook_objects();
        }
        return;
    }
    look();
    looks_left = LOOKS;
}

static void *
malloc_with_stack(void *context, size_t size)
{
    look_for_a_moment();
    return original.malloc(context, size);
}

static void
free_with_stack(void *context, void *old)
{
    look_for_a_moment();
    original.free(context, old);
}

static void
unhook_objects(void)
{
    PyMemAllocatorEx now;
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &now);
    if (objects_hooked && now.malloc == malloc_with_stack && now.free == free_with_stack) {
        now.malloc = original.malloc;
        now.free = original.free;
        PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &now);
        objects_hooked = 0;
    }
}

static void
hook_objects(void)
{
    PyMemAllocatorEx now;
    looks_left = LOOKS;
    if (!objects_hooked) {
        PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &original);
        now = original;
        now.malloc = malloc_with_stack;
        now.free = free_with_stack;
        PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &now);
        objects_hooked = 1;
    }
}

/* -- rare calls -- */

/* Another wrapper (tracemalloc) may be around ours when it would be taken off: it stays, and does
 * nothing, until it is wanted again. */
static void
hook_arenas(void)
{
    PyObjectArenaAllocator arena;
    PyObject_GetArenaAllocator(&arena);
    if (!next_arena) {
        next_arena = arena.alloc;
        arena.alloc = arena_with_stack;
        PyObject_SetArenaAllocator(&arena);
    }
}

typedef void *(*reallocate)(void *context, void *old, size_t size);

static void
hook_realloc(PyMemAllocatorDomain domain, reallocate ours, reallocate *next)
{
    PyMemAllocatorEx now;
    if (!*next) {
        PyMem_GetAllocator(domain, &now);
        *next = now.realloc;
        now.realloc = ours;
        PyMem_SetAllocator(domain, &now);
    }
}

static void
unhook_realloc(PyMemAllocatorDomain domain, reallocate ours, reallocate *next)
{
    PyMemAllocatorEx now;
    PyMem_GetAllocator(domain, &now);
    if (*next && now.realloc == ours) {
        now.realloc = *next;
        PyMem_SetAllocator(domain, &now);
        *next = NULL;
    }
}

void
lw_altstack_hook(int on)
{
    wanted = on;
    if (on) {
        note_threads();
        hook_arenas();
        hook_realloc(PYMEM_DOMAIN_MEM, realloc_with_stack, &next_realloc);
        hook_realloc(PYMEM_DOMAIN_OBJ, object_realloc_with_stack, &next_object_realloc);
        if (atomic_load(&noted) > 0) {
            hook_objects();
        }
        return;
    }
    unhook_objects();
    unhook_realloc(PYMEM_DOMAIN_MEM, realloc_with_stack, &next_realloc);
    unhook_realloc(PYMEM_DOMAIN_OBJ, object_realloc_with_stack, &next_object_realloc);
}

static PyObject *
altstack_install(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return PyBool_FromLong(lw_altstack_install() == 0);
}

/* Of the threads noted, those that have none and are still there. */
static int
count_waiting(void)
{
    int count = 0;
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    for (; thread; thread = PyThreadState_Next(thread)) {
        for (int i = 0; i < atomic_load(&noted); i++) {
            count += thread->thread_id != 0 && atomic_load(&waiting_for[i]) == thread->thread_id;
        }
    }
    return count;
}

static PyObject *
altstack_waiting(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return PyLong_FromLong(wanted ? count_waiting() : 0);
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
    {"altstack_waiting", altstack_waiting, METH_NOARGS,
     "How many threads that ran before enable() have no alternate stack yet."},
    {"altstack_high_water", altstack_high_water, METH_NOARGS,
     "Bytes of the calling thread's alternate stack that were ever used."},
    {"altstack_count", altstack_count, METH_NOARGS, "How many alternate stacks exist."},
    {NULL, NULL, 0, NULL},
};

int
lw_bind_altstack(PyObject *fault)
{
    return lw_add_functions(fault, functions, NULL, "lastwords._native.fault");
}
