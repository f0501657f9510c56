/* native_stack.h: the native frames of a thread, from the registers that a signal interrupted.
 *
 * Owns the walk over them: by .eh_frame (cfi.h), else by the frame pointer; never from inside the
 * handler.  native_stack_x86_64.c holds it; native_stack_other.c says that there is none on this
 * machine. */
#ifndef LASTWORDS_NATIVE_STACK_H
#define LASTWORDS_NATIVE_STACK_H

#include <stdint.h>

#include "unwind/cfi_expression.h"
#include "unwind/loaded_files.h"
#include "unwind/symbols.h"

/* Frames found at a time: a file's symbols are read once for all of them. */
enum { LW_NATIVE_BATCH = 32 };

struct lw_native_frame {
    uintptr_t pc;
    uintptr_t low, high;        /* its part of the stack: from its stack pointer to its caller's */
    const struct lw_file *file; /* NULL: not in a mapped file */
    const char *symbol;         /* "": not known */
    uintptr_t symbol_start;
};

/* One walk: too large for a stack.  Callers read only `ended`. */
struct lw_native_walk {
    struct lw_memory *memory;
    int interrupted; /* the next frame's pc is that of an interrupted instruction, no return address */
    int ended;       /* all frames are found */
    int count;
    int next; /* to hand out */
    struct lw_registers registers;
    struct lw_found_frame {
        uintptr_t pc;
        uintptr_t looked_up; /* inside the function; a return address may be just behind its end */
        uintptr_t low, high;
        const struct lw_file *file;
        struct lw_symbol symbol;
    } frames[LW_NATIVE_BATCH];
    struct lw_symbol_room room;
    struct lw_files files;
};

/* Context: any thread (not a signal handler: maps memory).  NULL when there is no memory. */
struct lw_native_walk *lw_native_walk_create(void);

/* Context: signal handler.
 * Starts a walk over the own process, read through `memory`, from the registers in `context` (a
 * ucontext_t); 0 when there is none on this machine, or no `walk`. */
int lw_native_begin(struct lw_native_walk *walk, struct lw_memory *memory, const void *context);

/* Context: signal handler, after lw_native_begin().
 * Returns 1 and the next frame, most recent call first, or 0 at the end.  What it points to stays
 * until the next call. */
int lw_native_next(struct lw_native_walk *walk, struct lw_native_frame *frame);

/* Context: signal handler.
 * The register number `index` (from 0) in `context`; 0 when there is none of this number. */
int lw_native_register(const void *context, int index, const char **name, uint64_t *value);

#endif
