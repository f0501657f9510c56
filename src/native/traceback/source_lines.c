#include "traceback/source_lines.h"

#include <sys/stat.h>

#include "traceback/contain.h"
#include "traceback/lookup.h"

enum { ENTRY_SIZE = 4 }; /* a linecache entry that holds lines: size, mtime, lines, fullname */

/* Drops the file noted last. */
static void
forget_last(struct lw_known_files *known)
{
    struct lw_known_file file = known->file[--known->count]; /* off first: a finalizer may run */
    Py_DECREF(file.filename);
    Py_DECREF(file.lines);
    Py_XDECREF(file.globals);
}

void
lw_forget_files(struct lw_known_files *known)
{
    while (known->count > 0) {
        forget_last(known);
    }
}

static int
linecache_is_ordinary(struct lw_capture *self)
{
    for (int i = 0; i < self->watched_names; i++) {
        struct lw_watched_name *watched = &self->watched_name[i];
        PyObject *now = lw_lookup(watched->names, watched->name);
        Py_XDECREF(now); /* only its address is compared */
        if (now == NULL || now != watched->value) {
            return 0;
        }
    }
    return self->watched_names > 0;
}

/* Is the file as it was when linecache read it? */
static int
file_unchanged(PyObject *size, PyObject *mtime, PyObject *fullname)
{
    struct stat now;
    Py_ssize_t length;
    if (!PyUnicode_Check(fullname) || !PyUnicode_IS_ASCII(fullname) || !PyFloat_Check(mtime) ||
        !PyLong_Check(size)) {
        return 0;
    }
    const char *path = PyUnicode_AsUTF8AndSize(fullname, &length);
    if (path == NULL || strlen(path) != (size_t)length) {
        PyErr_Clear();
        return 0;
    }
    int failed;
    Py_BEGIN_ALLOW_THREADS failed = stat(path, &now);
    Py_END_ALLOW_THREADS if (failed)
    {
        return 0;
    }
    long long then = PyLong_AsLongLong(size);
    if (then == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        return 0;
    }
    double changed = (double)now.st_mtim.tv_sec + 1e-9 * (double)now.st_mtim.tv_nsec;
    return then == (long long)now.st_size && changed == PyFloat_AS_DOUBLE(mtime);
}

/* Returns linecache's entry for a file (new reference), or NULL, perhaps with an exception. */
static PyObject *
cache_entry(struct lw_capture *self, PyObject *filename)
{
    PyObject *cache = lw_lookup(self->linecache_names, self->str_cache);
    PyObject *entry = NULL;
    if (cache != NULL && PyDict_CheckExact(cache)) {
        entry = lw_lookup(cache, filename);
    }
    Py_XDECREF(cache);
    return entry;
}

/* Returns linecache's lines for the file if its entry is good (new reference), or NULL, perhaps with
 * an exception. */
static PyObject *
cached_lines(struct lw_capture *self, PyObject *filename)
{
    if (!linecache_is_ordinary(self)) {
        return NULL;
    }
    PyObject *entry = cache_entry(self, filename);
    if (entry == NULL || !PyTuple_CheckExact(entry) || PyTuple_GET_SIZE(entry) != ENTRY_SIZE) {
        Py_XDECREF(entry);
        return NULL;
    }
    PyObject *lines = PyTuple_GET_ITEM(entry, 2);
    PyObject *mtime = PyTuple_GET_ITEM(entry, 1);
    if (!PyList_CheckExact(lines) ||
        (mtime != Py_None &&
         !file_unchanged(PyTuple_GET_ITEM(entry, 0), mtime, PyTuple_GET_ITEM(entry, 3)))) {
        lines = NULL;
    }
    Py_XINCREF(lines);
    Py_DECREF(entry);
    return lines;
}

/* Is it the name of code without a file, whose source is not registered anywhere? */
static int
has_no_source(struct lw_capture *self, PyObject *filename)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(filename);
    if (length < 2 || PyUnicode_READ_CHAR(filename, 0) != '<' ||
        PyUnicode_READ_CHAR(filename, length - 1) != '>') {
        return 0;
    }
    if (self->typed_sources != NULL && PyDict_GET_SIZE(self->typed_sources) != 0) {
        return 0;
    }
    if (self->frozen_prefix != NULL &&
        PyUnicode_Tailmatch(filename, self->frozen_prefix, 0, length, -1) != 0) {
        return 0;
    }
    PyObject *entry = cache_entry(self, filename);
    Py_XDECREF(entry);
    return entry == NULL && !PyErr_Occurred();
}

