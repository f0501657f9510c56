#include "traceback/memo.h"

#include "traceback/interpreter.h"
#include "walker/linetable.h"

enum {
    FIRST_CAPACITY = 2,
    MOST_IN_TABLE = 256,    /* failing places of one function; a module's body may have many */
    MOST_IN_POOL = 1 << 15, /* about 10 MB of text of usual length */
    MOST_LINES = 64,        /* a longer range is rendered anew each time */
    MOST_DROPPED = 64,      /* tables that are emptied for one new entry */
};

struct table {
    struct table *next, *previous; /* in the pool's ring, unless it is empty */
    struct lw_memo_pool *pool;
    int used;
    int capacity;
    struct lw_memo_entry *entry;
};

struct lw_memo_pool {
    Py_ssize_t references; /* the module's and one a table */
    Py_ssize_t index;      /* in the extra data of code objects */
    Py_ssize_t entries;
    struct table ring; /* only the head of the ring of tables with entries, newest first */
};

static void
pool_unref(struct lw_memo_pool *pool)
{
    if (--pool->references == 0) {
        PyMem_Free(pool);
    }
}

static void
leave_ring(struct table *table)
{
    table->previous->next = table->next;
    table->next->previous = table->previous;
    table->next = table->previous = table;
}

static void
move_to_front(struct lw_memo_pool *pool, struct table *table)
{
    leave_ring(table);
    table->next = pool->ring.next;
    table->previous = &pool->ring;
    pool->ring.next->previous = table;
    pool->ring.next = table;
}

/* Drops entries' references.  Call it when the tables are consistent: a finalizer may use them. */
static void
drop_entries(struct lw_memo_entry *entries, int count)
{
    for (int i = 0; i < count; i++) {
        Py_XDECREF(entries[i].palette);
        Py_XDECREF(entries[i].lines);
        Py_XDECREF(entries[i].text);
    }
}

/* Finalizers may run, and may free the table with its code object. */
static void
clear_table(struct table *table)
{
    struct lw_memo_entry *entries = table->entry;
    int used = table->used;
    leave_ring(table);
    table->entry = NULL;
    table->used = table->capacity = 0;
    table->pool->entries -= used;
    drop_entries(entries, used);
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
    clear_table(table); /* nothing refers to its code object any more */
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
    pool->index = LW_REQUEST_CODE_EXTRA(free_table);
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
    /* A finalizer may fill tables again: only as many entries as there are now are dropped. */
    for (Py_ssize_t left = pool->entries; left > 0 && pool->ring.next != &pool->ring; left--) {
        clear_table(pool->ring.next);
    }
}

void
lw_memo_pool_release(struct lw_memo_pool *pool)
{
    lw_memo_forget(pool);
    pool_unref(pool);
}

/* A code object that never dies is shared by all interpreters (3.11 and 3.12 keep the frozen modules
 * so), and its extra data with it. */
static int
is_shared(PyCodeObject *code)
{
    enum {
        LIVES_FOR_EVER = 1 << 28 /* references; each version gives such objects more */
    };
    return Py_REFCNT((PyObject *)code) > LIVES_FOR_EVER;
}

/* Sets `table` to the code object's, or to NULL: it has none yet.  Returns 0 if it can't have one: it
 * belongs to all interpreters, or came from another one, as objects of old extension modules do. */
static int
find_table(struct lw_memo_pool *pool, PyCodeObject *code, struct table **table)
{
    void *extra = NULL;
    *table = NULL;
    if (is_shared(code)) {
        return 0;
    }
    if (LW_GET_CODE_EXTRA((PyObject *)code, pool->index, &extra) < 0) {
        PyErr_Clear();
        return 0;
    }
    *table = extra;
    return *table == NULL || (*table)->pool == pool;
}

static struct table *
new_table(struct lw_memo_pool *pool, PyCodeObject *code)
{
    struct table *table = PyMem_Calloc(1, sizeof(*table));
    if (table == NULL) {
        return NULL;
    }
    if (LW_SET_CODE_EXTRA((PyObject *)code, pool->index, table) < 0) {
        PyErr_Clear();
        PyMem_Free(table);
        return NULL;
    }
    table->pool = pool;
    pool->references++;
    table->next = table->previous = table;
    return table;
}

