/* match.h: how far one name is from another, for "Did you mean".
 *
 * Owns the distance that CPython 3.13 and later use: over UTF-8 bytes; inserting, deleting or
 * replacing a byte costs LW_MATCH_MOVE, changing the case of an ASCII letter LW_MATCH_CASE; what
 * the names have in common at both ends is left out first; a rest of more than LW_MATCH_LONGEST
 * bytes on either side never matches. */
#ifndef LASTWORDS_MATCH_H
#define LASTWORDS_MATCH_H

#include <stddef.h>
#include <stdint.h>

enum {
    LW_MATCH_MOVE = 2,
    LW_MATCH_CASE = 1,
    LW_MATCH_LONGEST = 40,
};

struct lw_name {
    const uint8_t *text;
    size_t size;
    uint64_t letters; /* the set of bytes that occur, case ignored, hashed to 64 buckets */
};

/* Context: any thread.
 * Fills `letters` from text and size. */
void lw_match_prepare(struct lw_name *name);

/* Context: any thread.
 * The distance, or any number above `most` as soon as it is known to be above. */
size_t lw_match_distance(const struct lw_name *left, const struct lw_name *right, size_t most);

#endif
