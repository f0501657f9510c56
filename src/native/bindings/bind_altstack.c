/* bind_altstack.c: gives each thread that runs Python its alternate stack.
 *
 * No thread can give one to another, and the functions that start threads are not replaced: a
 * thread is visited when it calls an allocator that is wrapped here.
 *   - The arena allocator: a thread's first Python frame needs a piece of the stack of frames, as
 *     do later frames when that piece is full.
 *   - calloc of the "raw" domain: makes a thread's state, on that very thread if other code started
 *     it.
 *   - The rest of the "raw" domain, for threads that ran already when the handler was enabled: they
 *     use it to allocate more than pymalloc gives (512 bytes), or to drop a lock.
 *   - The allocator of objects, for the same threads, for a moment after enable(): later, objects
 *     cost what they did before. */
#include "bindings/bindings.h"
#include "bindings/fault_args.h"
#include "fault/unblock.h"
#include "system/altstack.h"
#include "system/clock.h"
#include "system/process_state.h"

#include <stdatomic.h>

enum {
    EXPECTED_LIMIT = 1024, /* threads beyond that are served, but not counted as expected */
    MOMENT = 50 * 1000 * 1000,
    CALLS_BETWEEN_LOOKS = 128, /* at the clock */
};

static atomic_int is_wanted;
/* Threads that ran already and have not been visited; 0: none. */
static atomic_ulong expected[EXPECTED_LIMIT];
static atomic_int expected_count;
static atomic_int small_objects_too; /* for a moment */
static int64_t moment_ends;

static void wrap_allocators(void);

static void
visit_thread(void)
{
    lw_altstack_install();
    lw_fault_unblock();
    unsigned long ident = PyThread_get_thread_ident();
    for (int i = 0; i < EXPECTED_LIMIT && atomic_load(&expected_count) > 0; i++) {
        unsigned long wanted = ident;
        if (atomic_load_explicit(&expected[i], memory_order_relaxed) == ident &&
            atomic_compare_exchange_strong(&expected[i], &wanted, 0)) {
            atomic_fetch_sub(&expected_count, 1);
        }
    }
}

static inline int
is_due(void)
{
    return atomic_load_explicit(&is_wanted, memory_order_relaxed) && lw_altstack_is_due();
}

/* -- the wrappers; they pass the interpreter's own context on -- */

static PyMemAllocatorEx raw, objects;
static PyObjectArenaAllocator arenas;

static void *
calloc_with_stack(void *context, size_t count, size_t size)
{
    if (is_due()) {
        visit_thread();
    }
    return raw.calloc(context, count, size);
}

static inline void
visit_if_expected(void)
{
    if (atomic_load_explicit(&expected_count, memory_order_relaxed) > 0 && is_due()) {
        visit_thread();
    }
}

static void *
malloc_with_stack(void *context, size_t size)
{
    visit_if_expected();
    return raw.malloc(context, size);
}

static void *
realloc_with_stack(void *context, void *old, size_t size)
{
    visit_if_expected();
    return raw.realloc(context, old, size);
}

static void
free_with_stack(void *context, void *old)
{
    visit_if_expected();
    raw.free(context, old);
}

static void unwrap_objects(void);

static inline void
visit_for_a_moment(void)
{
    static int calls;
    if (!atomic_load_explicit(&small_objects_too, memory_order_relaxed)) {
        return; /* another tool's wrapper is around this one */
    }
    visit_if_expected();
    if (--calls > 0) {
        return;
    }
    calls = CALLS_BETWEEN_LOOKS;
    if (lw_now() > moment_ends || atomic_load(&expected_count) == 0) {
        unwrap_objects();
    }
}

static void *
object_with_stack(void *context, size_t size)
{
    visit_for_a_moment();
    return objects.malloc(context, size);
}

static void
free_object_with_stack(void *context, void *old)
{
    visit_for_a_moment();
    objects.free(context, old);
}

/* Runs with the interpreter's lock held. */
static void *
arena_with_stack(void *context, size_t size)
{
    if (is_due()) {
        visit_thread();
        wrap_allocators(); /* tracemalloc puts back what was there before it started */
    }
    return arenas.alloc(context, size);
}

/* -- installing them.  Other tools wrap allocators too, around ours or beneath: a call shows
 * whether ours are called.  Each function pointer is replaced by one store, since the raw domain is
 * used without the interpreter's lock. -- */

static int
raw_is_wrapped(void)
{
    lw_altstack_set_due();
    PyMem_RawFree(PyMem_RawCalloc(1, 1));
    return !lw_altstack_is_due();
}

