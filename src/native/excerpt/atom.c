/* atom.c: names, strings, displays, groups and comprehensions; see reader.h. */
#include "excerpt/reader.h"

/* The rest behind the expression in a replacement field: `=`, `!r`, `:` and a simple format. */
static int
field_tail(struct reader *r)
{
    if (peek(r) == '=' && after(r, 1) != '=') {
        take(r, 1);
        peek(r);
    }
    if (peek(r) == '!') {
        char conversion = after(r, 1);
        if (conversion != 'r' && conversion != 's' && conversion != 'a') {
            return 0;
        }
        take(r, 2);
    }
    if (r->p < r->end && *r->p == ':') {
        for (take(r, 1); r->p < r->end && *r->p != '}'; r->p++) {
            if (*r->p == '{' || *r->p == '\'' || *r->p == '"' || *r->p == '\\' || *r->p == '\n') {
                return 0;
            }
        }
    }
    if (r->p >= r->end || *r->p != '}') {
        return 0;
    }
    take(r, 1);
    return 1;
}

/* A replacement field, behind its brace: on one line, without a comment. */
static int
field(struct reader *r)
{
    node value;
    const char *begin = r->p;
    r->in_field = 1;
    if (!r->expression(r, LW_LEVEL_WHOLE, &value) ||
        memchr(begin, '#', (size_t)(r->p - begin)) != NULL || !field_tail(r) ||
        memchr(begin, '\n', (size_t)(r->p - begin)) != NULL) {
        return 0;
    }
    r->in_field = 0;
    return 1;
}

/* One string literal, from its prefix (at r->p) on. */
int
lw_read_string(struct reader *r, const char *quote, struct lw_string_prefix *prefix)
{
    if (r->in_field || !lw_scan_prefix(r->p, quote, prefix)) {
        return 0;
    }
    const char *p = quote + 1;
    if (r->end - p >= 2 && p[0] == *quote && p[1] == *quote) {
        prefix->is_long = 1;
        p += 2;
    }
    for (;;) {
        p = lw_scan_string_text(p, r->end, *quote, *prefix);
        if (p == NULL || *p == '}') {
            return 0;
        }
        if (*p == *quote) {
            if (!prefix->is_long) {
                take(r, (size_t)(p + 1 - r->p));
                return 1;
            }
            if (r->end - p >= 3 && p[1] == *quote && p[2] == *quote) {
                take(r, (size_t)(p + 3 - r->p));
                return 1;
            }
            p++;
            continue;
        }
        take(r, (size_t)(p + 1 - r->p));
        if (!field(r)) {
            return 0;
        }
        p = r->p;
    }
}

/* Adjacent literals make one string; bytes and text don't mix. */
int
lw_read_strings(struct reader *r, const char *quote)
{
    struct lw_string_prefix first, next;
    if (!lw_read_string(r, quote, &first)) {
        return 0;
    }
    while ((peek(r), quote = peek_quote(r)) != NULL) {
        if (!lw_read_string(r, quote, &next) || next.bytes != first.bytes) {
            return 0;
        }
    }
    return 1;
}

/* The targets of `for`: names, separated by commas or in parentheses. */
static int
targets(struct reader *r)
{
    if (++r->depth > LW_READER_DEPTH) {
        return 0;
    }
    do {
        if (take_char(r, '(')) {
            if (!targets(r) || !take_char(r, ')')) {
                return 0;
            }
        }
        else if (!take_name(r)) {
            return 0;
        }
        char next = peek(r);
        if (next == '.' || next == '[' || next == '(') {
            return 0;
        }
    } while (take_char(r, ',') && !peek_is(r, "in") && peek(r) != ')');
    r->depth--;
    return 1;
}

/* One or more `for ... in ... if ...`. */
int
lw_read_comprehension(struct reader *r)
{
    node part;
    while (take_word(r, "for")) {
        if (!targets(r) || !take_word(r, "in") || !r->expression(r, LW_LEVEL_DISJUNCTION, &part)) {
            return 0;
        }
        while (take_word(r, "if")) {
            if (!r->expression(r, LW_LEVEL_DISJUNCTION, &part)) {
                return 0;
            }
        }
    }
    return 1;
}

/* Parentheses.  The node of an expression lies inside them, that of a tuple or a generator includes
 * them. */