/* Makes room for one more entry: 0, or -1 if there is none.  Finalizers may run. */
static int
make_room(struct lw_memo_pool *pool, struct table *table)
{
    if (table->used == MOST_IN_TABLE) {
        clear_table(table);
    }
    for (int i = 0; i < MOST_DROPPED && pool->entries >= MOST_IN_POOL; i++) {
        struct table *oldest = pool->ring.previous;
        if (oldest == table || oldest == &pool->ring) {
            break;
        }
        clear_table(oldest);
    }
    return pool->entries >= MOST_IN_POOL ? -1 : 0;
}

/* Returns a new entry with nothing in it, or NULL if there is no room.  Runs no other code. */
static struct lw_memo_entry *
add_entry(struct lw_memo_pool *pool, struct table *table)
{
    if (table->used == MOST_IN_TABLE) {
        return NULL;
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

/* Borrowed; NULL if there is no such line. */
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

/* Sets `lines` to what an entry keeps of the source, a new reference, or NULL without a source.  -1: it
 * can't be kept: there are many, or one is no exact str, and might run code when it is dropped. */
static int
lines_of(const struct lw_position *at, PyObject *source, PyObject **lines)
{
    *lines = NULL;
    int is_range = at->end_line > at->line;
    if (is_range && (at->line < 0 || at->end_line - at->line > MOST_LINES)) {
        return -1;
    }
    int count = is_range ? at->end_line - at->line + 1 : 1;
    for (int i = 0; i < count; i++) {
        PyObject *line = line_at(source, at->line + i);
        if (line != NULL && !PyUnicode_CheckExact(line)) {
            return -1;
        }
    }
    if (count == 1) {
        *lines = Py_XNewRef(line_at(source, at->line));
        return 0;
    }
    PyObject *tuple = PyTuple_New(count);
    if (tuple == NULL) {
        PyErr_Clear();
        return -1;
    }
    for (int i = 0; i < count; i++) {
        PyObject *line = line_at(source, at->line + i);
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(line == NULL ? Py_None : line));
    }
    *lines = tuple;
    return 0;
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

int
lw_memo_find(struct lw_memo_pool *pool, const struct lw_raw_frame *raw, PyObject *palette,
             struct lw_remembered *out)
{
    struct table *table;
    if (!find_table(pool, raw->code, &table) || table == NULL) {
        return 0;
    }
    struct lw_memo_entry *entry = find_in(table, raw, palette);
    if (entry == NULL) {
        return 0;
    }
    out->line = entry->first_line;
    out->text = same_source(entry, raw->source) ? Py_XNewRef(entry->text) : NULL;
    return 1;
}

/* The table of a code object, with room for one more entry, or NULL.  Finalizers may run. */
static struct table *
table_with_room(struct lw_memo_pool *pool, PyCodeObject *code)
{
    struct table *table;
    if (!find_table(pool, code, &table)) {
        return NULL;
    }
    if (table == NULL) {
        table = new_table(pool, code);
    }
    /* The code object is held by the caller, and its table lives as long. */
    return table == NULL || make_room(pool, table) < 0 ? NULL : table;
}

void
lw_memo_store(struct lw_memo_pool *pool, const struct lw_raw_frame *raw, PyObject *palette,
              PyObject *text)
{
    struct lw_position at;
    struct lw_memo_entry stale = {0};
    PyObject *lines = NULL;
    lw_raw_position(raw, &at);
    if (lines_of(&at, raw->source, &lines) < 0) {
        return;
    }
    struct table *table = table_with_room(pool, raw->code);
    struct lw_memo_entry *entry = table == NULL ? NULL : find_in(table, raw, palette);
    if (entry != NULL) {
        stale = *entry;
    }
    else {
        entry = table == NULL ? NULL : add_entry(pool, table);
    }
    /* From here to the end no other code runs. */
    if (entry == NULL) {
        Py_XDECREF(lines);
        return;
    }
    *entry = (struct lw_memo_entry){
        .lasti = raw->lasti,
        .lineno = raw->lineno,
        .first_line = at.line,
        .last_line = at.end_line,
        .palette = Py_XNewRef(palette),
        .lines = lines,
        .text = Py_NewRef(text),
    };
    drop_entries(&stale, 1);
}
