/* bind_watchdog.c: Watchdog, the native base of lastwords.watchdog. */
#include "bindings/bindings.h"
#include "bindings/fault_args.h"
#include "bindings/watchdog_file.h"
#include "fault/handler.h"
#include "watchdog/timeout.h"

typedef struct {
    PyObject_HEAD struct lw_timeout *timeout;
    PyObject *file;   /* the argument, kept alive; NULL for the default */
    PyObject *header; /* the argument; NULL for none */
} Watchdog;

static const char *const threads_names[] = {
    [LW_TIMEOUT_ALL] = "all",
    [LW_TIMEOUT_OWN_FIRST] = "own first",
    [LW_TIMEOUT_OWN] = "own",
};
enum { THREADS_NAMES = sizeof(threads_names) / sizeof(threads_names[0]) };

static void
note_thread(struct lw_noted_thread *noted)
{
    PyThreadState *state = PyThreadState_Get();
    noted->address = (uintptr_t)state;
    noted->interpreter = (uintptr_t)state->interp;
    noted->unique_id = state->id;
    noted->ident = PyThread_get_thread_ident();
    noted->native_id = PyThread_get_thread_native_id();
}

static int
arm(Watchdog *self)
{
    if (self->timeout->threads != LW_TIMEOUT_ALL) {
        note_thread(&self->timeout->armed_by);
    }
    int error = lw_timeout_arm(self->timeout);
    if (error) {
        (void)lw_errno_error(error);
        return -1;
    }
    return 0;
}

static struct lw_timeout *
create_timeout(PyObject *file)
{
    struct lw_shared_outlet *shared = lw_watchdog_outlet(file);
    struct lw_timeout *timeout = shared ? lw_timeout_create(shared) : NULL;
    if (!timeout && !PyErr_Occurred()) {
        PyErr_NoMemory();
    }
    return timeout;
}

static int
set_name(struct lw_timeout *timeout, PyObject *name)
{
    Py_ssize_t size;
    if (!name || name == Py_None) {
        return 0;
    }
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "name must be a str or None, not %.100s",
                     Py_TYPE(name)->tp_name);
        return -1;
    }
    const char *text = PyUnicode_AsUTF8AndSize(name, &size);
    if (!text) {
        return -1;
    }
    size_t kept = 0;
    while (kept < (size_t)size && kept < LW_TIMEOUT_NAME - 1) {
        timeout->name[kept] = (unsigned char)text[kept] < ' ' ? '?' : text[kept]; /* one line */
        kept++;
    }
    while (kept > 0 && kept < (size_t)size && ((unsigned char)text[kept] & 0xC0) == 0x80) {
        kept--; /* not in the middle of a character */
    }
    timeout->name[kept] = 0;
    return 0;
}

static int
set_threads(struct lw_timeout *timeout, PyObject *threads)
{
    if (!threads) {
        return 0;
    }
    for (int i = 0; PyUnicode_Check(threads) && i < THREADS_NAMES; i++) {
        if (PyUnicode_CompareWithASCIIString(threads, threads_names[i]) == 0) {
            timeout->threads = (uint8_t)i;
            return 0;
        }
    }
    if (PyUnicode_Check(threads)) {
        PyErr_Format(PyExc_ValueError, "threads must be 'own first', 'own' or 'all', not '%U'",
                     threads);
    }
    else {
        PyErr_Format(PyExc_ValueError, "threads must be 'own first', 'own' or 'all', not %.100s",
                     Py_TYPE(threads)->tp_name);
    }
    return -1;
}