static int
group(struct reader *r, node *out)
{
    size_t start = here(r);
    take(r, 1);
    if (take_char(r, ')')) {
        finish(r, out, start, LW_EXPRESSION_OTHER);
        return 1;
    }
    if (!r->expression(r, LW_LEVEL_WHOLE, out)) {
        return 0;
    }
    if (take_char(r, ')')) {
        return 1;
    }
    if (peek(r) == ',') {
        while (take_char(r, ',') && peek(r) != ')') {
            if (!r->expression(r, LW_LEVEL_WHOLE, out)) {
                return 0;
            }
        }
    }
    else if (!peek_is(r, "for") || !lw_read_comprehension(r)) {
        return 0;
    }
    if (!take_char(r, ')')) {
        return 0;
    }
    finish(r, out, start, LW_EXPRESSION_OTHER);
    return 1;
}

/* `*x` or `x` in a display. */
static int
item(struct reader *r, int *starred)
{
    node part;
    *starred = take_char(r, '*');
    return *starred ? r->expression(r, LW_LEVEL_ARITHMETIC, &part)
                    : r->expression(r, LW_LEVEL_WHOLE, &part);
}

/* The rest of a list or set, behind its first item; `close` ends it. */
static int
items(struct reader *r, char close, int starred)
{
    if (!starred && peek_is(r, "for")) {
        return lw_read_comprehension(r) && take_char(r, close);
    }
    while (!take_char(r, close)) {
        if (!take_char(r, ',')) {
            return 0;
        }
        if (peek(r) != close && !item(r, &starred)) {
            return 0;
        }
    }
    return 1;
}

static int
list(struct reader *r)
{
    int starred;
    take(r, 1);
    return take_char(r, ']') || (item(r, &starred) && items(r, ']', starred));
}

/* The rest of a dictionary, at its first pair. */
static int
pairs(struct reader *r, int first_key_read)
{
    node part;
    for (int count = 0;; count++) {
        int unpacked = 0;
        if (!first_key_read || count > 0) {
            unpacked = peek(r) == '*' && after(r, 1) == '*';
            if (unpacked) {
                take(r, 2);
            }
            if (unpacked ? !r->expression(r, LW_LEVEL_ARITHMETIC, &part)
                         : !r->expression(r, LW_LEVEL_WHOLE, &part)) {
                return 0;
            }
        }
        if (!unpacked && (!take_char(r, ':') || !r->expression(r, LW_LEVEL_WHOLE, &part))) {
            return 0;
        }
        if (count == 0 && !unpacked && peek_is(r, "for")) {
            return lw_read_comprehension(r) && take_char(r, '}');
        }
        int comma = take_char(r, ',');
        if (take_char(r, '}')) {
            return 1;
        }
        if (!comma) {
            return 0;
        }
    }
}

static int
braces(struct reader *r)
{
    int starred;
    take(r, 1);
    if (take_char(r, '}')) {
        return 1;
    }
    if (peek(r) == '*' && after(r, 1) == '*') {
        return pairs(r, 0);
    }
    if (!item(r, &starred)) {
        return 0;
    }
    return !starred && peek(r) == ':' ? pairs(r, 1) : items(r, '}', starred);
}

static int
number(struct reader *r)
{
    const char *end = lw_scan_number(r->p, r->end);
    if (end == NULL) {
        return 0;
    }
    take(r, (size_t)(end - r->p));
    return 1;
}

/* A name or a constant with a name. */
static int
word(struct reader *r, uint8_t *is_name)
{
    *is_name = (uint8_t)take_name(r);
    return *is_name || take_word(r, "None") || take_word(r, "True") || take_word(r, "False");
}

/* An atom that does not begin with a parenthesis. */
static int
ungrouped_atom(struct reader *r, uint8_t *is_name)
{
    char c = peek(r);
    const char *quote = peek_quote(r);
    if (quote != NULL) {
        return lw_read_strings(r, quote);
    }
    if (lw_char_is(c, LW_CHAR_NAME)) {
        return word(r, is_name);
    }
    if (lw_char_is(c, LW_CHAR_DIGIT) || (c == '.' && lw_char_is(after(r, 1), LW_CHAR_DIGIT))) {
        return number(r);
    }
    if (c == '.' && after(r, 1) == '.' && after(r, 2) == '.') {
        take(r, 3);
        return 1;
    }
    return c == '[' ? list(r) : c == '{' ? braces(r) : 0;
}

int
lw_read_atom(struct reader *r, node *out)
{
    if (++r->depth > LW_READER_DEPTH) {
        return 0;
    }
    size_t start = here(r);
    if (peek(r) == '(') {
        if (!group(r, out)) {
            return 0;
        }
    }
    else {
        uint8_t is_name = 0;
        if (!ungrouped_atom(r, &is_name)) {
            return 0;
        }
        finish(r, out, start, LW_EXPRESSION_OTHER);
        out->is_name = is_name;
    }
    r->depth--;
    return 1;
}
