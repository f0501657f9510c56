/* bind_later.c: dump_traceback_later() and cancel_dump_traceback_later(): the one compatible
 * watchdog. */
#include "bindings/bindings.h"
#include "bindings/fault_args.h"
#include "dump/dump_text.h"
#include "fault/handler.h"
#include "system/shared_lock.h"
#include "watchdog/timeout.h"

#include <errno.h>
#include <unistd.h>

/* The one watchdog of the compatible functions.  It is kept for the next call if it writes to
 * standard error; else its descriptor is closed when it is cancelled. */
static struct lw_timeout *later;
static int later_is_set;

/* The watchdog to arm: the last one again if it is idle and both write to standard error. */
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
    return shared ? lw_timeout_create(shared) : NULL;
}

struct later_options {
    int64_t nanoseconds;
    Py_ssize_t max_threads;
    int repeat;
    int exits;
    struct lw_report_header header;
};

static int
arm_later(int fd, const struct later_options *options)
{
    lw_fault_prepare_reads();
    struct lw_timeout *next = take_later(fd);
    if (!next) {
        return ENOMEM;
    }
    lw_timeout_set_time(next, options->nanoseconds, options->repeat);
    next->max_threads = options->max_threads;
    next->exits = (uint8_t)options->exits;
    if (lw_timeout_set_header(next, &options->header) != 0) {
        lw_deadline_release(&next->deadline);
        return ENOMEM;
    }
    next->deadline.interpreter = PyInterpreterState_Get();
    later = next;
    later_is_set = 1;
    return lw_timeout_arm(next);
}

static int
parse_later(PyObject *args, PyObject *kwargs, PyObject **timeout, PyObject **file,
            struct later_options *options)
{
    static char *names[] = {"timeout", "repeat", "file", "exit", "max_threads", NULL};
    return PyArg_ParseTupleAndKeywords(args, kwargs, "O|pOp$n:dump_traceback_later", names, timeout,
                                       &options->repeat, file, &options->exits,
                                       &options->max_threads);
}

/* Converts a call to a tuple and a dict, for the parser that raises the standard errors. */
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
    PyObject *others = NULL;
    /* The objects found are borrowed from `args`, which outlive this. */
    parsed = parsed && lw_header_take(dict, &others, &options->header) == 0 &&
             parse_later(tuple, others, timeout, file, options);
    Py_XDECREF(others);
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
    int fd = lw_dump_target(file, &keep);
    if (fd < 0) {
        return NULL;
    }
    if (!file || file == Py_None) {
        Py_CLEAR(keep); /* sys.stderr is kept by sys */
    }
    lw_shared_lock(LW_SHARED_LATER);
    int error = arm_later(fd, &options);
    lw_shared_unlock(LW_SHARED_LATER);
    /* Last: dropping the earlier file may run code that calls this function. */
    if (keep && lw_keep_file(kept, "later", keep) != 0) {
        return NULL;
    }
    if (error == ENOMEM) {
        return PyErr_NoMemory();
    }
    if (error) {
        PyErr_SetString(PyExc_RuntimeError, "unable to start watchdog thread");
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
fault_cancel_later(PyObject *kept, PyObject *unused)
{
    int gave_up = 0;
    (void)unused;
    lw_shared_lock(LW_SHARED_LATER);
    if (later_is_set) {
        later_is_set = 0;
        lw_deadline_cancel(&later->deadline);
        gave_up = later->shared->outlet.given != STDERR_FILENO;
        if (gave_up) {
            lw_deadline_release(&later->deadline);
            later = NULL;
        }
    }
    lw_shared_unlock(LW_SHARED_LATER);
    if (gave_up && lw_keep_file(kept, "later", NULL) != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

void
lw_forget_later(const void *interpreter)
{
    lw_shared_lock(LW_SHARED_LATER);
    if (later && later->deadline.interpreter == interpreter) {
        later_is_set = 0;
        lw_deadline_cancel(&later->deadline);
        lw_deadline_release(&later->deadline);
        later = NULL;
    }
    lw_shared_unlock(LW_SHARED_LATER);
}

PyDoc_STRVAR(
    later_doc,
    "dump_traceback_later($module, /, timeout, repeat=False, file=sys.stderr,\n"
    "                     exit=False, *, max_threads=100, header=None)\n--\n\n"
    "Dump the traceback of all threads in timeout seconds.\n\n"
    "With repeat, again every timeout seconds; with exit, end the process\n"
    "with status 1 after the dump.  A new call replaces the one before.\n\n" LW_HEADER_DOC);

static PyMethodDef functions[] = {
    {"dump_traceback_later", (PyCFunction)(void (*)(void))fault_later,
     METH_FASTCALL | METH_KEYWORDS, later_doc},
    {"cancel_dump_traceback_later", fault_cancel_later, METH_NOARGS,
     "cancel_dump_traceback_later($module, /)\n--\n\n"
     "Cancel the last call of dump_traceback_later(); never waits for a dump."},
    {NULL, NULL, 0, NULL},
};

int
lw_bind_later(PyObject *fault, PyObject *kept)
{
    return lw_add_functions(fault, functions, kept, "lastwords.faulthandler");
}
