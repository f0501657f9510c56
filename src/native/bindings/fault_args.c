#include "bindings/fault_args.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <signal.h>

#include "dump/escaped_text.h"
#include "dump/session.h"
#include "fault/handler.h"
#include "output/utf8.h"
#include "traceback/contain.h"

enum { SECOND = 1000 * 1000 * 1000 };

static int
descriptor_of_int(PyObject *number)
{
    int overflow;
    if (PyBool_Check(number) &&
        PyErr_WarnEx(PyExc_RuntimeWarning, "bool is used as a file descriptor", 1) != 0) {
        return -1;
    }
    long value = PyLong_AsLongAndOverflow(number, &overflow);
    if (value == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (overflow || value > INT_MAX || value < INT_MIN) {
        PyErr_SetString(PyExc_OverflowError, "Python int too large to convert to C int");
        return -1;
    }
    if (value < 0) {
        PyErr_SetString(PyExc_ValueError, "file is not a valid file descriptor");
        return -1;
    }
    return (int)value;
}

static PyObject *fileno_name, *flush_name; /* of the main interpreter */

void
lw_fault_args_reset(void)
{
    fileno_name = flush_name = NULL;
}

/* Calls a method without arguments; its name is kept in the main interpreter, in which arming a
 * watchdog must be cheap (other interpreters may not share objects with it). */
static PyObject *
call_method(PyObject *object, const char *name, PyObject **kept)
{
    if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
        return PyObject_CallMethod(object, name, NULL);
    }
    if (!*kept && !(*kept = PyUnicode_InternFromString(name))) {
        return NULL;
    }
    return PyObject_CallMethodNoArgs(object, *kept);
}

static int
descriptor_of_object(PyObject *file)
{
    long value = -1;
    PyObject *result = call_method(file, "fileno", &fileno_name);
    if (!result) {
        return -1;
    }
    if (PyLong_Check(result)) {
        int overflow;
        value = PyLong_AsLongAndOverflow(result, &overflow);
        if (overflow || value > INT_MAX) {
            value = -1;
        }
    }
    Py_DECREF(result);
    if (value < 0) {
        PyErr_Clear();
        PyErr_SetString(PyExc_RuntimeError, "file.fileno() is not a valid file descriptor");
        return -1;
    }
    result = call_method(file, "flush", &flush_name);
    Py_XDECREF(result);
    /* If flush() failed, the descriptor is still good. */
    return result || lw_contain() == 0 ? (int)value : -1;
}

int
lw_file_descriptor(PyObject *file, PyObject **keep)
{
    *keep = NULL;
    if (!file || file == Py_None) {
        file = PySys_GetObject("stderr");
        if (!file) {
            PyErr_SetString(PyExc_RuntimeError, "lost sys.stderr");
            return -1;
        }
        if (file == Py_None) {
            PyErr_SetString(PyExc_RuntimeError, "sys.stderr is None");
            return -1;
        }
    }
    if (PyLong_Check(file)) {
        return descriptor_of_int(file);
    }
    Py_INCREF(file); /* fileno() may replace sys.stderr */
    int fd = descriptor_of_object(file);
    if (fd < 0) {
        Py_DECREF(file);
        return -1;
    }
    *keep = file;
    return fd;
}

static int
out_of_range(void)
{
    PyErr_SetString(PyExc_OverflowError, "timestamp out of range for C PyTime_t");
    return -1;
}

int
lw_timeout_nanoseconds(PyObject *seconds, int64_t *out)
{
    if (PyLong_Check(seconds)) {
        int overflow;
        long long whole = PyLong_AsLongLongAndOverflow(seconds, &overflow);
        if (whole == -1 && PyErr_Occurred()) {
            return -1;
        }
        if (overflow || whole > INT64_MAX / SECOND || whole < INT64_MIN / SECOND) {
            return out_of_range();
        }
        *out = whole * SECOND;
    }
    else {
        double value = PyFloat_AsDouble(seconds);
        if (value == -1.0 && PyErr_Occurred()) {
            return -1;
        }
        if (isnan(value)) {
            PyErr_SetString(PyExc_ValueError, "Invalid value NaN (not a number)");
            return -1;
        }
        value *= SECOND;
        value = value < 0 ? floor(value) : ceil(value);
        if (!(value > -0x1p63 && value < 0x1p63)) {
            return out_of_range();
        }
        *out = (int64_t)value;
    }
    if (*out <= 0) {
        PyErr_SetString(PyExc_ValueError, "timeout must be greater than 0");
        return -1;
    }
    return 0;
}