static PyObject *
refreshed_lines(struct lw_capture *self, PyObject *filename, PyCodeObject *code,
                PyFrameObject *frame)
{
    PyObject *globals = PyFrame_GetGlobals(frame);
    if (globals == NULL) {
        return NULL;
    }
    PyObject *lines =
        PyObject_CallFunctionObjArgs(self->refresh, filename, globals, (PyObject *)code, NULL);
    Py_DECREF(globals);
    if (lines != NULL && lines != Py_None && !PyList_CheckExact(lines)) {
        Py_DECREF(lines);
        PyErr_SetString(PyExc_TypeError, "refresh() must return a list or None");
        return NULL;
    }
    return lines;
}

/* Is it a file without a source, and a frame of another module, whose loader may have one? */
static int
may_know_more(const struct lw_known_file *file, PyFrameObject *frame)
{
    if (file->globals == NULL) {
        return 0;
    }
    PyObject *globals = PyFrame_GetGlobals(frame);
    Py_XDECREF(globals); /* the frame has it */
    return globals != file->globals;
}

/* Was an earlier frame of this file captured without the source that has been found now? */
static int
came_too_late(const struct lw_known_files *known, PyObject *filename)
{
    for (int i = 0; i < known->count; i++) {
        const struct lw_known_file *file = &known->file[i];
        PyObject *name = PyCode_Check(file->filename)
                             ? ((PyCodeObject *)file->filename)->co_filename
                             : file->filename;
        if (file->globals != NULL && PyUnicode_Compare(name, filename) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Adds a file, dropping the last if there is no room; a finalizer of that may have filled the room
 * again. */
static void
note_file(struct lw_known_files *known, PyObject *key, PyObject *lines, PyObject *globals)
{
    if (known->count == LW_KNOWN_FILES) {
        forget_last(known);
    }
    if (known->count < LW_KNOWN_FILES) {
        known->file[known->count++] =
            (struct lw_known_file){Py_NewRef(key), Py_NewRef(lines), Py_XNewRef(globals)};
    }
}

/* Has Python find the lines, by a loader too.  Returns as lw_source_of(). */
static PyObject *
find_lines(struct lw_capture *self, struct lw_known_files *known, PyObject *filename,
           PyCodeObject *code, PyFrameObject *frame)
{
    PyObject *lines = refreshed_lines(self, filename, code, frame);
    if (lines == NULL || lines == Py_None) {
        return lines;
    }
    int found = PyList_GET_SIZE(lines) > 0;
    if (found && came_too_late(known, filename)) {
        Py_DECREF(lines);
        return Py_NewRef(Py_None);
    }
    /* Code typed at a prompt: each piece has lines of its own. */
    int is_typed = PyUnicode_GET_LENGTH(filename) > 0 && PyUnicode_READ_CHAR(filename, 0) == '<';
    PyObject *globals = found ? NULL : PyFrame_GetGlobals(frame);
    Py_XDECREF(globals); /* the frame has them */
    note_file(known, is_typed ? (PyObject *)code : filename, lines, globals);
    return lines;
}

/* Finds the lines of a file that is not known yet.  Returns as lw_source_of(). */
static PyObject *
look_up(struct lw_capture *self, struct lw_known_files *known, PyObject *filename,
        PyCodeObject *code, PyFrameObject *frame)
{
    PyObject *lines = cached_lines(self, filename);
    if (lines == NULL && !PyErr_Occurred() && linecache_is_ordinary(self) &&
        has_no_source(self, filename)) {
        lines = Py_NewRef(self->no_lines);
    }
    if (lines == NULL) { /* a comparison with a key of linecache's may have failed */
        if (lw_contain() < 0) {
            return NULL;
        }
        return find_lines(self, known, filename, code, frame);
    }
    if (came_too_late(known, filename)) {
        Py_DECREF(lines);
        return Py_NewRef(Py_None);
    }
    note_file(known, filename, lines, NULL);
    return lines;
}

PyObject *
lw_source_of(struct lw_capture *self, struct lw_known_files *known, PyCodeObject *code,
             PyFrameObject *frame)
{
    PyObject *filename = code->co_filename;
    for (int i = known->count - 1; i >= 0; i--) {
        PyObject *key = known->file[i].filename;
        if (key == filename || key == (PyObject *)code) {
            if (!may_know_more(&known->file[i], frame)) {
                return Py_NewRef(known->file[i].lines);
            }
        }
    }
    Py_INCREF(filename); /* the import system may replace the code's filename meanwhile */
    PyObject *lines = look_up(self, known, filename, code, frame);
    Py_DECREF(filename);
    return lines;
}
