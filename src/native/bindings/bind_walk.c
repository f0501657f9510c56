/* bind_walk.c: the walker, the location-table decoder and the text dump as Python functions.
 *
 * The package calls _dump_refusal(); the others are for tests. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdatomic.h>

#include "bindings/bindings.h"
#include "bindings/fault_args.h"
#include "dump/dump_text.h"
#include "walker/layout_check.h"

enum {
    MAX_CHARACTERS = 100000, /* of a name handed to Python */
    MAX_FRAMES_SHOWN = 100000,
};

/* The dump of these functions; a call that finds it taken makes one of its own. */
static struct lw_dump *shared_dump;
static atomic_flag shared_taken = ATOMIC_FLAG_INIT;

static struct lw_dump *
take_dump(void)
{
    if (atomic_flag_test_and_set(&shared_taken)) {
        return lw_dump_create();
    }
    if (shared_dump == NULL) {
        shared_dump = lw_dump_create();
        if (shared_dump == NULL) {
            atomic_flag_clear(&shared_taken);
        }
    }
    return shared_dump;
}

static void
release_dump(struct lw_dump *dump)
{
    if (dump == shared_dump) {
        atomic_flag_clear(&shared_taken);
    }
    else {
        lw_dump_destroy(dump);
    }
}

PyDoc_STRVAR(dump_text_doc,
             "_dump_text($module, fd, all_threads=True, max_threads=0, current=True, first=False,\n"
             "           process=(0, 0, 0), /)\n--\n\n"
             "Write faulthandler's text to fd; process is (pid, address of the runtime, version).");

static PyObject *
dump_text(PyObject *Py_UNUSED(module), PyObject *args)
{
    int fd, all_threads = 1, current = 1, first = 0, pid = 0;
    long long max_threads = 0;
    unsigned long long runtime = 0;
    unsigned int version = 0;
    const char *wrong = NULL;
    if (!PyArg_ParseTuple(args, "i|pLpp(iKI):_dump_text", &fd, &all_threads, &max_threads, &current,
                          &first, &pid, &runtime, &version) ||
        lw_check_walkable() != 0) {
        return NULL;
    }
    struct lw_dump *dump = take_dump();
    if (dump == NULL) {
        return PyErr_NoMemory();
    }
    struct lw_dump_options options = {.max_threads = max_threads,
                                      .all_threads = (uint8_t)all_threads,
                                      .current_first = (uint8_t)first};
    if (pid == 0) {
        lw_dump_begin_held(dump, fd, 0);
        options.hint.state = current ? (uint64_t)(uintptr_t)PyThreadState_Get() : 0;
    }
    else {
        wrong = lw_dump_begin_process(dump, fd, 0, pid, runtime, version);
    }
    if (wrong == NULL) {
        lw_dump_threads(dump, &options);
        errno = lw_dump_end(dump);
        if (errno != 0) {
            PyErr_SetFromErrno(PyExc_OSError);
        }
    }
    else {
        PyErr_SetString(PyExc_RuntimeError, wrong);
    }
    unsigned int writes = dump->session.sink.writes;
    release_dump(dump);
    return PyErr_Occurred() ? NULL : PyLong_FromUnsignedLong(writes);
}

/* A str read through the target's memory, or None. */
static PyObject *
text_of(struct lw_target *target, uint64_t address)
{
    struct lw_text text;
    if (lw_text_read(target, address, &text) != 1 || text.length > MAX_CHARACTERS) {
        Py_RETURN_NONE;
    }
    size_t size = (size_t)text.length * text.kind;
    void *characters = PyMem_Malloc(size + 1);
    if (characters == NULL) {
        return PyErr_NoMemory();
    }
    PyObject *result = Py_None;
    if (lw_memory_read(target->memory, text.start, characters, size)) {
        result = PyUnicode_FromKindAndData(text.kind, characters, (Py_ssize_t)text.length);
    }
    else {
        Py_INCREF(Py_None);
    }
    PyMem_Free(characters);
    return result;
}

/* (filename, name, qualname, line, end line, column, end column), or None for an invalid frame. */
static PyObject *
frame_as_tuple(struct lw_target *target, const struct lw_frame *frame)
{
    struct lw_code code;
    struct lw_position position;
    if (frame->state != LW_FRAME_PYTHON || !lw_code_read(target, frame->code, &code)) {
        Py_RETURN_NONE;
    }
    (void)lw_code_position(target, &code, frame->instruction, &position);
    return Py_BuildValue("(NNNiiii)", text_of(target, code.filename), text_of(target, code.name),
                         text_of(target, code.qualname), position.line, position.end_line,
                         position.column, position.end_column);
}

