/* bind_fault.c: lastwords.faulthandler's functions: argument parsing and the state that Python sees.
 *
 * Their `self` is a dict of the interpreter that imported the module: it keeps files alive while
 * their descriptors are in use, as the standard module does. */
#include "bindings.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "altstack.h"
#include "dump_text.h"
#include "extensions.h"
#include "fault_args.h"
#include "handler.h"
#include "layout.h"
#include "timeout.h"
#include "unwind.h"
#include "user_signals.h"

/* Interpreters with their own GIL share the process's handlers. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static PyObject *
errno_error(int error)
{
    errno = error;
    return PyErr_SetFromErrno(PyExc_OSError);
}

/* Keeps `file` (stolen; NULL: nothing) under `key` in place of what was kept there. */
static int
keep_file(PyObject *kept, const char *key, PyObject *file)
{
    int failed = PyDict_SetItemString(kept, key, file ? file : Py_None);
    Py_XDECREF(file);
    return failed;
}

/* -- sys.modules, for the "Extension modules" line -- */

static uint32_t definition_offset; /* of a module's definition in the module object */

static void
find_definition_offset(PyObject *module)
{
    enum { WORDS = 16 };
    void *definition = PyModule_GetDef(module);
    size_t words = (size_t)Py_TYPE(module)->tp_basicsize / sizeof(void *);
    for (size_t i = 2; i < words && i < WORDS; i++) {
        if (((void **)module)[i] == definition) {
            definition_offset = (uint32_t)(i * sizeof(void *));
            return;
        }
    }
}

static int
append_names(PyObject *names, struct lw_extension_layout *layout)
{
    PyObject *iterator = PyObject_GetIter(names), *name;
    if (!iterator) {
        return -1;
    }
    while ((name = PyIter_Next(iterator)) != NULL) {
        Py_ssize_t size = 0;
        const char *text = PyUnicode_Check(name) ? PyUnicode_AsUTF8AndSize(name, &size) : NULL;
        if (text && layout->names_size + (size_t)size + 1 <= LW_STANDARD_NAMES) {
            memcpy(layout->names + layout->names_size, text, (size_t)size + 1);
            layout->names_size += (uint32_t)size + 1;
        }
        Py_DECREF(name);
    }
    Py_DECREF(iterator);
    return PyErr_Occurred() ? -1 : 0;
}

/* The layout is believed only if a walk by it sees what the interpreter's own iteration sees. */
static int
walk_agrees(PyObject *modules, const struct lw_extension_layout *layout)
{
    struct lw_module_walk walk;
    struct lw_module_entry entry;
    PyObject *name, *module;
    Py_ssize_t at = 0;
    if (!lw_module_walk_begin(&walk, layout)) {
        return 0;
    }
    while (PyDict_Next(modules, &at, &name, &module)) {
        if (!lw_module_walk_next(&walk, &entry) || entry.name != (uintptr_t)name ||
            entry.module != (uintptr_t)module) {
            return 0;
        }
    }
    return !lw_module_walk_next(&walk, &entry);
}

static int
learn_modules(void)
{
    static struct lw_extension_layout layout;
    PyObject *modules = PyImport_GetModuleDict(); /* borrowed */
    PyObject *names = PySys_GetObject("stdlib_module_names");
    const struct lw_layout *known = lw_layout_of_version(PY_VERSION_HEX >> 16);
    if (!known || !definition_offset || !modules || !PyDict_CheckExact(modules)) {
        return 0;
    }
    layout = (struct lw_extension_layout){
        .modules = (uintptr_t)modules,
        .module_type = (uintptr_t)&PyModule_Type,
        .dict_keys = offsetof(PyDictObject, ma_keys),
        .definition = definition_offset,
        .object_type = known->object_type,
        .text_length = known->text_length,
        .text_state = known->text_state,
        .text_start = known->text_ascii_start,
        .ascii_mask = 1u << known->text_compact_shift | 1u << known->text_ascii_shift,
    };
    if (names && append_names(names, &layout) != 0) {
        return -1;
    }
    if (walk_agrees(modules, &layout)) {
        lw_extensions_set(&layout);
    }
    return 0;
}

/* -- enable, disable -- */