static int
set_header(struct lw_timeout *timeout, PyObject *argument)
{
    struct lw_report_header header;
    if (lw_header_read(argument, &header) != 0) {
        return -1;
    }
    if (lw_timeout_set_header(timeout, &header) != 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static double
seconds_of(const Watchdog *self)
{
    return (double)self->timeout->nanoseconds / 1e9;
}

static PyObject *
watchdog_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"seconds",    "name",        "repeat", "exit",    "file",
                            "after_fork", "max_threads", "header", "threads", NULL};
    PyObject *seconds, *name = NULL, *file = NULL, *header = NULL, *threads = NULL;
    int repeat = 0, exits = 0, after_fork = 0;
    Py_ssize_t max_threads = 0;
    int64_t nanoseconds;
    if (!kwargs && PyTuple_GET_SIZE(args) == 1) {
        seconds = PyTuple_GET_ITEM(args, 0); /* the common call needs no parser */
    }
    else if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|$OppOpnOO:watchdog", names, &seconds,
                                          &name, &repeat, &exits, &file, &after_fork, &max_threads,
                                          &header, &threads)) {
        return NULL;
    }
    if (lw_timeout_nanoseconds(seconds, &nanoseconds) != 0 || lw_check_walkable() != 0) {
        return NULL;
    }
    lw_fault_prepare_reads();
    if (file == Py_None) {
        file = NULL;
    }
    /* Before the object is made: the collector shows it to other code as soon as it exists. */
    struct lw_timeout *timeout = create_timeout(file);
    if (!timeout) {
        return NULL;
    }
    int is_set = set_name(timeout, name) == 0 && set_threads(timeout, threads) == 0 &&
                 set_header(timeout, header) == 0;
    Watchdog *self = is_set ? (Watchdog *)type->tp_alloc(type, 0) : NULL;
    if (!self) {
        lw_deadline_release(&timeout->deadline);
        return NULL;
    }
    self->timeout = timeout;
    self->file = Py_XNewRef(file);
    self->header = Py_XNewRef(header);
    self->timeout->exits = (uint8_t)exits;
    self->timeout->max_threads = max_threads;
    self->timeout->deadline.after_fork = (uint8_t)after_fork;
    self->timeout->deadline.interpreter = PyInterpreterState_Get();
    lw_timeout_set_time(self->timeout, nanoseconds, repeat);
    if (arm(self) != 0) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static void