static PyObject *
frames_as_list(struct lw_target *target, const struct lw_thread *thread)
{
    PyObject *list = PyList_New(0);
    struct lw_frames walk;
    struct lw_frame frame;
    lw_frames_begin(&walk, target, thread->first_frame);
    while (list != NULL && walk.count < MAX_FRAMES_SHOWN && lw_frames_next(&walk, &frame)) {
        PyObject *item = frame_as_tuple(target, &frame);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
    return list;
}

static PyObject *
thread_as_dict(struct lw_dump *dump, const struct lw_thread *thread)
{
    const char *name;
    size_t length =
        lw_thread_name(&dump->session.names, thread->native_id, thread->unique_id, &name);
    return Py_BuildValue("{sLsKsKsKsNsOsOsOsN}", "interpreter", (long long)thread->interpreter_id,
                         "ident", (unsigned long long)thread->ident, "native_id",
                         (unsigned long long)thread->native_id, "unique_id",
                         (unsigned long long)thread->unique_id, "name",
                         PyBytes_FromStringAndSize(name, (Py_ssize_t)length), "freed",
                         thread->state == LW_THREAD_OK ? Py_False : Py_True, "holds_gil",
                         thread->holds_gil ? Py_True : Py_False, "collecting",
                         thread->collecting ? Py_True : Py_False, "frames",
                         frames_as_list(&dump->session.target, thread));
}

PyDoc_STRVAR(
    threads_doc,
    "_threads($module, pid=0, runtime=0, version=0, /)\n--\n\n"
    "Return the threads of this process, or of process pid, as dicts with frames as tuples.");

static PyObject *
threads(PyObject *Py_UNUSED(module), PyObject *args)
{
    int pid = 0;
    unsigned long long runtime = 0;
    unsigned int version = 0;
    const char *wrong = NULL;
    if (!PyArg_ParseTuple(args, "|iKI:_threads", &pid, &runtime, &version) ||
        lw_check_walkable() != 0) {
        return NULL;
    }
    struct lw_dump *dump = take_dump();
    if (dump == NULL) {
        return PyErr_NoMemory();
    }
    if (pid == 0) {
        lw_dump_begin(dump, -1, 0);
    }
    else {
        wrong = lw_dump_begin_process(dump, -1, 0, pid, runtime, version);
    }
    PyObject *list = PyList_New(0);
    struct lw_threads walk;
    struct lw_thread thread;
    if (wrong == NULL && list != NULL && lw_threads_begin(&walk, &dump->session.target, 0, 0)) {
        while (list != NULL && lw_threads_next(&walk, &thread)) {
            PyObject *item = thread_as_dict(dump, &thread);
            if (item == NULL || PyList_Append(list, item) < 0) {
                Py_CLEAR(list);
            }
            Py_XDECREF(item);
        }
    }
    release_dump(dump);
    if (wrong != NULL) {
        PyErr_SetString(PyExc_RuntimeError, wrong);
        Py_CLEAR(list);
    }
    return list;
}

PyDoc_STRVAR(position_doc,
             "_position($module, table, first_line, unit, /)\n--\n\n"
             "Return the position (line, end line, column, end column; -1: none) of a code unit.");

static PyObject *
position(PyObject *Py_UNUSED(module), PyObject *args)
{
    const char *table;
    Py_ssize_t length;
    int first_line, unit;
    struct lw_position found;
    if (!PyArg_ParseTuple(args, "y#ii:_position", &table, &length, &first_line, &unit)) {
        return NULL;
    }
    (void)lw_linetable_find((const uint8_t *)table, (size_t)length, first_line, unit, &found);
    return Py_BuildValue("(iiii)", found.line, found.end_line, found.column, found.end_column);
}

PyDoc_STRVAR(refusal_doc, "_dump_refusal($module, /)\n--\n\n"
                          "Return why this process can't be dumped, or None.");

static PyObject *
dump_refusal(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return Py_BuildValue("z", lw_session_refusal());
}

PyDoc_STRVAR(runtime_doc, "_runtime_address($module, /)\n--\n\n"
                          "Return the address of this process's runtime.");

static PyObject *
runtime_address(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromUnsignedLongLong(lw_layout_own_runtime());
}

static PyMethodDef walk_methods[] = {
    {"_dump_text", dump_text, METH_VARARGS, dump_text_doc},
    {"_threads", threads, METH_VARARGS, threads_doc},
    {"_position", position, METH_VARARGS, position_doc},
    {"_dump_refusal", dump_refusal, METH_NOARGS, refusal_doc},
    {"_runtime_address", runtime_address, METH_NOARGS, runtime_doc},
    {NULL, NULL, 0, NULL},
};

int
lw_bind_walk(PyObject *module)
{
    return PyModule_AddFunctions(module, walk_methods);
}
