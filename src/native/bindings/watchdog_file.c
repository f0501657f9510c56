#include "bindings/watchdog_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "bindings/fault_args.h"
#include "traceback/contain.h"

/* Opens a path for appending.  Returns the descriptor, or -1 with an exception. */
static int
open_path(PyObject *path)
{
    PyObject *bytes;
    if (!PyUnicode_FSConverter(path, &bytes)) {
        return -1;
    }
    /* O_NONBLOCK: don't wait for a FIFO to get a reader, nor for it to read. */
    int fd = open(PyBytes_AS_STRING(bytes),
                  O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
    if (fd < 0) {
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path);
    }
    Py_DECREF(bytes);
    return fd;
}

/* Is `file` a path to os.fspath()?  1, 0, or -1 with an exception.  Runs no code of its class. */
static int
is_path(PyObject *file)
{
    if (PyUnicode_Check(file) || PyBytes_Check(file)) {
        return 1;
    }
    PyObject *name = PyUnicode_InternFromString("__fspath__");
    if (!name) {
        return -1;
    }
    int has_path = _PyType_Lookup(Py_TYPE(file), name) != NULL;
    Py_DECREF(name);
    return has_path;
}

/* lw_file_descriptor(), for a caller that keeps the file alive otherwise. */
static int
descriptor_of(PyObject *file)
{
    PyObject *keep;
    int fd = lw_file_descriptor(file, &keep);
    Py_XDECREF(keep);
    return fd;
}

static PyObject *known_stderr; /* sys.__stderr__ of the main interpreter */
static int known_fd;

void
lw_watchdog_file_reset(void)
{
    known_stderr = NULL;
}

/* The outlet of sys.stderr; its descriptor is remembered while that is the main interpreter's
 * sys.__stderr__.  If it has no usable fileno() (a notebook, a test's capture), the real standard
 * error. */
static struct lw_shared_outlet *
open_default(void)
{
    PyObject *now = PySys_GetObject("stderr"); /* borrowed */
    int is_main = PyInterpreterState_Get() == PyInterpreterState_Main();
    if (is_main && now && now == known_stderr) {
        return lw_shared_outlet_open(known_fd);
    }
    Py_XINCREF(now); /* fileno() may replace sys.stderr */
    int fd = descriptor_of(NULL);
    if (fd < 0 && PyErr_ExceptionMatches(PyExc_Exception) && lw_contain() == 0) {
        fd = STDERR_FILENO;
    }
    if (fd >= 0 && is_main && !known_stderr && now && now == PySys_GetObject("__stderr__")) {
        known_stderr = Py_NewRef(now);
        known_fd = fd;
    }
    struct lw_shared_outlet *shared = fd < 0 ? NULL : lw_shared_outlet_open(fd);
    Py_XDECREF(now);
    return shared;
}

struct lw_shared_outlet *
lw_watchdog_outlet(PyObject *file)
{
    if (!file) {
        return open_default();
    }
    int has_path = is_path(file);
    int fd = has_path < 0 ? -1 : has_path ? open_path(file) : descriptor_of(file);
    if (fd < 0) {
        return NULL;
    }
    return has_path ? lw_shared_outlet_take(fd) : lw_shared_outlet_open(fd);
}
