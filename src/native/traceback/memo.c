#include "traceback/memo.h"

#include "walker/linetable.h"

enum {
    FIRST_CAPACITY = 2,
    MOST_IN_TABLE = 256,    /* failing places of one function; a module's body may have many */
    MOST_IN_POOL = 1 << 15, /* about 10 MB of text of usual length */
    MOST_LINES = 64,        /* a longer range is rendered anew each time */
};

struct table {
    struct table *next, *previous; /* in the pool, the one filled last comes first */
    struct lw_memo_pool *pool;
    int used;
    int capacity;
    struct lw_memo_entry *entry;
};

struct lw_memo_pool {
    Py_ssize_t references; /* the module's and one a table */
    Py_ssize_t index;      /* in the extra data of code objects */
    Py_ssize_t entries;
    struct table ring; /* the list's head: no table itself */
};

#if PY_VERSION_HEX >= 0x030c0000
#define request_index PyUnstable_Eval_RequestCodeExtraIndex
#define get_extra PyUnstable_Code_GetExtra
#define set_extra PyUnstable_Code_SetExtra
#else
#define request_index _PyEval_RequestCodeExtraIndex
#define get_extra _PyCode_GetExtra
#define set_extra _PyCode_SetExtra
#endif

static void
pool_unref(struct lw_memo_pool *pool)
{
    if (--pool->references == 0) {
        PyMem_Free(pool);
    }
}

static void
clear_entry(struct lw_memo_entry *entry)
{
    Py_CLEAR(entry->palette);
    Py_CLEAR(entry->lines);
    Py_CLEAR(entry->text);
}

static void
clear_table(struct table *table)
{
    struct lw_memo_entry *entries = table->entry;
    int used = table->used;
    table->entry = NULL; /* first: a destructor could come back here */
    table->used = table->capacity = 0;
    table->pool->entries -= used;
    for (int i = 0; i < used; i++) {
        clear_entry(&entries[i]);
    }
    PyMem_Free(entries);
}

/* Context: GIL held, while a code object is being freed. */
static void
free_table(void *extra)
{
    struct table *table = extra;
    if (table == NULL) {
        return;
    }
    table->previous->next = table->next;
    table->next->previous = table->previous;
    clear_table(table);
    pool_unref(table->pool);
    PyMem_Free(table);
}

struct lw_memo_pool *
lw_memo_pool_new(void)
{
    struct lw_memo_pool *pool = PyMem_Calloc(1, sizeof(*pool));
    if (pool == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    pool->references = 1;
    pool->ring.next = pool->ring.previous = &pool->ring;
    pool->index = request_index(free_table);
    if (pool->index < 0) {
        PyMem_Free(pool);
        PyErr_SetString(PyExc_RuntimeError, "code objects have no room for more extra data");
        return NULL;
    }
    return pool;
}

void
lw_memo_forget(struct lw_memo_pool *pool)
{
    for (struct table *at = pool->ring.next; at != &pool->ring; at = at->next) {
        clear_table(at);
    }
}

void
lw_memo_pool_release(struct lw_memo_pool *pool)
{
    lw_memo_forget(pool);
    pool_unref(pool);
}

static struct table *
table_of(struct lw_memo_pool *pool, PyCodeObject *code)
{
    void *extra = NULL;
    if (get_extra((PyObject *)code, pool->index, &extra) < 0) {
        PyErr_Clear();
        return NULL;
    }
    return extra;
}

static struct table *
new_table(struct lw_memo_pool *pool, PyCodeObject *code)
{
    struct table *table = PyMem_Calloc(1, sizeof(*table));
    if (table == NULL) {
        return NULL;
    }
    if (set_extra((PyObject *)code, pool->index, table) < 0) {
        PyErr_Clear();
        PyMem_Free(table);
        return NULL;
    }
    table->pool = pool;
    pool->references++;
    table->next = table->previous = table;
    return table;
}

static void
move_to_front(struct lw_memo_pool *pool, struct table *table)
{
    table->previous->next = table->next;
    table->next->previous = table->previous;
    table->next = pool->ring.next;
    table->previous = &pool->ring;
    pool->ring.next->previous = table;
    pool->ring.next = table;
}

static struct lw_memo_entry *
add_entry(struct lw_memo_pool *pool, struct table *table)
{
    if (table->used == MOST_IN_TABLE) {
        clear_table(table);
    }
    while (pool->entries >= MOST_IN_POOL && pool->ring.previous != table &&
           pool->ring.previous != &pool->ring) {
        struct table *oldest = pool->ring.previous;
        clear_table(oldest);
        move_to_front(pool, oldest);
    }
    if (table->used == table->capacity) {
        int capacity = table->capacity ? table->capacity * 2 : FIRST_CAPACITY;
        struct lw_memo_entry *grown =
            PyMem_Realloc(table->entry, (size_t)capacity * sizeof(*grown));
        if (grown == NULL) {
            return NULL;
        }
        table->entry = grown;
        table->capacity = capacity;
    }
    move_to_front(pool, table);
    pool->entries++;
    struct lw_memo_entry *entry = &table->entry[table->used++];
    memset(entry, 0, sizeof(*entry));
    return entry;
}

/* Borrowed; NULL when the line isn't there. */
static PyObject *
line_at(PyObject *source, int number)
{
    if (source == NULL || number < 1 || number > PyList_GET_SIZE(source)) {
        return NULL;
    }
    return PyList_GET_ITEM(source, number - 1);
}

static int
same_line(PyObject *left, PyObject *right)
{
    if (left == right) {
        return 1;
    }
    return left != NULL && right != NULL && PyUnicode_CheckExact(left) &&
           PyUnicode_CheckExact(right) && PyUnicode_Compare(left, right) == 0;
}

static int
same_source(const struct lw_memo_entry *entry, PyObject *source)
{
    if (entry->last_line <= entry->first_line) {
        PyObject *now = line_at(source, entry->first_line);
        if (!same_line(entry->lines, now)) {
            return 0;
        }
        return 1;
    }
    if (entry->lines == NULL || !PyTuple_CheckExact(entry->lines)) {
        return 0;
    }
    Py_ssize_t count = PyTuple_GET_SIZE(entry->lines);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *then = PyTuple_GET_ITEM(entry->lines, i);
        PyObject *now = line_at(source, entry->first_line + (int)i);
        if (!same_line(then, now == NULL ? Py_None : now)) {
            return 0;
        }
    }
    return 1;
}