/* Alternate stacks for threads that start from now on: lastwords/altstacks.py wraps what starts them. */
static int
call_altstacks(const char *function)
{
    PyObject *module = PyImport_ImportModule("lastwords.altstacks");
    PyObject *result = module ? PyObject_CallMethod(module, function, NULL) : NULL;
    Py_XDECREF(module);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

static int
install_on_main_thread(void *unused)
{
    (void)unused;
    lw_altstack_install();
    return 0;
}

static PyObject *
fault_enable(PyObject *kept, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"file", "all_threads", "c_stack", "max_threads", NULL};
    PyObject *file = NULL, *keep;
    int all_threads = 1, c_stack = 1;
    Py_ssize_t max_threads = LW_DUMP_THREADS;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|Opp$n:enable", names, &file, &all_threads,
                                     &c_stack, &max_threads)) {
        return NULL;
    }
    int fd = lw_file_descriptor(file, &keep);
    if (fd < 0) {
        return NULL;
    }
    if (keep_file(kept, "enable", keep) != 0 || learn_modules() != 0 ||
        call_altstacks("install") != 0) {
        return NULL;
    }
    struct lw_fault_options options = {
        .max_threads = max_threads,
        .all_threads = (uint8_t)all_threads,
        .c_stack = (uint8_t)c_stack,
    };
    if (syscall(SYS_gettid) != getpid()) {
        Py_AddPendingCall(install_on_main_thread, NULL);
    }
#ifdef __GLIBC__
    lw_fault_set_abort_text((uintptr_t)dlvsym(RTLD_DEFAULT, "__abort_msg", "GLIBC_PRIVATE"));
#endif
    pthread_mutex_lock(&lock);
    lw_altstack_install();
    lw_outlet_open(&options.outlet, fd);
    int error = lw_fault_enable(&options);
    pthread_mutex_unlock(&lock);
    if (error) {
        return errno_error(error);
    }
    Py_RETURN_NONE;
}

static PyObject *
fault_disable(PyObject *kept, PyObject *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    int was_enabled = lw_fault_disable();
    pthread_mutex_unlock(&lock);
    if (was_enabled && (keep_file(kept, "enable", NULL) != 0 || call_altstacks("uninstall") != 0)) {
        return NULL;
    }
    return PyBool_FromLong(was_enabled);
}

static PyObject *
fault_is_enabled(PyObject *kept, PyObject *unused)
{
    (void)kept, (void)unused;
    return PyBool_FromLong(lw_fault_is_enabled());
}

static void
add_replaced(void *argument, int signum, uintptr_t function)
{
    PyObject *found = argument;
    Dl_info where;
    const char *name = function == (uintptr_t)SIG_DFL   ? "default"
                       : function == (uintptr_t)SIG_IGN ? "ignored"
                       : dladdr((void *)function, &where) && where.dli_fname ? where.dli_fname
                                                                             : "unknown";
    PyObject *key = PyLong_FromLong(signum), *value = PyUnicode_DecodeFSDefault(name);
    if (key && value) {
        PyDict_SetItem(found, key, value);
    }
    Py_XDECREF(key);
    Py_XDECREF(value);
}

static PyObject *
fault_replaced_handlers(PyObject *kept, PyObject *unused)
{
    (void)kept, (void)unused;
    PyObject *found = PyDict_New();
    if (!found) {
        return NULL;
    }
    lw_fault_replaced(add_replaced, found);
    if (PyErr_Occurred()) {
        Py_CLEAR(found);
    }
    return found;
}

/* -- dumps now -- */

static PyObject *
refused(void)
{
    const char *refusal = lw_dump_refusal();
    if (refusal) {
        PyErr_SetString(PyExc_RuntimeError, refusal);
    }
    return refusal ? PyErr_Occurred() : NULL;
}

