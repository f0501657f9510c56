/* cfi_expression.h: the expressions of DWARF (version 5, section 2.5) in call frame information.
 *
 * Owns the registers of x86-64 as DWARF counts them, and the rules by which they were saved. */
#ifndef LASTWORDS_CFI_EXPRESSION_H
#define LASTWORDS_CFI_EXPRESSION_H

#include <stdint.h>

#include "unwind/cursor.h"

/* Numbers of the registers in DWARF on x86-64 (System V ABI, figure 3.36). */
enum {
    LW_RAX,
    LW_RDX,
    LW_RCX,
    LW_RBX,
    LW_RSI,
    LW_RDI,
    LW_RBP,
    LW_RSP,
    LW_R8,
    LW_R9,
    LW_R10,
    LW_R11,
    LW_R12,
    LW_R13,
    LW_R14,
    LW_R15,
    LW_RIP,
    LW_REGISTERS,
};

struct lw_registers {
    uintptr_t value[LW_REGISTERS];
};

enum lw_rule_kind {
    LW_RULE_SAME,
    LW_RULE_UNDEFINED,
    LW_RULE_OFFSET,
    LW_RULE_VALUE_OFFSET,
    LW_RULE_REGISTER,
    LW_RULE_EXPRESSION,
    LW_RULE_VALUE_EXPRESSION
};

struct lw_rule {
    enum lw_rule_kind kind;
    int64_t operand; /* offset, register, or the address of an expression */
    uint64_t size;   /* of the expression */
};

/* Context: signal handler | any thread.
 * The value of an expression of a rule; `cfa`, when not NULL, is on the stack at its start.
 * Returns 1, or 0 when it makes no sense. */
int lw_evaluate(const struct lw_rule *rule, const struct lw_registers *registers,
                const uintptr_t *cfa, struct lw_memory *memory, uintptr_t *out);

#endif
