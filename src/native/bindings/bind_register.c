/* bind_register.c: register() and unregister() of lastwords.faulthandler: dumps on a signal. */
#include "bindings/bindings.h"
#include "bindings/fault_args.h"
#include "dump/dump_text.h"
#include "fault/handler.h"
#include "fault/user_signals.h"
#include "system/shared_lock.h"

#include <signal.h>

/* The interpreter with which a registration ends; guarded by LW_SHARED_HANDLERS. */
static const void *registered_by[NSIG];

/* lw_keep_file() for a signal. */
static int
keep_for_signal(PyObject *kept, int signum, PyObject *file)
{
    char key[32];
    PyOS_snprintf(key, sizeof(key), "signal %d", signum);
    return lw_keep_file(kept, key, file);
}

static PyObject *
fault_register(PyObject *kept, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"signum", "file", "all_threads", "chain", "max_threads", NULL};
    PyObject *file = NULL, *keep, *others;
    struct lw_choice options = {0};
    int signum, all_threads = 1, chain = 0;
    Py_ssize_t max_threads = LW_DUMP_THREADS;
    if (lw_header_take(kwargs, &others, &options.header) != 0) {
        return NULL;
    }
    int parsed = PyArg_ParseTupleAndKeywords(args, others, "i|Opp$n:register", names, &signum,
                                             &file, &all_threads, &chain, &max_threads);
    Py_XDECREF(others); /* `file` is the call's own */
    if (!parsed || lw_check_signal(signum) != 0) {
        return NULL;
    }
    if (chain && lw_user_chain_kills(signum) &&
        PyErr_WarnFormat(PyExc_RuntimeWarning, 1,
                         "signal %d has no handler: chain=True ends the process after the dump",
                         signum) != 0) {
        return NULL;
    }
    int fd = lw_dump_target(file, &keep);
    if (fd < 0) {
        return NULL;
    }
    options.max_threads = max_threads;
    options.all_threads = (uint8_t)all_threads;
    options.chain = (uint8_t)chain;
    lw_shared_lock(LW_SHARED_HANDLERS);
    lw_fault_prepare_reads();
    lw_outlet_open(&options.outlet, fd);
    int error = lw_user_register(signum, &options);
    if (error) {
        lw_outlet_close(&options.outlet);
    }
    else {
        lw_own(&registered_by[signum]);
    }
    lw_shared_unlock(LW_SHARED_HANDLERS);
    if (error) {
        Py_XDECREF(keep);
        return lw_errno_error(error);
    }
    if (keep_for_signal(kept, signum, keep) != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
fault_unregister(PyObject *kept, PyObject *argument)
{
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
    lw_shared_lock(LW_SHARED_HANDLERS);
    int was_registered = lw_user_unregister((int)signum);
    registered_by[signum] = NULL;
    lw_shared_unlock(LW_SHARED_HANDLERS);
    if (was_registered && keep_for_signal(kept, (int)signum, NULL) != 0) {
        return NULL;
    }
    return PyBool_FromLong(was_registered);
}

void
lw_forget_signals(const void *interpreter)
{
    for (int signum = 1; signum < NSIG; signum++) {
        if (registered_by[signum] == interpreter) {
            registered_by[signum] = NULL;
            (void)lw_user_unregister(signum);
        }
    }
}

PyDoc_STRVAR(register_doc,
             "register($module, /, signum, file=sys.stderr, all_threads=True,\n"
             "         chain=False, *, max_threads=100, header=None)\n--\n\n"
             "Dump the traceback when the process gets the signal signum.\n\n" LW_HEADER_DOC);

static PyMethodDef functions[] = {
    {"register", (PyCFunction)(void (*)(void))fault_register, METH_VARARGS | METH_KEYWORDS,
     register_doc},
    {"unregister", fault_unregister, METH_O,
     "unregister($module, signum, /)\n--\n\n"
     "Undo register(signum); return whether the signal was registered."},
    {NULL, NULL, 0, NULL},
};

int
lw_bind_register(PyObject *fault, PyObject *kept)
{
    return lw_add_functions(fault, functions, kept, "lastwords.faulthandler");
}
