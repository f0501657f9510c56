#include "traceback/state.h"

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
