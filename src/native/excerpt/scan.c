/* scan.c: see scan.h. */
#include "excerpt/scan.h"

#include <string.h>

#define D (LW_CHAR_DIGIT | LW_CHAR_HEX)
#define N LW_CHAR_NAME
#define H (LW_CHAR_NAME | LW_CHAR_HEX)
#define E LW_CHAR_ESCAPE

const uint8_t lw_char_classes[256] = {
    ['0'] = D,     ['1'] = D,     ['2'] = D,     ['3'] = D,     ['4'] = D, ['5'] = D,     ['6'] = D,
    ['7'] = D,     ['8'] = D,     ['9'] = D,     ['A'] = H,     ['B'] = H, ['C'] = H,     ['D'] = H,
    ['E'] = H,     ['F'] = H,     ['G'] = N,     ['H'] = N,     ['I'] = N, ['J'] = N,     ['K'] = N,
    ['L'] = N,     ['M'] = N,     ['N'] = N,     ['O'] = N,     ['P'] = N, ['Q'] = N,     ['R'] = N,
    ['S'] = N,     ['T'] = N,     ['U'] = N,     ['V'] = N,     ['W'] = N, ['X'] = N,     ['Y'] = N,
    ['Z'] = N,     ['_'] = N,     ['a'] = H | E, ['b'] = H | E, ['c'] = H, ['d'] = H,     ['e'] = H,
    ['f'] = H | E, ['g'] = N,     ['h'] = N,     ['i'] = N,     ['j'] = N, ['k'] = N,     ['l'] = N,
    ['m'] = N,     ['n'] = N | E, ['o'] = N,     ['p'] = N,     ['q'] = N, ['r'] = N | E, ['s'] = N,
    ['t'] = N | E, ['u'] = N,     ['v'] = N | E, ['w'] = N,     ['x'] = N, ['y'] = N,     ['z'] = N,
    ['\\'] = E,    ['\''] = E,    ['"'] = E,
};

enum {
    NUMBER_LENGTH = 300, /* far below the limit for converting digits */
};

const char *
lw_scan_blanks(const char *p, const char *end)
{
    for (; p < end; p++) {
        if (*p == '#') {
            const char *line_end = memchr(p, '\n', (size_t)(end - p));
            if (line_end == NULL) {
                return end;
            }
            p = line_end;
        }
        else if (*p != ' ' && *p != '\t' && *p != '\n') {
            break;
        }
    }
    return p;
}

const char *
lw_scan_name(const char *p, const char *end)
{
    while (p < end && lw_char_is(*p, LW_CHAR_NAME | LW_CHAR_DIGIT)) {
        p++;
    }
    return p;
}

/* Digits with single underscores between them; `p` must be at a digit. */
static const char *
digits(const char *p, const char *end)
{
    if (p >= end || !lw_char_is(*p, LW_CHAR_DIGIT)) {
        return NULL;
    }
    for (p++; p < end; p++) {
        if (*p == '_' && p + 1 < end && lw_char_is(p[1], LW_CHAR_DIGIT)) {
            p++;
        }
        else if (!lw_char_is(*p, LW_CHAR_DIGIT)) {
            break;
        }
    }
    return p;
}

static const char *
fraction_and_exponent(const char *p, const char *end, int *is_float)
{
    if (p < end && *p == '.') {
        *is_float = 1;
        p++;
        if (p < end && lw_char_is(*p, LW_CHAR_DIGIT)) {
            p = digits(p, end);
        }
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        *is_float = 1;
        p++;
        if (p < end && (*p == '+' || *p == '-')) {
            p++;
        }
        p = digits(p, end);
        if (p == NULL) {
            return NULL;
        }
    }
    if (p < end && (*p == 'j' || *p == 'J')) {
        *is_float = 1;
        p++;
    }
    return p;
}

