/* cfi.h: steps from a native frame to its caller by the call frame information in .eh_frame.
 *
 * Owns the formats of .eh_frame_hdr, .eh_frame and the call frame instructions of DWARF 5
 * (sections 6.4 and 2.5), for x86-64.  The tables and the stack are untrusted: each read goes
 * through a function that may fail, and each loop is bounded. */
#ifndef LASTWORDS_CFI_H
#define LASTWORDS_CFI_H

#include <stdint.h>

#include "unwind/cfi_expression.h"

/* Context: signal handler | any thread.
 * Replaces *registers by the caller's, given the .eh_frame_hdr of the file that holds `pc`
 * (the address looked up: the return address minus one, except in a frame that a signal
 * interrupted).  *interrupted says on return whether the new frame was interrupted by a signal.
 * 1; 0 when no entry covers `pc` or it can't be understood (*registers unchanged); -1 when this
 * frame is the outermost. */
int lw_cfi_step(uintptr_t eh_frame_hdr, uintptr_t pc, struct lw_memory *memory,
                struct lw_registers *registers, int *interrupted);

#endif