int
lw_check_signal(int signum)
{
    if (lw_fault_is_fatal(signum)) {
        PyErr_Format(PyExc_RuntimeError, "signal %i cannot be registered, use enable() instead",
                     signum);
        return -1;
    }
    if (signum < 1 || signum >= NSIG) {
        PyErr_SetString(PyExc_ValueError, "signal number out of range");
        return -1;
    }
    return 0;
}

/* Appends one character in UTF-8, or escaped if it is not printable. */
static char *
append_character(char *end, Py_UCS4 character)
{
    int is_printable = character >= 128 && Py_UNICODE_ISPRINTABLE(character);
    return is_printable ? lw_append_utf8(end, character) : lw_append_escaped(end, character);
}

int
lw_header_read(PyObject *argument, struct lw_report_header *header)
{
    static const char mark[] = "...";
    enum { MARK = sizeof(mark) - 1 };
    size_t fits = 0, used = 0; /* bytes that leave room for the mark; bytes so far */

    header->wanted = argument && argument != Py_None && argument != Py_False;
    header->size = 0;
    if (!header->wanted || argument == Py_True) {
        return 0;
    }
    if (!PyUnicode_Check(argument)) {
        PyErr_Format(
            PyExc_TypeError,
            "header must be None, True (process and time) or a str (a text besides), not %.100s",
            Py_TYPE(argument)->tp_name);
        return -1;
    }
    Py_ssize_t length = PyUnicode_GetLength(argument);
    for (Py_ssize_t i = 0; i < length; i++) {
        char piece[LW_ESCAPE_SIZE];
        Py_UCS4 character = PyUnicode_ReadChar(argument, i);
        size_t size = (size_t)(append_character(piece, character) - piece);
        if (used + size > LW_HEADER_TEXT) {
            memcpy(header->text + fits, mark, MARK);
            used = fits + MARK;
            break;
        }
        memcpy(header->text + used, piece, size);
        used += size;
        fits = used + MARK <= LW_HEADER_TEXT ? used : fits;
    }
    header->size = (uint8_t)used;
    return 0;
}

int
lw_header_take(PyObject *keywords, PyObject **others, struct lw_report_header *header)
{
    PyObject *argument = keywords ? PyDict_GetItemString(keywords, "header") : NULL; /* borrowed */
    *others = Py_XNewRef(keywords);
    if (lw_header_read(argument, header) != 0) {
        Py_CLEAR(*others);
        return -1;
    }
    if (argument) {
        Py_SETREF(*others, PyDict_Copy(keywords)); /* the dict may be the caller's own */
        if (!*others || PyDict_DelItemString(*others, "header") != 0) {
            Py_CLEAR(*others);
            return -1;
        }
    }
    return 0;
}

PyObject *
lw_errno_error(int error)
{
    errno = error;
    return PyErr_SetFromErrno(PyExc_OSError);
}

int
lw_keep_file(PyObject *kept, const char *key, PyObject *file)
{
    int failed = PyDict_SetItemString(kept, key, file ? file : Py_None);
    Py_XDECREF(file);
    return failed;
}

int
lw_check_walkable(void)
{
    const char *refusal = lw_session_refusal();
    if (refusal) {
        PyErr_SetString(PyExc_RuntimeError, refusal);
    }
    return refusal ? -1 : 0;
}

int
lw_dump_target(PyObject *file, PyObject **keep)
{
    int fd = lw_file_descriptor(file, keep);
    if (fd >= 0 && lw_check_walkable() != 0) {
        Py_CLEAR(*keep);
        fd = -1;
    }
    return fd;
}

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
