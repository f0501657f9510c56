/* expression.h: finds the kind of a Python expression in source text, without a syntax tree.
 *
 * Owns a reader of the expressions in nearly all code: ASCII names, numbers and strings, f-strings
 * with simple fields, operators, calls, subscripts, displays, comprehensions.  It accepts only what
 * every parser of CPython 3.11 to 3.15 accepts, and returns "unsure" for all else; the caller then
 * uses the interpreter's own parser.  It knows nothing of Python objects, allocates nothing, and
 * its recursion is bounded. */
#ifndef LASTWORDS_EXPRESSION_H
#define LASTWORDS_EXPRESSION_H

#include <stddef.h>
#include <stdint.h>

enum lw_expression_kind {
    LW_EXPRESSION_UNSURE,
    LW_EXPRESSION_OTHER, /* none of the following, or no expression at all */
    LW_EXPRESSION_OPERATOR,
    LW_EXPRESSION_CALL,
    LW_EXPRESSION_SUBSCRIPT,
};

/* Offsets count from the start of the text; `start` and `end` are those of the node in the syntax
 * tree, so parentheses around it lie outside. */
struct lw_expression {
    size_t start;
    size_t end;
    size_t left;  /* the begin of the operator or the bracket */
    size_t right; /* the end of the anchor */
    enum lw_expression_kind kind;
    uint8_t is_name;   /* the node is a name */
    uint8_t of_name;   /* a call of a name */
    uint8_t has_break; /* a line ends outside of all brackets */
};

enum {
    LW_EXPRESSION_LENGTH = 4096, /* longer text is left to the parser */
};

/* Context: any thread.
 * Reads `text` as if between parentheses (so line ends are blanks). */
struct lw_expression lw_expression_read(const char *text, size_t length);

/* Context: any thread.
 * Whether `text` is all printable ASCII, blanks, tabs and line ends. */
int lw_expression_is_ascii(const char *text, size_t length);

#endif
