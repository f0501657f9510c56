#include "traceback/state.h"

#include "traceback/interpreter.h"

static int
classes_unchanged(struct lw_capture *self)
{
    for (int i = 0; i < LW_WATCHED_CLASSES; i++) {
        unsigned int version = lw_class_version(self->watched_class[i]);
        if (version == 0 || version != self->class_version[i]) {
            return 0;
        }
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
            self->class_version[i] = lw_class_version(self->watched_class[i]);
        }
    }
    return pristine;
}
