#include "suggest/match.h"

/* Capital and small letters differ in bit 5: with it set, both fall into one bucket. */
static unsigned
bucket(uint8_t byte)
{
    return (byte | 32u) & 63u;
}

void
lw_match_prepare(struct lw_name *name)
{
    uint64_t letters = 0;
    for (size_t i = 0; i < name->size; i++) {
        letters |= (uint64_t)1 << bucket(name->text[i]);
    }
    name->letters = letters;
}

static unsigned
count_bits(uint64_t bits)
{
    unsigned count = 0;
    for (; bits != 0; bits &= bits - 1) {
        count++;
    }
    return count;
}

/* Every letter that only one side has must be replaced or deleted: no distance is below this. */
static size_t
bound_by_letters(const struct lw_name *left, const struct lw_name *right)
{
    unsigned only_left = count_bits(left->letters & ~right->letters);
    unsigned only_right = count_bits(right->letters & ~left->letters);
    return (size_t)(only_left > only_right ? only_left : only_right) * LW_MATCH_MOVE;
}

/* The same, with how often each letter occurs.  b_size <= a_size <= LW_MATCH_LONGEST. */
static size_t
bound_by_counts(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    int8_t surplus[64] = {0};
    size_t common = 0;
    for (size_t i = 0; i < a_size; i++) {
        surplus[bucket(a[i])]++;
    }
    for (size_t i = 0; i < b_size; i++) {
        common += surplus[bucket(b[i])]-- > 0;
    }
    return (a_size - common) * LW_MATCH_MOVE;
}

static unsigned
to_lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? byte | 32u : byte;
}

static unsigned
replacement_cost(uint8_t left, uint8_t right)
{
    if (left == right) {
        return 0;
    }
    return to_lower(left) == to_lower(right) ? LW_MATCH_CASE : LW_MATCH_MOVE;
}

static size_t
smallest(size_t first, size_t second, size_t third)
{
    size_t least = first < second ? first : second;
    return least < third ? least : third;
}

/* One row of the classic table at a time.  0 < columns <= rows <= LW_MATCH_LONGEST. */
static size_t
table_distance(const uint8_t *across, size_t columns, const uint8_t *down, size_t rows, size_t most)
{
    size_t row[LW_MATCH_LONGEST + 1];
    for (size_t i = 0; i <= columns; i++) {
        row[i] = i * LW_MATCH_MOVE;
    }
    for (size_t r = 0; r < rows; r++) {
        size_t diagonal = row[0];
        size_t least = row[0] = (r + 1) * LW_MATCH_MOVE;
        for (size_t c = 0; c < columns; c++) {
            size_t replaced = diagonal + replacement_cost(across[c], down[r]);
            diagonal = row[c + 1];
            row[c + 1] = smallest(replaced, diagonal + LW_MATCH_MOVE, row[c] + LW_MATCH_MOVE);
            if (row[c + 1] < least) {
                least = row[c + 1];
            }
        }
        if (least > most) {
            return most + 1;
        }
    }
    return row[columns];
}

size_t
lw_match_distance(const struct lw_name *left, const struct lw_name *right, size_t most)
{
    const struct lw_name *longer = left->size < right->size ? right : left;
    const struct lw_name *shorter = longer == left ? right : left;
    const uint8_t *a = longer->text;
    const uint8_t *b = shorter->text;
    size_t a_size = longer->size;
    size_t b_size = shorter->size;

    if ((a_size - b_size) * LW_MATCH_MOVE > most || bound_by_letters(left, right) > most) {
        return most + 1;
    }
    while (b_size > 0 && *a == *b) {
        a++, b++, a_size--, b_size--;
    }
    while (b_size > 0 && a[a_size - 1] == b[b_size - 1]) {
        a_size--, b_size--;
    }
    if (b_size == 0) {
        return a_size * LW_MATCH_MOVE;
    }
    if (a_size > LW_MATCH_LONGEST || bound_by_counts(a, a_size, b, b_size) > most) {
        return most + 1;
    }
    return table_distance(b, b_size, a, a_size, most);
}
