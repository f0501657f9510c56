/* fuzz_excerpt.c: the reader of expressions and the layout of excerpts on random text.
 *
 * usage: fuzz_excerpt SEED ROUNDS.  Text is strung together from pieces of source and random bytes,
 * in blocks of just its size, so that a sanitizer sees every read outside of it.  What is found
 * must lie in the text, and what is drawn must fit its bound. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "excerpt/excerpt.h"

enum { MAX_PIECES = 40, MAX_LENGTH = 6000 };

static const char *const pieces[] = {
    "a",         "f(",         ")",          "[",          "]",    "{",     "}",        ", ",
    ":",         " = ",        " + ",        "*",          "**",   "-",     "not ",     " in ",
    "if ",       " else ",     " for ",      "lambda ",    "'",    "\"",    "'''",      "f'",
    "f\"{",      "!r",         ":>3}",       "\\",         "\\x",  "\\u12", "0x",       "1e",
    "1_0",       ".",          "...",        "\n",         "\n  ", "#",     "\t",       " ",
    "x = ",      "return ",    "await ",     "yield ",     "(a)",  "f(x)",  "a[0]",     "'s'",
    "*a",        "**k",        "k=1",        "rb'",        "==",   "<",     "<<",       ":=",
    "->",        "$",          "is ",        "and ",       "\x0c", "\x7f",  "\xc3\xa9", "None",
    "__debug__", "((((((((((", "[[[[[[[[[[", "----------",
};

static uint64_t state;

static uint32_t
next(uint32_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}

static size_t
make_text(char *out)
{
    size_t length = 0;
    uint32_t count = next(next(20) == 0 ? 600 : MAX_PIECES);
    for (uint32_t i = 0; i < count; i++) {
        const char *piece = pieces[next(sizeof(pieces) / sizeof(pieces[0]))];
        size_t size = strlen(piece);
        if (length + size + 1 > MAX_LENGTH) {
            break;
        }
        memcpy(out + length, piece, size);
        length += size;
        if (next(200) == 0) {
            out[length++] = (char)next(256);
        }
    }
    return length;
}

static void
require(int holds, const char *what, const char *text, size_t length)
{
    if (!holds) {
        printf("%s: %.*s\n", what, (int)length, text);
        exit(1);
    }
}

static void
check_expression(const char *text, size_t length)
{
    struct lw_expression found = lw_expression_read(text, length);
    if (found.kind > LW_EXPRESSION_OTHER) {
        require(found.start <= found.left && found.left < found.right && found.right <= found.end &&
                    found.end <= length,
                "places", text, length);
    }
}

static void
check_drawn(ptrdiff_t size, const char *out, size_t bound, const char *text, size_t length)
{
    require(size <= (ptrdiff_t)bound, "bound", text, length);
    if (size > 0) {
        require(memcmp(out, "    ", 4) == 0 && out[size - 1] == '\n', "shape", text, length);
    }
}

static void
check_text(const char *made, size_t length)
{
    char *text = malloc(length + !length);
    if (text == NULL) {
        exit(2);
    }
    memcpy(text, made, length);
    check_expression(text, length);
    size_t rows = 0;
    for (size_t i = 0; i < length; i++) {
        rows += text[i] == '\n';
    }
    size_t column = next(10), end_column = next((uint32_t)length + 3);
    size_t bound = lw_excerpt_bound(length, rows + 1);
    char *out = malloc(bound);
    if (out == NULL) {
        exit(2);
    }
    if (rows == 0) {
        check_drawn(lw_excerpt_draw(text, length, column, end_column, out), out, bound, text,
                    length);
    }
    check_drawn(lw_excerpt_draw_range(text, length, rows, column, end_column, out), out, bound,
                text, length);
    free(out);
    free(text);
}

int
main(int argc, char **argv)
{
    char text[MAX_LENGTH + 8];
    if (argc != 3) {
        fprintf(stderr, "usage: fuzz_excerpt SEED ROUNDS\n");
        return 2;
    }
    state = strtoull(argv[1], NULL, 10);
    long rounds = strtol(argv[2], NULL, 10);
    for (long round = 0; round < rounds; round++) {
        size_t length = make_text(text);
        if (next(3) == 0) {
            text[length++] = '\n';
        }
        check_text(text, length);
    }
    printf("%ld texts\n", rounds);
    return 0;
}