watchdog_dealloc(Watchdog *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (self->timeout) {
        lw_deadline_cancel(&self->timeout->deadline);
        lw_deadline_release(&self->timeout->deadline);
    }
    Py_CLEAR(self->file);
    Py_CLEAR(self->header);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
watchdog_cancel(Watchdog *self, PyObject *unused)
{
    (void)unused;
    return PyBool_FromLong(lw_deadline_cancel(&self->timeout->deadline));
}

static PyObject *
watchdog_extend(Watchdog *self, PyObject *const *args, Py_ssize_t count)
{
    int64_t nanoseconds;
    if (count > 1) {
        return PyErr_Format(PyExc_TypeError, "extend() takes at most 1 argument (%zd given)",
                            count);
    }
    if (count == 1 && args[0] != Py_None) {
        if (lw_timeout_nanoseconds(args[0], &nanoseconds) != 0) {
            return NULL;
        }
        lw_timeout_set_time(self->timeout, nanoseconds, self->timeout->deadline.interval != 0);
    }
    if (arm(self) != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
watchdog_enter(Watchdog *self, PyObject *unused)
{
    (void)unused;
    if (arm(self) != 0) {
        return NULL;
    }
    return Py_NewRef((PyObject *)self);
}

static PyObject *
watchdog_exit(Watchdog *self, PyObject *const *args, Py_ssize_t count)
{
    (void)args, (void)count;
    lw_deadline_cancel(&self->timeout->deadline);
    Py_RETURN_NONE;
}

static PyObject *
watchdog_get_armed(Watchdog *self, void *unused)
{
    (void)unused;
    return PyBool_FromLong(lw_deadline_is_armed(&self->timeout->deadline));
}

static PyObject *
watchdog_get_fired(Watchdog *self, void *unused)
{
    (void)unused;
    return PyLong_FromUnsignedLong(atomic_load(&self->timeout->fired));
}

static PyObject *
watchdog_get_seconds(Watchdog *self, void *unused)
{
    (void)unused;
    return PyFloat_FromDouble(seconds_of(self));
}

static PyObject *
watchdog_get_name(Watchdog *self, void *unused)
{
    (void)unused;
    if (!self->timeout->name[0]) {
        Py_RETURN_NONE;
    }
    return PyUnicode_FromString(self->timeout->name);
}

/* The arguments that make another watchdog like this one. */
static PyObject *
watchdog_get_options(Watchdog *self, void *unused)
{
    const struct lw_timeout *timeout = self->timeout;
    (void)unused;
    return Py_BuildValue(
        "(d{sOsOsOsOsLsOss})", seconds_of(self), "repeat",
        timeout->deadline.interval ? Py_True : Py_False, "exit",
        timeout->exits ? Py_True : Py_False, "file", self->file ? self->file : Py_None,
        "after_fork", timeout->deadline.after_fork ? Py_True : Py_False, "max_threads",
        (long long)timeout->max_threads, "header", self->header ? self->header : Py_None, "threads",
        threads_names[timeout->threads]);
}

static PyMethodDef watchdog_methods[] = {
    {"cancel", (PyCFunction)watchdog_cancel, METH_NOARGS,
     "cancel($self, /)\n--\n\nDisarm; return whether it was armed.  Never waits for a dump."},
    {"extend", (PyCFunction)(void (*)(void))watchdog_extend, METH_FASTCALL,
     "extend($self, seconds=None, /)\n--\n\n"
     "Move the deadline to seconds (by default as many as at first) from now."},
    {"__enter__", (PyCFunction)watchdog_enter, METH_NOARGS, NULL},
    {"__exit__", (PyCFunction)(void (*)(void))watchdog_exit, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef watchdog_properties[] = {
    {"armed", (getter)watchdog_get_armed, NULL, "Whether a deadline is ahead.", NULL},
    {"fired", (getter)watchdog_get_fired, NULL, "How many times the deadline passed.", NULL},
    {"seconds", (getter)watchdog_get_seconds, NULL, "The time given, in seconds.", NULL},
    {"name", (getter)watchdog_get_name, NULL, "The name given, or None.", NULL},
    {"_options", (getter)watchdog_get_options, NULL, "Arguments, without the name.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot watchdog_slots[] = {
    {Py_tp_new, watchdog_new},
    {Py_tp_dealloc, watchdog_dealloc},
    {Py_tp_methods, watchdog_methods},
    {Py_tp_getset, watchdog_properties},
    {Py_tp_doc, "The native part of lastwords.watchdog."},
    {0, NULL},
};

static PyType_Spec watchdog_spec = {
    .name = "lastwords._native.Watchdog",
    .basicsize = sizeof(Watchdog),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = watchdog_slots,
};

/* -- os.fork(); a child that other libraries fork takes its deadlines over when it next uses them -- */

static PyObject *
before_fork(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    lw_deadline_before_fork();
    Py_RETURN_NONE;
}

static PyObject *
after_fork_in_child(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    (void)lw_deadline_restart(); /* without a thread the deadlines are kept for the next arming */
    Py_RETURN_NONE;
}

static PyMethodDef before_fork_definition = {"before_fork", before_fork, METH_NOARGS, NULL};
static PyMethodDef in_child_definition = {"after_fork_in_child", after_fork_in_child, METH_NOARGS,
                                          NULL};

/* Once for each interpreter. */
static int
register_at_fork(void)
{
    PyObject *posix = PyImport_ImportModule("posix");
    PyObject *function = posix ? PyObject_GetAttrString(posix, "register_at_fork") : NULL;
    PyObject *none = PyTuple_New(0);
    PyObject *hooks =
        Py_BuildValue("{sNsN}", "before", PyCFunction_New(&before_fork_definition, NULL),
                      "after_in_child", PyCFunction_New(&in_child_definition, NULL));
    PyObject *result = function && none && hooks ? PyObject_Call(function, none, hooks) : NULL;
    Py_XDECREF(posix);
    Py_XDECREF(function);
    Py_XDECREF(none);
    Py_XDECREF(hooks);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

int
lw_bind_watchdog(PyObject *fault)
{
    PyObject *type = PyType_FromSpec(&watchdog_spec);
    int failed = !type || PyObject_SetAttrString(fault, "Watchdog", type) != 0;
    Py_XDECREF(type);
    return failed ? -1 : register_at_fork();
}
