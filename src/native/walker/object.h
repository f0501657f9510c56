/* object.h: code objects, positions and str objects, read from untrusted memory.
 *
 * Owns the reading of what a frame points to.  Every size is bounded by a constant here, every
 * pointer is only handed to lw_memory_read(), the types of objects are compared before anything
 * else is used. */
#ifndef LASTWORDS_OBJECT_H
#define LASTWORDS_OBJECT_H

#include <stdint.h>
#include <string.h>

#include "memory/memory.h"
#include "walker/layout.h"
#include "walker/linetable.h"

enum {
    LW_MAX_LINETABLE = 64 * 1024 * 1024, /* bytes */
    LW_MAX_UNITS = 1024 * 1024 * 1024,   /* code units of one code object */
    LW_LINETABLE_PIECE = 1024,           /* bytes of a location table read at a time */
    LW_MAX_TYPE_NAME = 32,
};

/* Context: signal handler | any thread. */
static inline uint64_t
lw_field_u64(const uint8_t *bytes, uint32_t offset)
{
    uint64_t value;
    memcpy(&value, bytes + offset, sizeof value);
    return value;
}

/* Context: signal handler | any thread.  Whether an address can be an object's. */
static inline int
lw_is_pointer(uint64_t address)
{
    return address != 0 && address % 8 == 0;
}

/* A runtime to read. */
struct lw_target {
    struct lw_memory *memory;
    struct lw_layout layout;
    uint64_t runtime;
    uint64_t code_type; /* addresses of the types; 0 while unknown: then learnt by their names */
    uint64_t text_type;
    uint64_t bytes_type;
    uint8_t scratch[LW_LINETABLE_PIECE];
};

struct lw_code {
    uint64_t address;
    uint64_t filename; /* addresses of str objects */
    uint64_t name;
    uint64_t qualname;
    uint64_t linetable; /* address of a bytes object */
    uint64_t bytecode;  /* address of the first code unit */
    uint64_t units;     /* how many there are */
    int32_t first_line;
};

struct lw_text { /* a str object's shape; its characters are read in pieces */
    uint64_t start;
    uint64_t length; /* characters */
    uint8_t kind;    /* bytes a character: 1, 2, 4 */
    uint8_t ascii;
};

/* Context: signal handler | any thread.
 * Is there a code object at `address`? */
int lw_is_code(struct lw_target *target, uint64_t address);

/* Context: signal handler | any thread.
 * Returns 1, or 0 when `address` is no readable code object. */
int lw_code_read(struct lw_target *target, uint64_t address, struct lw_code *code);

/* Context: signal handler | any thread.
 * The position of a frame's instruction.  Returns 1, or 0 with every field -1 when unknown. */
int lw_code_position(struct lw_target *target, const struct lw_code *code, uint64_t instruction,
                     struct lw_position *position);

/* Context: signal handler | any thread.
 * Returns 1, 0 if the object at `address` is no str, -1 if it can't be read. */
int lw_text_read(struct lw_target *target, uint64_t address, struct lw_text *text);

#endif
