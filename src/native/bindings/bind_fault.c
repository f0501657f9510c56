/* bind_fault.c: enable(), disable() and the dumps of lastwords.faulthandler.
 *
 * The functions' `self` is a dict of the interpreter that imported the module: it keeps files alive
 * while their descriptors are in use, as the standard module does. */
#include "bindings/bindings.h"
#include "bindings/fault_args.h"
#include "bindings/relay.h"
#include "dump/dump_text.h"
#include "dump/native_text.h"
#include "fault/abort_message.h"
#include "fault/handler.h"
#include "fault/unblock.h"
#include "record/record.h"
#include "system/altstack.h"
#include "system/shared_lock.h"
#include "traceback/contain.h"
#include "unwind/native_stack.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

/* -- enable, disable -- */

static int
install_on_main_thread(void *unused)
{
    (void)unused;
    lw_altstack_install();
    lw_fault_unblock();
    return 0;
}

/* The interpreter with which enable() ends; guarded by LW_SHARED_HANDLERS. */
static const void *enabled_by;

/* Calls the Python function that checks a record's path and renders its facts. */
static int
switch_record(PyObject *kept, PyObject *record)
{
    if (record == Py_None) {
        return lw_record_set(NULL);
    }
    PyObject *function = PyDict_GetItemString(kept, "record switch"); /* borrowed */
    if (!function) {
        PyErr_SetString(PyExc_RuntimeError, "lastwords.faulthandler is not imported");
        return -1;
    }
    Py_INCREF(function); /* the call may replace it */
    PyObject *result = PyObject_CallOneArg(function, record);
    Py_XDECREF(result);
    Py_DECREF(function);
    return result ? 0 : -1;
}