/* Returns a new reference, or NULL: no source (or an error, which is cleared). */
static PyObject *
lines_of(const struct lw_memo_entry *entry, PyObject *source)
{
    if (entry->last_line <= entry->first_line) {
        return Py_XNewRef(line_at(source, entry->first_line));
    }
    int count = entry->last_line - entry->first_line + 1;
    PyObject *lines = PyTuple_New(count);
    if (lines == NULL) {
        PyErr_Clear();
        return NULL;
    }
    for (int i = 0; i < count; i++) {
        PyObject *line = line_at(source, entry->first_line + i);
        PyTuple_SET_ITEM(lines, i, Py_NewRef(line == NULL ? Py_None : line));
    }
    return lines;
}

static struct lw_memo_entry *
find_in(struct table *table, const struct lw_raw_frame *raw, PyObject *palette)
{
    for (int i = 0; i < table->used; i++) {
        struct lw_memo_entry *entry = &table->entry[i];
        if (entry->lasti == raw->lasti && entry->lineno == raw->lineno &&
            entry->palette == palette) {
            return entry;
        }
    }
    return NULL;
}

struct lw_memo_entry *
lw_memo_find(struct lw_memo_pool *pool, const struct lw_raw_frame *raw, PyObject *palette)
{
    struct table *table = table_of(pool, raw->code);
    if (table == NULL) {
        table = new_table(pool, raw->code);
        if (table == NULL) {
            return NULL;
        }
    }
    struct lw_memo_entry *entry = find_in(table, raw, palette);
    if (entry != NULL) {
        if (entry->text != NULL && !same_source(entry, raw->source)) {
            Py_CLEAR(entry->text);
            Py_CLEAR(entry->lines);
        }
        return entry;
    }
    entry = add_entry(pool, table);
    if (entry == NULL) {
        return NULL;
    }
    struct lw_position at;
    lw_raw_position(raw, &at);
    entry->lasti = raw->lasti;
    entry->lineno = raw->lineno;
    entry->first_line = at.line;
    entry->last_line = at.end_line;
    entry->palette = Py_XNewRef(palette);
    return entry;
}

void
lw_memo_store(struct lw_memo_pool *pool, const struct lw_raw_frame *raw, PyObject *palette,
              PyObject *text)
{
    struct lw_memo_entry *entry = lw_memo_find(pool, raw, palette);
    if (entry == NULL || entry->text != NULL || entry->last_line - entry->first_line > MOST_LINES) {
        return;
    }
    PyObject *lines = lines_of(entry, raw->source);
    entry->lines = lines;
    entry->text = Py_NewRef(text);
}
