#include "traceback/capture.h"

#include "traceback/source_lines.h"

/* Finds the source of a frame, whose other fields are set.  Returns as lw_read_entry(). */
static int
find_source(struct lw_capture *self, struct lw_known_files *known, PyFrameObject *frame,
            struct lw_raw_frame *raw)
{
    raw->source = lw_source_of(self, known, raw->code, frame);
    int status = raw->source == NULL ? -1 : raw->source == Py_None ? 0 : 1;
    if (status <= 0) {
        lw_raw_clear(raw);
    }
    return status;
}

int
lw_read_entry(struct lw_capture *self, struct lw_known_files *known, PyTracebackObject *entry,
              struct lw_raw_frame *raw)
{
    raw->code = PyFrame_GetCode(entry->tb_frame);
    raw->lasti = lw_lasti_of(entry);
    raw->lineno = entry->tb_lineno;
    return find_source(self, known, entry->tb_frame, raw);
}

static int
append_raw(struct lw_capture *self, struct lw_raw_frame *raw, PyObject *frames)
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
    return status > 0 ? append_raw(self, &raw, frames) : status;
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
    PyObject *held = Py_NewRef(traceback); /* tb_next may be set while files are checked */
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

/* The frames left in an iterator, all taken at once: the search for their sources may run code, or
 * another thread, that uses the iterator too. */
enum { FIRST_TAKEN = 32 }; /* for more, the array moves to memory of its own */

struct taken {
    struct taken_frame {
        PyFrameObject *frame; /* owned, as is what `raw` refers to */
        struct lw_raw_frame raw;
    } *at, first[FIRST_TAKEN];
    Py_ssize_t count, capacity;
};

/* Returns the place for the next frame, or NULL with an exception. */
static struct taken_frame *
room_for_one(struct taken *taken)
{
    if (taken->count == taken->capacity) {
        Py_ssize_t capacity = 2 * taken->capacity;
        struct taken_frame *own = taken->at == taken->first ? NULL : taken->at;
        struct taken_frame *grown = PyMem_Realloc(own, (size_t)capacity * sizeof(*grown));
        if (grown == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        if (own == NULL) {
            memcpy(grown, taken->first, sizeof(taken->first));
        }
        taken->at = grown;
        taken->capacity = capacity;
    }
    return &taken->at[taken->count++];
}

/* 0, or -1 with an exception. */
static int
take_frames(struct lw_frame_iterator *iterator, Py_ssize_t most, struct taken *taken)
{
    int more = 1;
    while (more && iterator->next != NULL && taken->count < most) {
        struct taken_frame *room = room_for_one(taken);
        if (room == NULL) {
            return -1;
        }
        PyObject *at = Py_NewRef(iterator->next);
        room->raw.source = NULL;
        room->frame = lw_frame_iterator_read(at, &room->raw);
        more = lw_frame_iterator_advance(iterator, at);
        Py_DECREF(at);
    }
    return 0;
}

static void
drop_taken(struct taken *taken)
{
    for (Py_ssize_t i = 0; i < taken->count; i++) {
        Py_DECREF(taken->at[i].frame);
        lw_raw_clear(&taken->at[i].raw);
    }
    if (taken->at != taken->first) {
        PyMem_Free(taken->at);
    }
}

PyObject *
lw_capture_iterator(struct lw_capture *self, struct lw_frame_iterator *iterator, Py_ssize_t most)
{
    PyObject *frames = PyObject_CallNoArgs((PyObject *)self->stack_type);
    if (frames == NULL) {
        return NULL;
    }
    struct lw_known_files known = {.count = 0};
    struct taken taken;
    taken.at = taken.first;
    taken.count = 0;
    taken.capacity = FIRST_TAKEN;
    PyObject *start = Py_XNewRef(iterator->next); /* to restore it if Python must do the work */
    int status = take_frames(iterator, most, &taken) < 0 ? -1 : 1;
    for (Py_ssize_t i = 0; i < taken.count && status > 0; i++) {
        struct taken_frame *one = &taken.at[i];
        status = find_source(self, &known, one->frame, &one->raw);
        if (status > 0) {
            status = append_raw(self, &one->raw, frames);
        }
    }
    lw_forget_files(&known);
    drop_taken(&taken);
    if (status > 0) {
        Py_XDECREF(start);
        return frames;
    }
    Py_XSETREF(iterator->next, start);
    Py_DECREF(frames);
    return status < 0 ? NULL : Py_NewRef(Py_None);
}