const char *
lw_scan_number(const char *p, const char *end)
{
    const char *begin = p;
    if (*p == '0' && p + 1 < end && (p[1] == 'x' || p[1] == 'X')) {
        for (p += 2; p < end && lw_char_is(*p, LW_CHAR_HEX); p++) {
        }
        if (p == begin + 2) {
            return NULL;
        }
    }
    else {
        int is_float = 0;
        const char *whole = p;
        if (*p != '.') {
            p = whole = digits(p, end);
        }
        p = fraction_and_exponent(p, end, &is_float);
        if (p == NULL || (!is_float && *begin == '0' && whole > begin + 1)) {
            return NULL;
        }
    }
    if (p - begin > NUMBER_LENGTH ||
        (p < end && (*p == '.' || lw_char_is(*p, LW_CHAR_NAME | LW_CHAR_DIGIT)))) {
        return NULL; /* such as `1if x`: valid, but deprecated */
    }
    return p;
}

int
lw_scan_prefix(const char *p, const char *quote, struct lw_string_prefix *out)
{
    *out = (struct lw_string_prefix){0};
    if (quote - p > 2) {
        return 0;
    }
    for (const char *letter = p; letter < quote; letter++) {
        char small = (char)(*letter | 0x20);
        uint8_t *flag = small == 'r'   ? &out->raw
                        : small == 'b' ? &out->bytes
                        : small == 'f' ? &out->format
                                       : NULL;
        if (small == 'u' && quote - p == 1) {
            return 1;
        }
        if (flag == NULL || *flag) {
            return 0;
        }
        *flag = 1;
    }
    return !(out->bytes && out->format);
}

/* Reads the rest of an escape, behind its backslash, in a string that is not raw. */
static const char *
escape(const char *p, const char *end, int is_bytes)
{
    if (p >= end) {
        return NULL;
    }
    if (lw_char_is(*p, LW_CHAR_ESCAPE)) {
        return p + 1;
    }
    if (*p >= '0' && *p <= '3') { /* up to \377 */
        const char *last = end - p > 3 ? p + 3 : end;
        while (p < last && *p >= '0' && *p <= '7') {
            p++;
        }
        return p;
    }
    if (*p == 'x' && end - p > 2 && lw_char_is(p[1], LW_CHAR_HEX) &&
        lw_char_is(p[2], LW_CHAR_HEX)) {
        return p + 3;
    }
    if (*p == 'u' && !is_bytes && end - p > 4) {
        for (int i = 1; i <= 4; i++) {
            if (!lw_char_is(p[i], LW_CHAR_HEX)) {
                return NULL;
            }
        }
        return p + 5;
    }
    return NULL;
}

const char *
lw_scan_string_text(const char *p, const char *end, char quote, struct lw_string_prefix prefix)
{
    while (p < end && *p != quote) {
        if (*p == '\\') {
            if (!prefix.raw) {
                p = escape(p + 1, end, prefix.bytes);
                if (p == NULL) {
                    return NULL;
                }
                continue;
            }
            if (prefix.format || end - p < 2 || p[1] < ' ' || p[1] > '~') {
                return NULL;
            }
            p += 2;
        }
        else if (prefix.format && (*p == '{' || *p == '}')) {
            if (p + 1 >= end || p[1] != *p) {
                return p;
            }
            p += 2;
        }
        else if ((*p < ' ' && *p != '\t' && !(*p == '\n' && prefix.is_long)) || *p > '~') {
            return NULL;
        }
        else {
            p++;
        }
    }
    return p < end ? p : NULL;
}

/* The keywords, by length; no soft ones. */
static const char *const keywords[] = {
    "",
    "",
    "as\0if\0in\0is\0or\0",
    "and\0def\0del\0for\0not\0try\0",
    "None\0True\0elif\0else\0from\0pass\0with\0",
    "False\0async\0await\0break\0class\0raise\0while\0yield\0",
    "assert\0except\0global\0import\0lambda\0return\0",
    "finally\0",
    "continue\0nonlocal\0",
};

int
lw_scan_is_keyword(const char *word, size_t length)
{
    if (length < 2 || length >= sizeof(keywords) / sizeof(keywords[0])) {
        return 0;
    }
    for (const char *keyword = keywords[length]; *keyword; keyword += length + 1) {
        if (memcmp(keyword, word, length) == 0) {
            return 1;
        }
    }
    return 0;
}
