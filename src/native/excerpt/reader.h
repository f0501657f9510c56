/* reader.h: the reader that atom.c, operators.c and outline.c share.
 *
 * A recursive descent over the text, one function a level of the grammar.  Each returns 1, or 0 for
 * "unsure", which ends everything.  Only nodes of arithmetic and tighter levels can be an
 * operator, a call or a subscript; looser levels are read only to check that they are well formed.
 * Context of every function: any thread. */
#ifndef LASTWORDS_READER_H
#define LASTWORDS_READER_H

#include "excerpt/expression.h"
#include "excerpt/scan.h"

#include <string.h>

typedef struct lw_expression node;

enum lw_level { LW_LEVEL_WHOLE, LW_LEVEL_DISJUNCTION, LW_LEVEL_ARITHMETIC };

struct reader {
    /* Reads an expression of this level and tighter.  Atoms call it for the contents of their
     * brackets: the only way up from atoms to operators. */
    int (*expression)(struct reader *r, enum lw_level level, node *out);
    const char *begin;
    const char *p;
    const char *end;
    const char *last; /* behind the last token read */
    int depth;
    int in_field; /* of an f-string: older parsers read quotes and braces differently there */
};

enum {
    LW_READER_DEPTH = 60, /* of atoms and expressions; parsers allow 200 brackets */
    LW_READER_SIGNS = 30, /* signs in a row */
};

/* atom.c: one string literal, whose opening quote is at `quote`; adjacent ones. */
int lw_read_string(struct reader *r, const char *quote, struct lw_string_prefix *prefix);
int lw_read_strings(struct reader *r, const char *quote);

/* atom.c: a name, literal, display or group; `for ... in ... if ...`, any number of times. */
int lw_read_atom(struct reader *r, node *out);
int lw_read_comprehension(struct reader *r);

/* operators.c: what reader.expression is set to; operators of the level `lowest` (0: all) and
 * tighter. */
int lw_read_expression(struct reader *r, enum lw_level level, node *out);
int lw_read_arithmetic(struct reader *r, int lowest, node *out);

/* Moves to the next token and returns its first character, 0 at the end. */
static inline char
peek(struct reader *r)
{
    r->p = lw_scan_blanks(r->p, r->end);
    return r->p < r->end ? *r->p : 0;
}

static inline char
after(const struct reader *r, size_t distance)
{
    return (size_t)(r->end - r->p) > distance ? r->p[distance] : 0;
}

static inline void
take(struct reader *r, size_t length)
{
    r->p += length;
    r->last = r->p;
}

static inline int
take_char(struct reader *r, char c)
{
    if (peek(r) != c) {
        return 0;
    }
    take(r, 1);
    return 1;
}

/* Length of the word at the next token, 0 if there is none. */
static inline size_t
peek_word(struct reader *r)
{
    return lw_char_is(peek(r), LW_CHAR_NAME) ? (size_t)(lw_scan_name(r->p, r->end) - r->p) : 0;
}

static inline int
peek_is(struct reader *r, const char *word)
{
    size_t length = peek_word(r);
    return length == strlen(word) && memcmp(r->p, word, length) == 0;
}

static inline int
take_word(struct reader *r, const char *word)
{
    if (!peek_is(r, word)) {
        return 0;
    }
    take(r, strlen(word));
    return 1;
}

/* Takes a name that is no keyword. */
static inline int
take_name(struct reader *r)
{
    size_t length = peek_word(r);
    if (length == 0 || lw_scan_is_keyword(r->p, length)) {
        return 0;
    }
    take(r, length);
    return 1;
}

static inline size_t
here(struct reader *r)
{
    peek(r);
    return (size_t)(r->p - r->begin);
}

static inline void
finish(struct reader *r, node *out, size_t start, enum lw_expression_kind kind)
{
    *out = (node){.start = start, .end = (size_t)(r->last - r->begin), .kind = kind};
}

/* If a string begins at the next token, returns its opening quote. */
static inline const char *
peek_quote(struct reader *r)
{
    const char *p = r->p + peek_word(r);
    return p < r->end && (*p == '\'' || *p == '"') ? p : NULL;
}

#endif
