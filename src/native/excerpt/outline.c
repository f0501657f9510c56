/* outline.c: lw_expression_read(): a pass over all tokens, then a reading by the grammar. */
#include "excerpt/reader.h"

/* The result of a quick pass over the tokens. */
struct outline {
    int is_other;  /* a token binds looser than arithmetic, so none of the wanted kinds is on top */
    int has_break; /* a line ends outside of all brackets */
};

static int
word_binds_loosely(const char *p, size_t length)
{
    return lw_scan_is_keyword(p, length) &&
           !((length == 4 && (memcmp(p, "None", 4) == 0 || memcmp(p, "True", 4) == 0)) ||
             (length == 5 && (memcmp(p, "False", 5) == 0 || memcmp(p, "await", 5) == 0)));
}

/* Goes past a word, number or string, or one character, and notes its effect at `depth`. */
static int
skim_token(struct reader *r, int depth, struct outline *out)
{
    char c = *r->p;
    const char *quote = peek_quote(r);
    if (quote != NULL) {
        struct lw_string_prefix prefix;
        return lw_read_string(r, quote, &prefix);
    }
    if (lw_char_is(c, LW_CHAR_NAME | LW_CHAR_DIGIT)) {
        size_t length = (size_t)(lw_scan_name(r->p, r->end) - r->p);
        if (depth == 0 && word_binds_loosely(r->p, length)) {
            out->is_other = 1;
        }
        take(r, length);
        return 1;
    }
    size_t length = 1;
    if (depth == 0) {
        int is_shift = (c == '<' || c == '>') && after(r, 1) == c;
        length = is_shift ? 2 : 1;
        if (c == ',' || c == ':' || c == '=' || c == '!' || c == ';' ||
            ((c == '<' || c == '>') && !is_shift)) {
            out->is_other = 1;
        }
    }
    if (c == '!' && after(r, 1) != '=') {
        out->is_other = 1; /* no token of any expression */
    }
    take(r, length);
    return c != '\\' && c != '$' && c != '?' && c != '`';
}

/* Passes over all tokens: 1 if brackets and strings are balanced, else 0. */
static int
skim(struct reader *r, struct outline *out)
{
    char open[LW_READER_DEPTH];
    int depth = 0;
    for (;;) {
        const char *before = r->p;
        char c = peek(r);
        if (depth == 0 && memchr(before, '\n', (size_t)(r->p - before)) != NULL) {
            out->has_break = 1;
        }
        if (c == 0) {
            return depth == 0;
        }
        if (c == '(' || c == '[' || c == '{') {
            if (depth == LW_READER_DEPTH) {
                return 0;
            }
            open[depth++] = c == '(' ? ')' : (char)(c + 2);
            take(r, 1);
        }
        else if (c == ')' || c == ']' || c == '}') {
            if (depth == 0 || open[--depth] != c) {
                return 0;
            }
            take(r, 1);
        }
        else if (!skim_token(r, depth, out)) {
            return 0;
        }
    }
}

int
lw_expression_is_ascii(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((text[i] < ' ' && text[i] != '\t' && text[i] != '\n') || text[i] > '~') {
            return 0;
        }
    }
    return 1;
}

/* Whether no expression begins with the word at the next token. */
static int
begins_statement(struct reader *r)
{
    size_t length = peek_word(r);
    return length > 0 && word_binds_loosely(r->p, length) && !peek_is(r, "not") &&
           !peek_is(r, "lambda") && !peek_is(r, "yield");
}

struct lw_expression
lw_expression_read(const char *text, size_t length)
{
    node out = {.kind = LW_EXPRESSION_UNSURE};
    if (length > LW_EXPRESSION_LENGTH || !lw_expression_is_ascii(text, length)) {
        return out;
    }
    const struct reader start = {lw_read_expression, text, text, text + length, text, 0, 0};
    struct reader r = start;
    if (peek(&r) == 0 || begins_statement(&r)) {
        out.kind = LW_EXPRESSION_OTHER;
        return out;
    }
    struct outline outline = {0};
    if (!skim(&r, &outline)) {
        return out;
    }
    if (outline.is_other) {
        out.kind = LW_EXPRESSION_OTHER;
        return out;
    }
    r = start;
    if (!lw_read_arithmetic(&r, 0, &out) || peek(&r) != 0) {
        return (node){.kind = LW_EXPRESSION_UNSURE};
    }
    out.has_break = (uint8_t)outline.has_break;
    return out;
}
