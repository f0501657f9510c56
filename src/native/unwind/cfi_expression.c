#include "unwind/cfi_expression.h"

enum {
    OPERATION_LIMIT = 256, /* of one expression */
    VALUE_LIMIT = 16,      /* of its stack */
};

struct machine { /* of an expression (DWARF 5, section 2.5) */
    uint64_t values[VALUE_LIMIT];
    int depth;
    int failed;
};

static void
push(struct machine *on, uint64_t value)
{
    if (on->depth == VALUE_LIMIT) {
        on->failed = 1;
        return;
    }
    on->values[on->depth++] = value;
}

static uint64_t
pop(struct machine *on)
{
    if (on->depth == 0) {
        on->failed = 1;
        return 0;
    }
    return on->values[--on->depth];
}

static int
push_constant(struct machine *on, struct lw_cursor *in, uint8_t code)
{
    switch (code) {
    case 0x03:
        push(on, lw_next_fixed(in, 8));
        return 1;
    case 0x08:
        push(on, lw_next_fixed(in, 1));
        return 1;
    case 0x09:
        push(on, (uint64_t)lw_next_signed(in, 1));
        return 1;
    case 0x0a:
        push(on, lw_next_fixed(in, 2));
        return 1;
    case 0x0b:
        push(on, (uint64_t)lw_next_signed(in, 2));
        return 1;
    case 0x0c:
        push(on, lw_next_fixed(in, 4));
        return 1;
    case 0x0d:
        push(on, (uint64_t)lw_next_signed(in, 4));
        return 1;
    case 0x0e:
    case 0x0f:
        push(on, lw_next_fixed(in, 8));
        return 1;
    case 0x10:
        push(on, lw_next_uleb(in));
        return 1;
    case 0x11:
        push(on, (uint64_t)lw_next_sleb(in));
        return 1;
    default:
        break;
    }
    if (code >= 0x30 && code <= 0x4f) {
        push(on, code - 0x30u);
        return 1;
    }
    return 0;
}

static int
apply_binary(struct machine *on, uint8_t code)
{
    uint64_t right = pop(on), left = pop(on);
    switch (code) {
    case 0x1a:
        push(on, left & right);
        return 1;
    case 0x1c:
        push(on, left - right);
        return 1;
    case 0x1e:
        push(on, left * right);
        return 1;
    case 0x21:
        push(on, left | right);
        return 1;
    case 0x22:
        push(on, left + right);
        return 1;
    case 0x24:
        push(on, right < 64 ? left << right : 0);
        return 1;
    case 0x25:
        push(on, right < 64 ? left >> right : 0);
        return 1;
    case 0x27:
        push(on, left ^ right);
        return 1;
    case 0x29:
        push(on, left == right);
        return 1;
    case 0x2a:
        push(on, (int64_t)left >= (int64_t)right);
        return 1;
    case 0x2b:
        push(on, (int64_t)left > (int64_t)right);
        return 1;
    case 0x2c:
        push(on, (int64_t)left <= (int64_t)right);
        return 1;
    case 0x2d:
        push(on, (int64_t)left < (int64_t)right);
        return 1;
    case 0x2e:
        push(on, left != right);
        return 1;
    default:
        return 0;
    }
}

int
lw_evaluate(const struct lw_rule *rule, const struct lw_registers *registers, const uintptr_t *cfa,
            struct lw_memory *memory, uintptr_t *out)
{
    uintptr_t start = (uintptr_t)rule->operand;
    struct lw_cursor in = lw_cursor_at(start, start + rule->size, memory);
    struct machine on = {.depth = 0};
    if (cfa) {
        push(&on, *cfa);
    }
    for (int i = 0; in.next < in.limit; i++) {
        uint8_t code = lw_next_byte(&in);
        uint64_t value;
        if (in.failed || on.failed || i == OPERATION_LIMIT) {
            return 0;
        }
        if (code >= 0x70 && code <= 0x70 + LW_RIP) { /* DW_OP_breg */
            push(&on, registers->value[code - 0x70] + (uint64_t)lw_next_sleb(&in));
        }
        else if (code == 0x06) { /* DW_OP_deref */
            if (!lw_memory_read(memory, pop(&on), &value, sizeof(value))) {
                return 0;
            }
            push(&on, value);
        }
        else if (code == 0x12) { /* DW_OP_dup */
            value = pop(&on);
            push(&on, value);
            push(&on, value);
        }
        else if (code == 0x23) { /* DW_OP_plus_uconst */
            push(&on, pop(&on) + lw_next_uleb(&in));
        }
        else if (!push_constant(&on, &in, code) && !apply_binary(&on, code)) {
            return 0;
        }
    }
    *out = pop(&on);
    return !on.failed && !in.failed;
}
