/* literal.c: strings, and the replacement fields of f-strings; see reader.h. */
#include "reader.h"

/* What may follow the expression in a replacement field: `=`, `!r`, `:` and a plain format. */
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
    if (!lw_read_whole(r, &value) || memchr(begin, '#', (size_t)(r->p - begin)) != NULL ||
        !field_tail(r) || memchr(begin, '\n', (size_t)(r->p - begin)) != NULL) {
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
