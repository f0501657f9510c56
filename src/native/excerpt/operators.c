/* operators.c: arguments, subscripts and operators, level by level; see reader.h. */
#include "excerpt/reader.h"

static int whole(struct reader *r, node *out);

/* The kinds of arguments seen so far, which decide what may follow. */
struct arguments {
    int keyword;
    int unpacked;
    int count;
};

static int
argument(struct reader *r, struct arguments *seen)
{
    node part;
    seen->count++;
    if (peek(r) == '*') {
        int pairwise = after(r, 1) == '*';
        take(r, pairwise ? 2 : 1);
        if (!pairwise && seen->unpacked) {
            return 0;
        }
        seen->unpacked |= pairwise;
        return whole(r, &part);
    }
    const char *word = r->p;
    if (take_name(r) && peek(r) == '=' && after(r, 1) != '=') {
        if (r->last - word == 9 && memcmp(word, "__debug__", 9) == 0) {
            return 0;
        }
        take(r, 1);
        seen->keyword = 1;
        return whole(r, &part);
    }
    r->p = r->last = word;
    if (seen->keyword || seen->unpacked || !whole(r, &part)) {
        return 0;
    }
    if (peek_is(r, "for")) { /* a generator must be the only argument */
        return seen->count == 1 && lw_read_comprehension(r) && peek(r) == ')';
    }
    return 1;
}

static int
arguments(struct reader *r)
{
    struct arguments seen = {0};
    take(r, 1);
    while (!take_char(r, ')')) {
        if (seen.count > 0 && !take_char(r, ',')) {
            return 0;
        }
        if (seen.count > 0 && take_char(r, ')')) {
            return 1;
        }
        if (!argument(r, &seen)) {
            return 0;
        }
    }
    return 1;
}

/* An index or a slice. */
static int
slice(struct reader *r)
{
    node part;
    if (peek(r) != ':' && !whole(r, &part)) {
        return 0;
    }
    for (int colons = 0; colons < 2 && take_char(r, ':'); colons++) {
        char next = peek(r);
        if (next != ':' && next != ',' && next != ']' && !whole(r, &part)) {
            return 0;
        }
    }
    return 1;
}

static int
subscript(struct reader *r)
{
    take(r, 1);
    do {
        if (!slice(r)) {
            return 0;
        }
    } while (take_char(r, ',') && peek(r) != ']');
    return take_char(r, ']');
}

/* An atom and the attributes, calls and subscripts behind it. */
static int
primary(struct reader *r, node *out)
{
    size_t start = here(r);
    if (!lw_read_atom(r, out)) {
        return 0;
    }
    for (;;) {
        char c = peek(r);
        size_t left = (size_t)(r->p - r->begin);
        uint8_t of_name = out->is_name;
        if (c == '.') {
            take(r, 1);
            if (!take_name(r)) {
                return 0;
            }
            finish(r, out, start, LW_EXPRESSION_OTHER);
        }
        else if (c == '(' || c == '[') {
            if (c == '(' ? !arguments(r) : !subscript(r)) {
                return 0;
            }
            finish(r, out, start, c == '(' ? LW_EXPRESSION_CALL : LW_EXPRESSION_SUBSCRIPT);
            out->left = left;
            out->right = out->end;
            out->of_name = c == '(' && of_name;
        }
        else {
            return 1;
        }
    }
}

/* The operator at the next token: its level from 0 (loosest), and its length; -1 if none. */
static int
peek_operator(struct reader *r, size_t *length)
{
    char c = peek(r);
    char next = after(r, 1);
    int is_double = next == c && (c == '*' || c == '/' || c == '<' || c == '>');
    *length = is_double ? 2 : 1;
    if (after(r, *length) == '=') {
        return -1; /* an assignment, or a comparison */
    }
    switch (c) {
    case '|':
        return 0;
    case '^':
        return 1;
    case '&':
        return 2;
    case '<':
    case '>':
        return is_double ? 3 : -1;
    case '+':
        return 4;
    case '-':
        return next == '>' ? -1 : 4;
    case '*':
        return is_double ? 6 : 5;
    case '/':
    case '%':
    case '@':
        return 5;
    default:
        return -1;
    }
}

/* Turns `out` into the operation that begins at `start`, its operator at `left`. */
static void
operation(struct reader *r, node *out, size_t start, size_t left, const node *right_operand)
{
    finish(r, out, start, LW_EXPRESSION_OPERATOR);
    out->left = left;
    out->right = left + 1;
    /* The character after the operator is marked too if it is before the right operand and neither a
     * blank nor a comment's: `+(` in `a+(b)`. */
    char next = r->begin[out->right];
    if (out->right < right_operand->start && next != ' ' && next != '\t' && next != '\n' &&
        next != '#') {
        out->right++;
    }
}

/* Signs, `await` and powers, which bind tighter than a sign on their left. */
static int
factor(struct reader *r, int signs, node *out)
{
    size_t start = here(r);
    char c = peek(r);
    if (c == '-' || c == '+' || c == '~') {
        take(r, 1);
        if (signs >= LW_READER_SIGNS || !factor(r, signs + 1, out)) {
            return 0;
        }
        finish(r, out, start, LW_EXPRESSION_OTHER);
        return 1;
    }
    int awaited = take_word(r, "await");
    if (!primary(r, out)) {
        return 0;
    }
    if (awaited) {
        finish(r, out, start, LW_EXPRESSION_OTHER);
    }
    size_t length;
    if (peek_operator(r, &length) == 6) {
        size_t left = here(r);
        node right;
        take(r, length);
        if (signs >= LW_READER_SIGNS || !factor(r, signs + 1, &right)) {
            return 0;
        }
        operation(r, out, start, left, &right);
    }
    return 1;
}