static PyObject *
fault_dump_traceback(PyObject *kept, PyObject *args, PyObject *kwargs)
{
    static struct lw_dump *dump;
    static char *names[] = {"file", "all_threads", "max_threads", NULL};
    PyObject *file = NULL, *keep;
    int all_threads = 1;
    Py_ssize_t max_threads = LW_DUMP_THREADS;
    (void)kept;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|Op$n:dump_traceback", names, &file,
                                     &all_threads, &max_threads)) {
        return NULL;
    }
    int fd = lw_file_descriptor(file, &keep);
    if (fd < 0) {
        return NULL;
    }
    if (refused()) {
        Py_XDECREF(keep);
        return NULL;
    }
    struct lw_dump_options options = {
        .current_state = (uintptr_t)PyThreadState_Get(),
        .max_threads = max_threads,
        .all_threads = (uint8_t)all_threads,
    };
    pthread_mutex_lock(&lock);
    int ready = dump || (dump = lw_dump_create()) != NULL;
    if (ready) {
        lw_dump_begin_held(dump, fd, 0);
        lw_dump_threads(dump, &options);
        lw_dump_end(dump);
    }
    pthread_mutex_unlock(&lock);
    Py_XDECREF(keep);
    if (!ready) {
        return PyErr_NoMemory();
    }
    if (PyErr_CheckSignals() != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
fault_dump_c_stack(PyObject *kept, PyObject *args, PyObject *kwargs)
{
    static struct lw_sink sink;
    static char *names[] = {"file", NULL};
    PyObject *file = NULL, *keep;
    ucontext_t context;
    (void)kept;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:dump_c_stack", names, &file)) {
        return NULL;
    }
    int fd = lw_file_descriptor(file, &keep);
    if (fd < 0) {
        return NULL;
    }
    getcontext(&context);
    pthread_mutex_lock(&lock);
    lw_sink_begin(&sink, fd, 0);
    lw_unwind_dump(&sink, &context);
    lw_sink_flush(&sink);
    pthread_mutex_unlock(&lock);
    Py_XDECREF(keep);
    if (PyErr_CheckSignals() != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* -- dumps later -- */

/* The one watchdog of the compatible functions; its record stays for the next call when it writes to
 * standard error, else its descriptor is given up when it is cancelled. */
static struct lw_timeout *later;
static int later_is_set;

/* The record to arm: the last one again, when it is idle and writes to the same place. */
static struct lw_timeout *
take_later(int fd)
{
    struct lw_timeout *old = later;
    later_is_set = 0;
    if (old) {
        lw_deadline_cancel(&old->deadline);
        later = NULL;
        if (atomic_load(&old->deadline.references) == 1 && fd == STDERR_FILENO &&
            old->shared->outlet.given == fd) {
            return old;
        }
        lw_deadline_release(&old->deadline);
    }
    struct lw_shared_outlet *shared = lw_shared_outlet_open(fd);
    struct lw_timeout *timeout = shared ? lw_timeout_create(shared) : NULL;
    if (shared && !timeout) {
        lw_shared_outlet_release(shared);
    }
    return timeout;
}

struct later_options {
    int64_t nanoseconds;
    Py_ssize_t max_threads;
    int repeat;
    int exits;
};

static int
arm_later(int fd, const struct later_options *options)
{
    int error = lw_fault_guard();
    struct lw_timeout *next = error ? NULL : take_later(fd);
    if (!next) {
        return error ? error : ENOMEM;
    }
    int64_t nanoseconds = options->nanoseconds;
    next->microseconds = nanoseconds / 1000 + (nanoseconds % 1000 != 0);
    next->deadline.interval = options->repeat ? next->microseconds * 1000 : 0;
    next->max_threads = options->max_threads;
    next->exits = (uint8_t)options->exits;
    later = next;
    later_is_set = 1;
    int64_t now = lw_now();
    return lw_deadline_arm(&next->deadline, nanoseconds < INT64_MAX - now ? now + nanoseconds
                                                                          : INT64_MAX);
}

static int
parse_later(PyObject *args, PyObject *kwargs, PyObject **timeout, PyObject **file,
            struct later_options *options)
{
    static char *names[] = {"timeout", "repeat", "file", "exit", "max_threads", NULL};
    return PyArg_ParseTupleAndKeywords(args, kwargs, "O|pOp$n:dump_traceback_later", names,
                                       timeout, &options->repeat, file, &options->exits,
                                       &options->max_threads);
}

/* The general form of a call, for the parser that makes the standard errors. */
static int
parse_vector(PyObject *const *args, Py_ssize_t count, PyObject *keywords, PyObject **timeout,
             PyObject **file, struct later_options *options)
{
    Py_ssize_t named = keywords ? PyTuple_GET_SIZE(keywords) : 0;
    PyObject *tuple = PyTuple_New(count), *dict = PyDict_New();
    int parsed = tuple && dict;
    for (Py_ssize_t i = 0; parsed && i < count; i++) {
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(args[i]));
    }
    for (Py_ssize_t i = 0; parsed && i < named; i++) {
        parsed = PyDict_SetItem(dict, PyTuple_GET_ITEM(keywords, i), args[count + i]) == 0;
    }
    /* What is found is borrowed from `args`, which outlive this. */
    parsed = parsed && parse_later(tuple, dict, timeout, file, options);
    Py_XDECREF(tuple);
    Py_XDECREF(dict);
    return parsed;
}

static PyObject *
fault_later(PyObject *kept, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    PyObject *timeout = count == 1 ? args[0] : NULL, *file = NULL, *keep;
    struct later_options options = {.max_threads = LW_DUMP_THREADS};
    if ((count != 1 || keywords) &&
        !parse_vector(args, count, keywords, &timeout, &file, &options)) {
        return NULL;
    }
    if (lw_timeout_nanoseconds(timeout, &options.nanoseconds) != 0) {
        return NULL;
    }
    int fd = lw_file_descriptor(file, &keep);
    if (fd < 0) {
        return NULL;
    }
    if (refused()) {
        Py_XDECREF(keep);
        return NULL;
    }
    if (!file || file == Py_None) {
        Py_CLEAR(keep); /* sys.stderr is kept by sys */
    }
    if (keep && keep_file(kept, "later", keep) != 0) {
        return NULL;
    }
    pthread_mutex_lock(&lock);
    int error = arm_later(fd, &options);
    pthread_mutex_unlock(&lock);
    if (error == ENOMEM) {
        return PyErr_NoMemory();
    }
    if (error) {
        return errno_error(error);
    }
    Py_RETURN_NONE;
}

static PyObject *
fault_cancel_later(PyObject *kept, PyObject *unused)
{
    int gave_up = 0;
    (void)unused;
    pthread_mutex_lock(&lock);
    if (later_is_set) {
        later_is_set = 0;
        lw_deadline_cancel(&later->deadline);
        gave_up = later->shared->outlet.given != STDERR_FILENO;
        if (gave_up) {
            lw_deadline_release(&later->deadline);
            later = NULL;
        }
    }
    pthread_mutex_unlock(&lock);
    if (gave_up && keep_file(kept, "later", NULL) != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* -- dumps on a signal -- */

static PyObject *
fault_register(PyObject *kept, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"signum", "file", "all_threads", "chain", "max_threads", NULL};
    PyObject *file = NULL, *keep;
    int signum, all_threads = 1, chain = 0;
    Py_ssize_t max_threads = LW_DUMP_THREADS;
    char key[32];
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "i|Opp$n:register", names, &signum, &file,
                                     &all_threads, &chain, &max_threads) ||
        lw_check_signal(signum) != 0) {
        return NULL;
    }
    int fd = lw_file_descriptor(file, &keep);
    if (fd < 0) {
        return NULL;
    }
    if (refused()) {
        Py_XDECREF(keep);
        return NULL;
    }
    struct lw_user_options options = {
        .max_threads = max_threads,
        .all_threads = (uint8_t)all_threads,
        .chain = (uint8_t)chain,
    };
    pthread_mutex_lock(&lock);
    int error = lw_fault_guard();
    if (!error) {
        lw_outlet_open(&options.outlet, fd);
        error = lw_user_register(signum, &options);
        if (error) {
            lw_outlet_close(&options.outlet);
        }
    }
    pthread_mutex_unlock(&lock);
    if (error) {
        Py_XDECREF(keep);
        return errno_error(error);
    }
    snprintf(key, sizeof(key), "signal %d", signum);
    if (keep_file(kept, key, keep) != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
fault_unregister(PyObject *kept, PyObject *argument)
{
    char key[32];
    int overflow;
    PyObject *index = PyNumber_Index(argument);
    if (!index) {
        return NULL;
    }
    long signum = PyLong_AsLongAndOverflow(index, &overflow);
    Py_DECREF(index);
    if (overflow || signum != (int)signum) {
        PyErr_SetString(PyExc_OverflowError, "Python int too large to convert to C int");
        return NULL;
    }
    if (lw_check_signal((int)signum) != 0) {
        return NULL;
    }
    pthread_mutex_lock(&lock);
    int was_registered = lw_user_unregister((int)signum);
    pthread_mutex_unlock(&lock);
    snprintf(key, sizeof(key), "signal %d", (int)signum);
    if (was_registered && keep_file(kept, key, NULL) != 0) {
        return NULL;
    }
    return PyBool_FromLong(was_registered);
}

PyDoc_STRVAR(enable_doc, "enable($module, /, file=sys.stderr, all_threads=True, c_stack=True, *,\n"
                         "       max_threads=100)\n--\n\nEnable the fault handler.");
PyDoc_STRVAR(dump_doc, "dump_traceback($module, /, file=sys.stderr, all_threads=True, *,\n"
                       "               max_threads=100)\n--\n\n"
                       "Dump the traceback of the current thread, or of all threads, into file.");
PyDoc_STRVAR(later_doc, "dump_traceback_later($module, /, timeout, repeat=False, file=sys.stderr,\n"
                        "                     exit=False, *, max_threads=100)\n--\n\n"
                        "Dump the traceback of all threads in timeout seconds.\n\n"
                        "With repeat, again every timeout seconds; with exit, end the process\n"
                        "with status 1 after the dump.  A new call replaces the one before.");
PyDoc_STRVAR(register_doc, "register($module, /, signum, file=sys.stderr, all_threads=True,\n"
                           "         chain=False, *, max_threads=100)\n--\n\n"
                           "Dump the traceback when the process gets the signal signum.");

static PyMethodDef functions[] = {
    {"enable", (PyCFunction)(void (*)(void))fault_enable, METH_VARARGS | METH_KEYWORDS, enable_doc},
    {"disable", fault_disable, METH_NOARGS,
     "disable($module, /)\n--\n\nDisable the fault handler; whether it was enabled."},
    {"is_enabled", fault_is_enabled, METH_NOARGS,
     "is_enabled($module, /)\n--\n\n"
     "Whether the fault handler is enabled, and still the handler of all fatal signals."},
    {"replaced_handlers", fault_replaced_handlers, METH_NOARGS,
     "replaced_handlers($module, /)\n--\n\n"
     "Who took over fatal signals since enable(): a dict from signal number to the file of the\n"
     "code that handles it now, \"default\", \"ignored\" or \"unknown\"; empty when nobody did."},
    {"dump_traceback", (PyCFunction)(void (*)(void))fault_dump_traceback,
     METH_VARARGS | METH_KEYWORDS, dump_doc},
    {"dump_c_stack", (PyCFunction)(void (*)(void))fault_dump_c_stack,
     METH_VARARGS | METH_KEYWORDS,
     "dump_c_stack($module, /, file=sys.stderr)\n--\n\nDump the C stack of the current thread."},
    {"dump_traceback_later", (PyCFunction)(void (*)(void))fault_later,
     METH_FASTCALL | METH_KEYWORDS, later_doc},
    {"cancel_dump_traceback_later", fault_cancel_later, METH_NOARGS,
     "cancel_dump_traceback_later($module, /)\n--\n\n"
     "Cancel the last call of dump_traceback_later(); never waits for a dump."},
    {"register", (PyCFunction)(void (*)(void))fault_register, METH_VARARGS | METH_KEYWORDS,
     register_doc},
    {"unregister", fault_unregister, METH_O,
     "unregister($module, signum, /)\n--\n\n"
     "Undo register(signum); whether the signal was registered."},
    {NULL, NULL, 0, NULL},
};

int
lw_add_functions(PyObject *into, PyMethodDef *definitions, PyObject *self, const char *module_name)
{
    PyObject *name = PyUnicode_InternFromString(module_name);
    if (!name) {
        return -1;
    }
    for (PyMethodDef *definition = definitions; definition->ml_name; definition++) {
        PyObject *function = PyCFunction_NewEx(definition, self, name);
        int failed = !function || PyObject_SetAttrString(into, definition->ml_name, function) != 0;
        Py_XDECREF(function);
        if (failed) {
            Py_DECREF(name);
            return -1;
        }
    }
    Py_DECREF(name);
    return 0;
}

int
lw_bind_fault(PyObject *module)
{
    PyObject *kept = PyDict_New(), *fault = PyModule_New("lastwords._native.fault");
    find_definition_offset(module);
    if (PyInterpreterState_Get() == PyInterpreterState_Main()) {
        lw_fault_args_reset();
    }
    int failed = !kept || !fault ||
                 lw_add_functions(fault, functions, kept, "lastwords.faulthandler") != 0 ||
                 lw_bind_crash(fault) != 0 || lw_bind_watchdog(fault) != 0 ||
                 lw_bind_altstack(fault) != 0 ||
                 PyObject_SetAttrString(module, "fault", fault) != 0;
    Py_XDECREF(kept);
    Py_XDECREF(fault);
    return failed ? -1 : 0;
}
