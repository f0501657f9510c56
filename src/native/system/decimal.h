/* decimal.h: numbers as text, for code that can't call printf(). */
#ifndef LASTWORDS_DECIMAL_H
#define LASTWORDS_DECIMAL_H

#include <stdint.h>
#include <string.h>

enum { LW_DECIMAL = 20 }; /* characters of the largest number */

/* Context: signal handler | any thread.
 * Writes `value` at `at`, up to LW_DECIMAL characters, without a NUL; returns the end. */
static inline char *
lw_append_decimal(char *at, uint64_t value)
{
    char digits[LW_DECIMAL];
    size_t start = sizeof digits;
    do {
        digits[--start] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    memcpy(at, digits + start, sizeof digits - start);
    return at + (sizeof digits - start);
}

#endif
