#include "traceback/source_lines.h"

/* Every class that the fast ways stand for has a version number that changes with it. */
static int
classes_unchanged(struct lw_capture *self)
{
    for (int i = 0; i < LW_WATCHED_CLASSES; i++) {
        PyTypeObject *type = self->watched_class[i];
        if (type->tp_version_tag == 0 || type->tp_version_tag != self->class_version[i]) {
            return 0;
        }
#if PY_VERSION_HEX < 0x030c0000 /* later versions set the number itself to 0 */
        if (!(type->tp_flags & Py_TPFLAGS_VALID_VERSION_TAG)) {
            return 0;
        }
#endif
    }
    return 1;
}

int
lw_capture_usable(struct lw_capture *self)
{
    if (self->frame_type == NULL) {
        return 0;
    }
    if (classes_unchanged(self)) {
        return 1;
    }
    PyObject *answer = PyObject_CallNoArgs(self->pristine);
    if (answer == NULL) {
        return -1;
    }
    int pristine = PyObject_IsTrue(answer);
    Py_DECREF(answer);
    if (pristine > 0) {
        for (int i = 0; i < LW_WATCHED_CLASSES; i++) {
            /* A look-up gives the class a version, if it can have one. */
            (void)_PyType_Lookup(self->watched_class[i], self->str_module);
            self->class_version[i] = self->watched_class[i]->tp_version_tag;
        }
    }
    return pristine;
}

int
lw_read_entry(struct lw_capture *self, struct lw_known_files *known, PyTracebackObject *entry,
              struct lw_raw_frame *raw)
{
    raw->code = PyFrame_GetCode(entry->tb_frame);
    raw->lasti = entry->tb_lasti;
    raw->lineno = entry->tb_lineno;
    raw->source = lw_source_of(self, known, raw->code, entry->tb_frame);
    if (raw->source == NULL || raw->source == Py_None) {
        Py_DECREF(raw->code);
        return raw->source == NULL ? -1 : 0;
    }
    return 1;
}

static int
append_raw(struct lw_capture *self, const struct lw_raw_frame *raw, PyObject *frames)
{
    PyObject *record = lw_frame_record_from_raw(self->frame_type, raw);
    int status = record == NULL || PyList_Append(frames, record) < 0 ? -1 : 1;
    Py_XDECREF(record);
    return status;
}

static int
append_record(struct lw_capture *self, struct lw_known_files *known, PyTracebackObject *entry,
              PyObject *frames)
{
    struct lw_raw_frame raw;
    int status = lw_read_entry(self, known, entry, &raw);
    if (status > 0) {
        status = append_raw(self, &raw, frames);
        Py_DECREF(raw.code);
    }
    return status;
}

PyObject *
lw_capture_traceback(struct lw_capture *self, struct lw_known_files *known, PyObject *traceback,
                     Py_ssize_t skip, Py_ssize_t most)
{
    PyObject *frames = PyObject_CallNoArgs((PyObject *)self->stack_type);
    if (frames == NULL) {
        return NULL;
    }
    int status = 1;
    PyObject *held = Py_NewRef(traceback); /* tb_next may be set while files are looked at */
    for (Py_ssize_t i = 0; held != Py_None && i < most; i++) {
        PyTracebackObject *entry = (PyTracebackObject *)held;
        if (i >= skip) {
            status = append_record(self, known, entry, frames);
            if (status <= 0) {
                break;
            }
        }
        PyObject *next = entry->tb_next == NULL ? Py_None : (PyObject *)entry->tb_next;
        Py_INCREF(next);
        Py_SETREF(held, next);
    }
    Py_DECREF(held);
    if (status > 0) {
        return frames;
    }
    Py_DECREF(frames);
    return status < 0 ? NULL : Py_NewRef(Py_None);
}

/* Reads the frame that a walk stands at, and moves on.  raw->code is a new reference.
 * 1: done, 0: only Python can find the source, -1: error. */
static int
read_step(struct lw_capture *self, struct lw_known_files *known, struct lw_frame_walk *walk,
          struct lw_raw_frame *raw)
{
    PyFrameObject *frame = lw_frame_walk_read(walk, raw);
    raw->source = lw_source_of(self, known, raw->code, frame);
    if (raw->source == NULL || raw->source == Py_None) {
        Py_DECREF(raw->code);
        return raw->source == NULL ? -1 : 0;
    }
    return 1;
}

PyObject *
lw_capture_walk(struct lw_capture *self, struct lw_frame_walk *walk, Py_ssize_t most)
{
    PyObject *frames = PyObject_CallNoArgs((PyObject *)self->stack_type);
    if (frames == NULL) {
        return NULL;
    }
    struct lw_known_files known = {.count = 0};
    PyObject *start = Py_XNewRef(walk->next); /* to give it back when Python must do it */
    int status = 1;
    for (Py_ssize_t i = 0; walk->next != NULL && i < most && status > 0; i++) {
        struct lw_raw_frame raw;
        status = read_step(self, &known, walk, &raw);
        if (status > 0) {
            status = append_raw(self, &raw, frames);
            Py_DECREF(raw.code);
            lw_frame_walk_advance(walk);
        }
    }
    lw_forget_files(&known);
    if (status > 0) {
        Py_XDECREF(start);
        return frames;
    }
    Py_XSETREF(walk->next, start);
    Py_DECREF(frames);
    return status < 0 ? NULL : Py_NewRef(Py_None);
}
