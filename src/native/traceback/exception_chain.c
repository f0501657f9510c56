#include "traceback/exception_chain.h"

#include "traceback/contain.h"
#include "traceback/lookup.h"

/* Can instances of the class be printed here?  Not if they have special text, or Python code of
 * their own. */
static int
is_plain_class(struct lw_capture *self, PyTypeObject *type)
{
    static PyObject *const *const special[] = {
        &PyExc_SyntaxError,    &PyExc_ImportError,        &PyExc_NameError,
        &PyExc_AttributeError, &PyExc_BaseExceptionGroup,
    };
    if (!Py_IS_TYPE((PyObject *)type, &PyType_Type)) {
        return 0;
    }
    for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
        if (PyType_IsSubtype(type, (PyTypeObject *)*special[i])) {
            return 0;
        }
    }
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        return 1;
    }
    PyTypeObject *base = (PyTypeObject *)PyExc_BaseException;
    PyObject *const names[] = {self->str_cause, self->str_context, self->str_suppress,
                               self->str_traceback};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (_PyType_Lookup(type, names[i]) != _PyType_Lookup(base, names[i])) {
            return 0;
        }
    }
    return type->tp_getattro == base->tp_getattro && _PyType_Lookup(type, self->str_notes) == NULL;
}

/* Returns whether the exception has notes, in the one place in which an instance of a plain class
 * can have them; 1 with an exception set if the look-up fails. */
static int
has_notes(struct lw_capture *self, PyObject *value)
{
    PyObject *names = ((PyBaseExceptionObject *)value)->dict;
    PyObject *notes = names == NULL ? NULL : lw_lookup(names, self->str_notes);
    Py_XDECREF(notes);
    return notes != NULL || PyErr_Occurred();
}

/* Returns the class's name as it is printed, or NULL if it has no module, or none that is a str. */
static PyObject *
printed_name(struct lw_capture *self, PyTypeObject *type)
{
    PyObject *module = PyObject_GetAttr((PyObject *)type, self->str_module);
    if (module == NULL) {
        return NULL;
    }
    PyObject *name = NULL;
    if (PyUnicode_CheckExact(module)) {
        name = PyType_GetQualName(type);
        if (name != NULL && PyUnicode_CompareWithASCIIString(module, "builtins") != 0 &&
            PyUnicode_CompareWithASCIIString(module, "__main__") != 0) {
            Py_SETREF(name, PyUnicode_FromFormat("%U.%U", module, name));
        }
    }
    Py_DECREF(module);
    return name;
}

/* Returns the text of the exception, or, if str() fails, a text that says so; NULL with an
 * exception that a signal handler raised meanwhile. */
static PyObject *
message_of(PyObject *value)
{
    PyObject *message = PyObject_Str(value);
    if (message == NULL && lw_contain() == 0) {
        message = PyUnicode_FromString("<exception str() failed>");
    }
    return message;
}

static int
was_seen(const struct lw_exception_chain *chain, PyObject *value)
{
    for (int i = 0; i < chain->count; i++) {
        if (chain->link[i].value == value) {
            return 1;
        }
    }
    return 0;
}

/* Returns the exception that is printed before this one (new reference) and sets `before` to the
 * message between them; NULL: there is none. */
static PyObject *
earlier_one(struct lw_capture *self, const struct lw_exception_chain *chain, PyObject *value,
            PyObject **before)
{
    PyObject *earlier = PyException_GetCause(value);
    *before = self->cause_message;
    if (earlier != NULL && !was_seen(chain, earlier)) {
        return earlier;
    }
    Py_CLEAR(earlier);
    if (!((PyBaseExceptionObject *)value)->suppress_context) {
        earlier = PyException_GetContext(value);
        *before = self->context_message;
        if (earlier != NULL && was_seen(chain, earlier)) {
            Py_CLEAR(earlier);
        }
    }
    return earlier;
}

/* Returns the name of the class as it is printed, or NULL, perhaps with an exception, if only
 * Python can print the exception. */
static PyObject *
name_if_plain(struct lw_capture *self, PyObject *value)
{
    PyTypeObject *type =
        (PyTypeObject *)Py_NewRef(Py_TYPE(value)); /* a key's comparison may set it */
    PyObject *name = NULL;
    if (is_plain_class(self, type) && !has_notes(self, value)) {
        name = printed_name(self, type);
    }
    Py_DECREF(type);
    return name;
}

int
lw_exception_chain_collect(struct lw_capture *self, struct lw_exception_chain *chain,
                           PyObject *value)
{
    while (value != NULL) {
        if (chain->count == LW_MOST_LINKS || !PyExceptionInstance_Check(value)) {
            return 0;
        }
        struct lw_link *link = &chain->link[chain->count];
        *link = (struct lw_link){.name = name_if_plain(self, value)};
        if (link->name == NULL) {
            return lw_contain();
        }
        chain->count++;
        link->value = Py_NewRef(value);
        link->earlier = earlier_one(self, chain, value, &link->before);
        value = link->earlier;
    }
    return 1;
}

int
lw_exception_chain_read_messages(struct lw_capture *self, struct lw_exception_chain *chain)
{
    for (int i = 0; i < chain->count; i++) {
        struct lw_link *link = &chain->link[i];
        link->message = message_of(link->value);
        if (link->message == NULL) {
            return -1;
        }
        PyObject *before;
        const int all = chain->count;
        chain->count = i + 1; /* as it was when this link was added */
        PyObject *earlier = earlier_one(self, chain, link->value, &before);
        chain->count = all;
        Py_XDECREF(earlier);
        if (!PyUnicode_CheckExact(link->message) || earlier != link->earlier ||
            (earlier != NULL && before != link->before) || has_notes(self, link->value)) {
            return lw_contain();
        }
    }
    return 1;
}

PyObject *
lw_exception_chain_messages(const struct lw_exception_chain *chain)
{
    PyObject *messages = NULL;
    for (int i = 0; i < chain->count && chain->link[i].message != NULL; i++) {
        if (messages == NULL) {
            messages = PyDict_New();
        }
        PyObject *id = messages == NULL ? NULL : PyLong_FromVoidPtr(chain->link[i].value);
        PyObject *pair =
            id == NULL ? NULL : PyTuple_Pack(2, chain->link[i].value, chain->link[i].message);
        int failed = pair == NULL || PyDict_SetItem(messages, id, pair) < 0;
        Py_XDECREF(id);
        Py_XDECREF(pair);
        if (failed) {
            Py_XDECREF(messages);
            return NULL;
        }
    }
    return messages == NULL ? Py_NewRef(Py_None) : messages;
}

void
lw_exception_chain_drop(struct lw_exception_chain *chain)
{
    for (int i = 0; i < chain->count; i++) {
        Py_XDECREF(chain->link[i].value);
        Py_XDECREF(chain->link[i].name);
        Py_XDECREF(chain->link[i].message);
        Py_XDECREF(chain->link[i].earlier);
    }
}
