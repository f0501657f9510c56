/* scan.h: single tokens: characters, names, keywords, numbers, strings.
 *
 * The functions that read take a position and return the position behind the token, or NULL if
 * supported parsers may differ on it. */
#ifndef LASTWORDS_SCAN_H
#define LASTWORDS_SCAN_H

#include <stddef.h>
#include <stdint.h>

enum lw_char_class {
    LW_CHAR_DIGIT = 1,
    LW_CHAR_NAME = 2, /* may begin a name; with LW_CHAR_DIGIT, may go on with one */
    LW_CHAR_HEX = 4,
    LW_CHAR_ESCAPE = 8, /* after a backslash it makes a known escape of one character */
};

extern const uint8_t lw_char_classes[256];

/* Context: any thread.  Whether `c` is in one of `classes` (enum lw_char_class). */
static inline int
lw_char_is(char c, int classes)
{
    return lw_char_classes[(uint8_t)c] & classes;
}

/* Context: any thread.
 * Skips spaces and tabs; `p` may be `end`.  Never NULL. */
static inline const char *
lw_scan_spaces(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t')) {
        p++;
    }
    return p;
}

/* Context: any thread.
 * Skips blanks, tabs, line ends and comments; `p` may be `end`.  Never NULL. */
const char *lw_scan_blanks(const char *p, const char *end);

/* Context: any thread.
 * Reads a name; `p` is at a character that begins one.  Never NULL. */
const char *lw_scan_name(const char *p, const char *end);

/* Context: any thread.
 * Reads a number; `p` is at a digit, or at a dot before one. */
const char *lw_scan_number(const char *p, const char *end);

/* The meaning of the letters before a quote. */
struct lw_string_prefix {
    uint8_t raw;
    uint8_t bytes;
    uint8_t format;
    uint8_t is_long; /* three quotes: lines may end in it; lw_scan_prefix() doesn't set it */
};

/* Context: any thread.
 * Reads the prefix between `p` and the quote at `quote`: 1, or 0 for one that is not known. */
int lw_scan_prefix(const char *p, const char *quote, struct lw_string_prefix *out);

/* Context: any thread.
 * Reads characters of a string from behind its opening quote (or from within) up to the
 * next `quote`, or, in an f-string, up to a brace that is not doubled. */
const char *lw_scan_string_text(const char *p, const char *end, char quote,
                                struct lw_string_prefix prefix);

/* Context: any thread.
 * Whether the `length` characters at `word` are a keyword of the language. */
int lw_scan_is_keyword(const char *word, size_t length);

#endif