static void
wrap_raw(void)
{
    PyMemAllocatorEx now;
    PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &now);
    if (now.calloc != calloc_with_stack && !raw_is_wrapped()) {
        raw = now;
        now.malloc = malloc_with_stack;
        now.calloc = calloc_with_stack;
        now.realloc = realloc_with_stack;
        now.free = free_with_stack;
        PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &now);
    }
}

static int
objects_are_wrapped(void)
{
    lw_altstack_set_due();
    PyObject_Free(PyObject_Malloc(1));
    return !lw_altstack_is_due();
}

static void
wrap_objects(void)
{
    PyMemAllocatorEx now;
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &now);
    moment_ends = lw_now() + MOMENT;
    atomic_store(&small_objects_too, 1);
    if (now.malloc != object_with_stack && !objects_are_wrapped()) {
        objects = now;
        now.malloc = object_with_stack;
        now.free = free_object_with_stack;
        PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &now);
    }
}

static void
unwrap_objects(void)
{
    PyMemAllocatorEx now;
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &now);
    atomic_store(&small_objects_too, 0);
    if (now.malloc == object_with_stack) {
        PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &objects);
    }
}

static int
arenas_are_wrapped(const PyObjectArenaAllocator *now)
{
    const size_t size = 4096;
    lw_altstack_set_due();
    void *memory = now->alloc(now->ctx, size);
    if (memory) {
        now->free(now->ctx, memory, size);
    }
    return !memory || !lw_altstack_is_due();
}

static void
wrap_arenas(void)
{
    PyObjectArenaAllocator now;
    PyObject_GetArenaAllocator(&now);
    if (now.alloc != arena_with_stack && !arenas_are_wrapped(&now)) {
        arenas = now;
        now.alloc = arena_with_stack;
        PyObject_SetArenaAllocator(&now);
    }
}

static void
wrap_allocators(void)
{
    struct lw_lock *hooking = lw_process_state(LW_PROCESS_HOOKING);
    if (lw_lock_try(hooking)) { /* else another interpreter is doing this, or this thread */
        wrap_raw();
        wrap_arenas();
        lw_lock_release(hooking);
    }
}

/* Removes each of ours, unless another tool's wrapper is around it. */
static void
unwrap_allocators(void)
{
    PyMemAllocatorEx now;
    PyObjectArenaAllocator now_arenas;
    unwrap_objects();
    PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &now);
    if (now.calloc == calloc_with_stack) {
        PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &raw);
    }
    PyObject_GetArenaAllocator(&now_arenas);
    if (now_arenas.alloc == arena_with_stack) {
        PyObject_SetArenaAllocator(&arenas);
    }
}

/* -- switching on and off -- */

static int
is_expected(unsigned long ident)
{
    for (int i = 0; i < EXPECTED_LIMIT; i++) {
        if (atomic_load_explicit(&expected[i], memory_order_relaxed) == ident) {
            return 1;
        }
    }
    return 0;
}

/* Notes the other threads of this interpreter; returns how many were not expected already. */
static int
expect_threads(void)
{
    unsigned long own = PyThread_get_thread_ident(), found[EXPECTED_LIMIT];
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    int count = 0, unexpected = 0;
    for (; thread && count < EXPECTED_LIMIT; thread = PyThreadState_Next(thread)) {
        if (thread->thread_id != own && thread->thread_id != 0) {
            unexpected += !is_expected(thread->thread_id);
            found[count++] = thread->thread_id;
        }
    }
    for (int i = 0; i < EXPECTED_LIMIT; i++) {
        atomic_store_explicit(&expected[i], i < count ? found[i] : 0, memory_order_relaxed);
    }
    atomic_store(&expected_count, count);
    return unexpected;
}

void
lw_altstacks_enable(void)
{
    lw_altstack_renew();
    atomic_store(&is_wanted, 1);
    int unexpected = expect_threads();
    wrap_allocators();
    if (unexpected > 0) { /* the others had their moment before, and were idle */
        wrap_objects();
    }
}

void
lw_altstacks_disable(void)
{
    atomic_store(&is_wanted, 0);
}

void
lw_altstacks_end(void)
{
    lw_altstacks_disable();
    unwrap_allocators();
    lw_altstack_remove();
}

static PyObject *
altstack_waiting(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return PyLong_FromLong(atomic_load(&is_wanted) ? atomic_load(&expected_count) : 0);
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
    {"altstack_waiting", altstack_waiting, METH_NOARGS,
     "How many threads that ran before have not been visited yet."},
    {"altstack_high_water", altstack_high_water, METH_NOARGS,
     "Bytes of the calling thread's alternate stack that were ever used."},
    {"altstack_count", altstack_count, METH_NOARGS,
     "How many threads have an alternate stack of ours."},
    {NULL, NULL, 0, NULL},
};

int
lw_bind_altstack(PyObject *fault)
{
    return lw_add_functions(fault, functions, NULL, "lastwords._native.fault");
}