static PyObject *
fault_set_record_switch(PyObject *kept, PyObject *function)
{
    if (PyDict_SetItemString(kept, "record switch", function) != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* Does the exception say that sys.stderr has no descriptor? */
static int
lacks_descriptor(void)
{
    return PyErr_ExceptionMatches(PyExc_RuntimeError) || PyErr_ExceptionMatches(PyExc_OSError) ||
           PyErr_ExceptionMatches(PyExc_ValueError) || PyErr_ExceptionMatches(PyExc_AttributeError);
}

/* lw_file_descriptor() for enable(): if sys.stderr is a stream without a descriptor (a notebook, a
 * test's capture), the real standard error, if it is open.  With a record sys.stderr may be
 * missing. */
static int
target_of(PyObject *file, int is_recorded, PyObject **keep)
{
    PyObject *now = PySys_GetObject("stderr"); /* borrowed */
    int is_stream = now && now != Py_None;
    int fd = lw_file_descriptor(file, keep);
    if (fd >= 0 || (file && file != Py_None) || !lacks_descriptor()) {
        return fd;
    }
    if (is_recorded || (is_stream && fcntl(STDERR_FILENO, F_GETFD) >= 0)) {
        if (lw_contain() != 0) {
            return -1;
        }
        return STDERR_FILENO; /* it may be closed at the crash: then there is the record alone */
    }
    return -1;
}

static PyObject *
fault_enable(PyObject *kept, PyObject *args, PyObject *kwargs)
{
    PyObject *file = NULL, *record = Py_None, *keep;
    int all_threads = 1, c_stack = 1;
    Py_ssize_t max_threads = LW_DUMP_THREADS;
    /* Without `record` the errors are those of the standard signature. */
    static char *names[] = {"file", "all_threads", "c_stack", "max_threads", NULL};
    static char *all_names[] = {"file", "all_threads", "c_stack", "max_threads", "record", NULL};
    int parsed = kwargs && PyDict_GetItemString(kwargs, "record")
                     ? PyArg_ParseTupleAndKeywords(args, kwargs, "|Opp$nO:enable", all_names, &file,
                                                   &all_threads, &c_stack, &max_threads, &record)
                     : PyArg_ParseTupleAndKeywords(args, kwargs, "|Opp$n:enable", names, &file,
                                                   &all_threads, &c_stack, &max_threads);
    if (!parsed) {
        return NULL;
    }
    int fd = target_of(file, record != Py_None, &keep);
    if (fd < 0) {
        return NULL;
    }
    if (switch_record(kept, record) != 0 || lw_learn_modules() != 0) {
        Py_XDECREF(keep);
        return NULL;
    }
    lw_altstacks_enable();
    struct lw_choice options = {
        .max_threads = max_threads,
        .all_threads = (uint8_t)all_threads,
        .c_stack = (uint8_t)c_stack,
    };
    if (syscall(SYS_gettid) != getpid()) {
        Py_AddPendingCall(install_on_main_thread, NULL);
    }
    lw_abort_message_find();
    lw_shared_lock(LW_SHARED_HANDLERS);
    lw_files_learn();
    lw_altstack_install();
    lw_outlet_open(&options.outlet, fd);
    int error = lw_fault_enable(&options);
    if (!error) {
        lw_own(&enabled_by);
        lw_fault_unblock();
    }
    lw_shared_unlock(LW_SHARED_HANDLERS);
    if (error) {
        Py_XDECREF(keep);
        return lw_errno_error(error);
    }
    ucontext_t context;
    getcontext(&context);
    lw_fault_rehearse(&context);
    /* Last: dropping the earlier file may run code that calls this function. */
    if (lw_keep_file(kept, "enable", keep) != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
fault_disable(PyObject *kept, PyObject *unused)
{
    (void)unused;
    lw_shared_lock(LW_SHARED_HANDLERS);
    int was_enabled = lw_fault_disable();
    enabled_by = NULL;
    (void)lw_record_set(NULL);
    lw_shared_unlock(LW_SHARED_HANDLERS);
    lw_altstacks_disable();
    if (was_enabled && lw_keep_file(kept, "enable", NULL) != 0) {
        return NULL;
    }
    return PyBool_FromLong(was_enabled);
}

void
lw_own(const void **owner)
{
    const void *now = PyInterpreterState_Get();
    if (!*owner || now == PyInterpreterState_Main()) {
        *owner = now;
    }
}

void
lw_forget_enable(const void *interpreter)
{
    if (enabled_by == interpreter) {
        enabled_by = NULL;
        (void)lw_fault_disable();
        (void)lw_record_set(NULL);
    }
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
    Dl_info code;
    const char *name = function == (uintptr_t)SIG_DFL                      ? "default"
                       : function == (uintptr_t)SIG_IGN                    ? "ignored"
                       : dladdr((void *)function, &code) && code.dli_fname ? code.dli_fname
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
fault_dump_traceback(PyObject *kept, PyObject *args, PyObject *kwargs)
{
    static struct lw_dump *dump;
    static char *names[] = {"file", "all_threads", "max_threads", NULL};
    PyObject *file = NULL, *keep, *others;
    struct lw_report_header header;
    int all_threads = 1;
    Py_ssize_t max_threads = LW_DUMP_THREADS;
    (void)kept;
    if (lw_header_take(kwargs, &others, &header) != 0) {
        return NULL;
    }
    int parsed = PyArg_ParseTupleAndKeywords(args, others, "|Op$n:dump_traceback", names, &file,
                                             &all_threads, &max_threads);
    Py_XDECREF(others); /* `file` is the call's own */
    if (!parsed) {
        return NULL;
    }
    int fd = lw_dump_target(file, &keep);
    if (fd < 0) {
        return NULL;
    }
    struct lw_dump_options options = {
        .hint.state = (uintptr_t)PyThreadState_Get(),
        .max_threads = max_threads,
        .all_threads = (uint8_t)all_threads,
    };
    struct lw_relay relay;
    lw_relay_begin(&relay, fd);
    lw_shared_lock(LW_SHARED_HANDLERS);
    int ready = dump || (dump = lw_dump_create()) != NULL;
    if (ready) {
        lw_dump_begin_held(dump, relay.to, 0);
        lw_report_header_write(lw_dump_sink(dump), &header);
        lw_dump_threads(dump, &options);
        lw_dump_end(dump);
    }
    lw_shared_unlock(LW_SHARED_HANDLERS);
    int failed = lw_relay_end(&relay);
    Py_XDECREF(keep);
    if (!ready) {
        return PyErr_NoMemory();
    }
    if (failed != 0 || PyErr_CheckSignals() != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
fault_dump_c_stack(PyObject *kept, PyObject *args, PyObject *kwargs)
{
    static struct lw_sink sink; /* LW_SHARED_HANDLERS is held while these are used */
    static struct lw_memory memory;
    static struct lw_native_walk *walk;
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
    struct lw_relay relay;
    lw_relay_begin(&relay, fd);
    lw_shared_lock(LW_SHARED_HANDLERS);
    lw_files_learn();
    lw_sink_begin(&sink, relay.to, 0);
    lw_memory_begin_own(&memory);
    if (!walk) {
        walk = lw_native_walk_create();
    }
    lw_dump_native(&sink, walk, &memory, &context);
    lw_sink_flush(&sink);
    lw_shared_unlock(LW_SHARED_HANDLERS);
    int failed = lw_relay_end(&relay);
    Py_XDECREF(keep);
    if (failed != 0 || PyErr_CheckSignals() != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyDoc_STRVAR(enable_doc,
             "enable($module, /, file=sys.stderr, all_threads=True, c_stack=True, *,\n"
             "       max_threads=100, record=None)\n--\n\nEnable the fault handler.\n\n"
             "record is the path of a structured record to write as well, with %p for\n"
             "the process id, %t the time, %e the program, %h the host, %s the signal.");
PyDoc_STRVAR(
    dump_doc,
    "dump_traceback($module, /, file=sys.stderr, all_threads=True, *,\n"
    "               max_threads=100, header=None)\n--\n\n"
    "Dump the traceback of the current thread, or of all threads, into file.\n\n" LW_HEADER_DOC);

static PyMethodDef functions[] = {
    {"enable", (PyCFunction)(void (*)(void))fault_enable, METH_VARARGS | METH_KEYWORDS, enable_doc},
    {"disable", fault_disable, METH_NOARGS,
     "disable($module, /)\n--\n\nDisable the fault handler; return whether it was enabled."},
    {"_set_record_switch", fault_set_record_switch, METH_O,
     "_set_record_switch($module, function, /)\n--\n\n"
     "Set the function that enable() calls with the path of a record."},
    {"is_enabled", fault_is_enabled, METH_NOARGS,
     "is_enabled($module, /)\n--\n\n"
     "Return whether the fault handler is enabled, and still the handler of all fatal signals."},
    {"replaced_handlers", fault_replaced_handlers, METH_NOARGS,
     "replaced_handlers($module, /)\n--\n\n"
     "Return which fatal signals have another handler since enable(): a dict from signal number\n"
     "to the file of that handler's code, \"default\", \"ignored\" or \"unknown\"."},
    {"dump_traceback", (PyCFunction)(void (*)(void))fault_dump_traceback,
     METH_VARARGS | METH_KEYWORDS, dump_doc},
    {"dump_c_stack", (PyCFunction)(void (*)(void))fault_dump_c_stack, METH_VARARGS | METH_KEYWORDS,
     "dump_c_stack($module, /, file=sys.stderr)\n--\n\nDump the C stack of the current thread."},
    {NULL, NULL, 0, NULL},
};

int
lw_bind_faulthandler(PyObject *fault, PyObject *kept)
{
    return lw_add_functions(fault, functions, kept, "lastwords.faulthandler");
}