/* Binary operators of the level `lowest` and tighter. */
int
lw_read_arithmetic(struct reader *r, int lowest, node *out)
{
    size_t start = here(r);
    if (!factor(r, 0, out)) {
        return 0;
    }
    for (;;) {
        size_t length;
        int level = peek_operator(r, &length);
        if (level < lowest) {
            return 1;
        }
        size_t left = here(r);
        node right;
        take(r, length);
        if (!lw_read_arithmetic(r, level + 1, &right)) {
            return 0;
        }
        operation(r, out, start, left, &right);
    }
}

/* Takes a comparison operator, if one is next. */
static int
take_comparison(struct reader *r)
{
    char c = peek(r);
    char next = after(r, 1);
    if ((c == '=' || c == '!') && next == '=') {
        take(r, 2);
        return 1;
    }
    if (c == '<' || c == '>') {
        if (next == c || (c == '<' && next == '>')) {
            return 0;
        }
        take(r, next == '=' ? 2 : 1);
        return 1;
    }
    if (take_word(r, "in")) {
        return 1;
    }
    if (take_word(r, "is")) {
        take_word(r, "not");
        return 1;
    }
    if (peek_is(r, "not")) {
        take(r, 3);
        return take_word(r, "in") ? 1 : -1;
    }
    return 0;
}

static int
comparison(struct reader *r, node *out)
{
    size_t start = here(r);
    int inverted = 0;
    while (take_word(r, "not")) {
        inverted++;
    }
    if (inverted > LW_READER_SIGNS || !lw_read_arithmetic(r, 0, out)) {
        return 0;
    }
    int found;
    while ((found = take_comparison(r)) != 0) {
        node right;
        if (found < 0 || !lw_read_arithmetic(r, 0, &right)) {
            return 0;
        }
        finish(r, out, start, LW_EXPRESSION_OTHER);
    }
    if (inverted) {
        finish(r, out, start, LW_EXPRESSION_OTHER);
    }
    return 1;
}

/* `and` and `or`, in any order: precedence doesn't decide whether text is well formed. */
static int
disjunction(struct reader *r, node *out)
{
    size_t start = here(r);
    if (!comparison(r, out)) {
        return 0;
    }
    while (take_word(r, "and") || take_word(r, "or")) {
        node right;
        if (!comparison(r, &right)) {
            return 0;
        }
        finish(r, out, start, LW_EXPRESSION_OTHER);
    }
    return 1;
}

/* The kinds of parameters of `lambda` seen so far. */
struct parameters {
    int has_default;
    int star; /* `*name` */
    int bare; /* `*`: 1 until a name follows, then 2 */
    int last; /* `**name`: nothing may follow */
};

/* One parameter of `lambda`: a name with or without a default, `*name`, `**name` or `*`. */
static int
parameter(struct reader *r, struct parameters *seen)
{
    node part;
    int stars = 0;
    if (seen->last) {
        return 0;
    }
    while (stars < 2 && take_char(r, '*')) {
        stars++;
    }
    if (stars == 1 && (seen->star || seen->bare)) {
        return 0;
    }
    if (stars == 1 && peek(r) == ',') {
        seen->bare = 1;
        return 1;
    }
    if (!take_name(r) || (stars == 2 && seen->bare == 1)) {
        return 0; /* a bare star wants a name behind it */
    }
    seen->bare *= 2;
    seen->star |= stars == 1;
    seen->last = stars == 2;
    if (stars == 0 && peek(r) == '=' && after(r, 1) != '=') {
        take(r, 1);
        seen->has_default = 1;
        return whole(r, &part);
    }
    return stars > 0 || !seen->has_default || seen->star || seen->bare;
}

static int
lambda(struct reader *r)
{
    node part;
    struct parameters seen = {0};
    if (r->in_field) {
        return 0; /* its colon would begin the format */
    }
    while (peek(r) != ':') {
        if (!parameter(r, &seen) || (!take_char(r, ',') && peek(r) != ':')) {
            return 0;
        }
    }
    if (seen.bare == 1) {
        return 0;
    }
    take(r, 1);
    return whole(r, &part);
}

static int
whole(struct reader *r, node *out)
{
    size_t start = here(r);
    if (++r->depth > LW_READER_DEPTH) {
        return 0;
    }
    if (take_word(r, "lambda")) {
        if (!lambda(r)) {
            return 0;
        }
        finish(r, out, start, LW_EXPRESSION_OTHER);
    }
    else {
        node part;
        if (!disjunction(r, out)) {
            return 0;
        }
        if (take_word(r, "if")) {
            if (!disjunction(r, &part) || !take_word(r, "else") || !whole(r, &part)) {
                return 0;
            }
            finish(r, out, start, LW_EXPRESSION_OTHER);
        }
    }
    r->depth--;
    return 1;
}

int
lw_read_expression(struct reader *r, enum lw_level level, node *out)
{
    switch (level) {
    case LW_LEVEL_WHOLE:
        return whole(r, out);
    case LW_LEVEL_DISJUNCTION:
        return disjunction(r, out);
    default:
        return lw_read_arithmetic(r, 0, out);
    }
}
