/* utf8.h: characters as UTF-8. */
#ifndef LASTWORDS_UTF8_H
#define LASTWORDS_UTF8_H

#include <stdint.h>

enum { LW_LONGEST_UTF8 = 4 }; /* bytes of one character */

/* Context: signal handler | any thread.
 * Writes a character at `at`, up to LW_LONGEST_UTF8 bytes; returns the end.  A surrogate is encoded
 * like any other character. */
static inline char *
lw_append_utf8(char *at, uint32_t character)
{
    if (character < 0x80) {
        *at++ = (char)character;
        return at;
    }
    if (character < 0x800) {
        *at++ = (char)(0xC0 | character >> 6);
    }
    else {
        if (character < 0x10000) {
            *at++ = (char)(0xE0 | character >> 12);
        }
        else {
            *at++ = (char)(0xF0 | character >> 18);
            *at++ = (char)(0x80 | (character >> 12 & 63));
        }
        *at++ = (char)(0x80 | (character >> 6 & 63));
    }
    *at++ = (char)(0x80 | (character & 63));
    return at;
}

#endif
