#include "unwind/cfi.h"

#include <string.h>

enum {
    INSTRUCTION_LIMIT = 1 << 16, /* of one frame's program */
    SAVED_ROWS = 8,              /* DW_CFA_remember_state nests two deep in practice */
    TABLE_SDATA4 = 0x3b,         /* the only form of search table that linkers write */
};

/* The address of the frame description entry that may cover pc, 0 if there is none. */
static uintptr_t
find_entry(uintptr_t header, uintptr_t pc, struct lw_memory *memory)
{
    struct lw_cursor in = lw_cursor_at(header, header + 64, memory);
    uint8_t version = lw_next_byte(&in), frame_encoding = lw_next_byte(&in);
    uint8_t count_encoding = lw_next_byte(&in), table_encoding = lw_next_byte(&in);
    lw_next_pointer(&in, frame_encoding, header);
    uintptr_t count = lw_next_pointer(&in, count_encoding, header);
    if (in.failed || version != 1 || table_encoding != TABLE_SDATA4 || count == 0 ||
        count > UINT32_MAX) {
        return 0;
    }
    uintptr_t table = in.next, low = 0, high = count; /* the entry sought is in [low, high) */
    int32_t pair[2];                                  /* first address, entry; both from header */
    while (high - low > 1) {
        uintptr_t middle = low + (high - low) / 2;
        if (!lw_memory_read(memory, table + middle * sizeof(pair), pair, sizeof(pair))) {
            return 0;
        }
        if (header + (uintptr_t)(intptr_t)pair[0] <= pc) {
            low = middle;
        }
        else {
            high = middle;
        }
    }
    if (!lw_memory_read(memory, table + low * sizeof(pair), pair, sizeof(pair)) ||
        header + (uintptr_t)(intptr_t)pair[0] > pc) {
        return 0;
    }
    return header + (uintptr_t)(intptr_t)pair[1];
}

struct common { /* fields of the common information entry */
    uint64_t code_align;
    int64_t data_align;
    uint64_t return_register;
    uint8_t pointer_encoding;
    int is_signal_frame;
    int has_augmentation;
    struct lw_cursor program;
};

/* Reads the length of an entry and limits the cursor to it. */
static int
enter_entry(struct lw_cursor *in)
{
    in->limit = in->next + 12;
    uint64_t length = lw_next_fixed(in, 4);
    if (length == 0xffffffff) {
        length = lw_next_fixed(in, 8);
    }
    if (in->failed || length == 0 || length > (1 << 24)) {
        return 0;
    }
    in->limit = in->next + length;
    in->have = 0; /* the bytes read ahead may have been cut by the old limit */
    in->base = in->next;
    return 1;
}

static int
read_augmentation(struct lw_cursor *in, const char *letters, struct common *out)
{
    out->pointer_encoding = 0;
    out->is_signal_frame = 0;
    out->has_augmentation = letters[0] == 'z';
    if (!out->has_augmentation) {
        return letters[0] == 0;
    }
    uint64_t size = lw_next_uleb(in);
    uintptr_t end = in->next + size;
    for (letters++; *letters; letters++) {
        switch (*letters) {
        case 'R':
            out->pointer_encoding = lw_next_byte(in);
            break;
        case 'S':
            out->is_signal_frame = 1;
            break;
        case 'L':
            lw_next_byte(in);
            break;
        case 'P': {
            uint8_t encoding = lw_next_byte(in);
            lw_next_pointer(in, encoding & 0x7f, 0);
            break;
        }
        default:
            return 0;
        }
    }
    while (!in->failed && in->next < end) {
        lw_next_byte(in);
    }
    return 1;
}

static int
read_common(uintptr_t address, struct lw_memory *memory, struct common *out)
{
    struct lw_cursor in = lw_cursor_at(address, address, memory);
    char letters[8] = "";
    if (!enter_entry(&in) || lw_next_fixed(&in, 4) != 0) {
        return 0;
    }
    uint8_t version = lw_next_byte(&in);
    for (size_t i = 0; i < sizeof(letters); i++) {
        letters[i] = (char)lw_next_byte(&in);
        if (letters[i] == 0) {
            break;
        }
    }
    if (letters[sizeof(letters) - 1] != 0 || (version != 1 && version != 3)) {
        return 0;
    }
    out->code_align = lw_next_uleb(&in);
    out->data_align = lw_next_sleb(&in);
    out->return_register = version == 1 ? lw_next_byte(&in) : lw_next_uleb(&in);
    if (!read_augmentation(&in, letters, out)) {
        return 0;
    }
    out->program = in;
    return !in.failed && out->return_register < LW_REGISTERS;
}

struct row {
    uint64_t cfa_register;
    int64_t cfa_offset;
    struct lw_rule cfa; /* an expression, if its kind is one */
    struct lw_rule registers[LW_REGISTERS];
};

struct program {
    struct lw_cursor in;
    const struct common *common;
    uintptr_t location;
    uintptr_t pc;
    struct row row;
    struct row initial;
    struct row saved[SAVED_ROWS];
    int depth;
};

static void
set_rule(struct program *run, uint64_t number, enum lw_rule_kind kind, int64_t operand)
{
    if (number < LW_REGISTERS) { /* the rest are vector registers */
        run->row.registers[number] = (struct lw_rule){kind, operand, 0};
    }
}

static struct lw_rule
next_expression(struct program *run, enum lw_rule_kind kind)
{
    struct lw_rule rule = {kind, 0, lw_next_uleb(&run->in)};
    rule.operand = (int64_t)run->in.next;
    if (rule.size > run->in.limit - run->in.next) {
        run->in.failed = 1;
    }
    else {
        run->in.next += rule.size;
    }
    return rule;
}

static void
set_cfa(struct program *run, uint64_t number, int64_t offset)
{
    run->row.cfa.kind = LW_RULE_SAME;
    run->row.cfa_register = number;
    run->row.cfa_offset = offset;
}

static void
restore_rule(struct program *run, uint64_t number)
{
    if (number < LW_REGISTERS) {
        run->row.registers[number] = run->initial.registers[number];
    }
}

/* The instructions that define the frame's address (CFA). */
static int
execute_cfa(struct program *run, uint8_t code)
{
    struct lw_cursor *in = &run->in;
    int64_t scale = run->common->data_align;
    uint64_t number;
    switch (code) {
    case 0x0c:
        number = lw_next_uleb(in);
        set_cfa(run, number, (int64_t)lw_next_uleb(in));
        return 1;
    case 0x0d:
        set_cfa(run, lw_next_uleb(in), run->row.cfa_offset);
        return 1;
    case 0x0e:
        set_cfa(run, run->row.cfa_register, (int64_t)lw_next_uleb(in));
        return 1;
    case 0x0f:
        run->row.cfa = next_expression(run, LW_RULE_VALUE_EXPRESSION);
        return 1;
    case 0x12:
        number = lw_next_uleb(in);
        set_cfa(run, number, lw_next_sleb(in) * scale);
        return 1;
    case 0x13:
        set_cfa(run, run->row.cfa_register, lw_next_sleb(in) * scale);
        return 1;
    default:
        return 0;
    }
}

/* The instructions that say how a register was saved, and the bookkeeping ones. */
static int
execute_extended(struct program *run, uint8_t code)
{
    struct lw_cursor *in = &run->in;
    int64_t scale = run->common->data_align;
    uint64_t number = 0;
    if (code >= 0x05 && code <= 0x16 && code != 0x0a && code != 0x0b &&
        !(code >= 0x0c && code <= 0x0f) && code != 0x12 && code != 0x13) {
        number = lw_next_uleb(in);
    }
    switch (code) {
    case 0x00:
        return 1;
    case 0x05:
        set_rule(run, number, LW_RULE_OFFSET, (int64_t)lw_next_uleb(in) * scale);
        return 1;
    case 0x06:
        restore_rule(run, number);
        return 1;
    case 0x07:
        set_rule(run, number, LW_RULE_UNDEFINED, 0);
        return 1;
    case 0x08:
        set_rule(run, number, LW_RULE_SAME, 0);
        return 1;
    case 0x09:
        set_rule(run, number, LW_RULE_REGISTER, (int64_t)lw_next_uleb(in));
        return 1;
    case 0x0a:
        if (run->depth == SAVED_ROWS) {
            return 0;
        }
        run->saved[run->depth++] = run->row;
        return 1;
    case 0x0b:
        if (run->depth == 0) {
            return 0;
        }
        run->row = run->saved[--run->depth];
        return 1;
    case 0x10:
    case 0x16: {
        struct lw_rule rule =
            next_expression(run, code == 0x10 ? LW_RULE_EXPRESSION : LW_RULE_VALUE_EXPRESSION);
        if (number < LW_REGISTERS) {
            run->row.registers[number] = rule;
        }
        return 1;
    }
    case 0x11:
        set_rule(run, number, LW_RULE_OFFSET, lw_next_sleb(in) * scale);
        return 1;
    case 0x14:
        set_rule(run, number, LW_RULE_VALUE_OFFSET, (int64_t)lw_next_uleb(in) * scale);
        return 1;
    case 0x15:
        set_rule(run, number, LW_RULE_VALUE_OFFSET, lw_next_sleb(in) * scale);
        return 1;
    case 0x2e:
        lw_next_uleb(in);
        return 1; /* DW_CFA_GNU_args_size */
    default:
        return execute_cfa(run, code);
    }
}

/* How far an instruction moves the location; -1: it is not one that moves. */
static int64_t
next_advance(struct program *run, uint8_t code)
{
    if (code >> 6 == 1) {
        return (int64_t)((code & 63) * run->common->code_align);
    }
    switch (code) {
    case 0x02:
        return (int64_t)(lw_next_fixed(&run->in, 1) * run->common->code_align);
    case 0x03:
        return (int64_t)(lw_next_fixed(&run->in, 2) * run->common->code_align);
    case 0x04:
        return (int64_t)(lw_next_fixed(&run->in, 4) * run->common->code_align);
    default:
        return -1;
    }
}

/* Runs until the location passes pc or the program ends.  1, or 0 when it makes no sense. */
static int
run_program(struct program *run)
{
    for (int i = 0; i < INSTRUCTION_LIMIT && run->in.next < run->in.limit; i++) {
        uint8_t code = lw_next_byte(&run->in);
        int64_t advance = next_advance(run, code);
        if (run->in.failed) {
            return 0;
        }
        if (advance >= 0) {
            run->location += (uintptr_t)advance;
            if (run->location > run->pc) {
                return 1;
            }
        }
        else if (code >> 6 == 2) {
            set_rule(run, code & 63, LW_RULE_OFFSET,
                     (int64_t)lw_next_uleb(&run->in) * run->common->data_align);
        }
        else if (code >> 6 == 3) {
            restore_rule(run, code & 63);
        }
        else if (!execute_extended(run, code)) {
            return 0;
        }
    }
    return !run->in.failed;
}

static int
restored(const struct lw_rule *rule, const struct lw_registers *old, uintptr_t cfa, int number,
         struct lw_memory *memory, uintptr_t *out)
{
    uintptr_t address = cfa + (uintptr_t)rule->operand;
    switch (rule->kind) {
    case LW_RULE_UNDEFINED:
        *out = 0;
        return 1;
    case LW_RULE_SAME:
        *out = old->value[number];
        return 1;
    case LW_RULE_OFFSET:
        return lw_memory_read(memory, address, out, sizeof(*out));
    case LW_RULE_VALUE_OFFSET:
        *out = address;
        return 1;
    case LW_RULE_REGISTER:
        *out = (uint64_t)rule->operand < LW_REGISTERS ? old->value[rule->operand] : 0;
        return (uint64_t)rule->operand < LW_REGISTERS;
    case LW_RULE_EXPRESSION:
        return lw_evaluate(rule, old, &cfa, memory, &address) &&
               lw_memory_read(memory, address, out, sizeof(*out));
    case LW_RULE_VALUE_EXPRESSION:
        return lw_evaluate(rule, old, &cfa, memory, out);
    }
    return 0;
}

static int
apply_row(const struct program *run, struct lw_memory *memory, struct lw_registers *registers)
{
    const struct row *row = &run->row;
    struct lw_registers caller;
    uintptr_t cfa;
    uint64_t return_register = run->common->return_register;
    if (row->registers[return_register].kind == LW_RULE_UNDEFINED) {
        return -1;
    }
    if (row->cfa.kind == LW_RULE_VALUE_EXPRESSION) {
        if (!lw_evaluate(&row->cfa, registers, NULL, memory, &cfa)) {
            return 0;
        }
    }
    else if (row->cfa_register < LW_REGISTERS) {
        cfa = registers->value[row->cfa_register] + (uintptr_t)row->cfa_offset;
    }
    else {
        return 0;
    }
    for (int i = 0; i < LW_REGISTERS; i++) {
        if (i == LW_RSP && row->registers[i].kind == LW_RULE_SAME) {
            caller.value[i] = cfa;
        }
        else if (!restored(&row->registers[i], registers, cfa, i, memory, &caller.value[i])) {
            return 0;
        }
    }
    caller.value[LW_RIP] = caller.value[return_register];
    *registers = caller;
    return 1;
}

int
lw_cfi_step(uintptr_t eh_frame_hdr, uintptr_t pc, struct lw_memory *memory,
            struct lw_registers *registers, int *interrupted)
{
    static struct program run; /* 5 KiB: too much for a small alternate stack */
    struct common common;
    uintptr_t entry = find_entry(eh_frame_hdr, pc, memory);
    if (!entry) {
        return 0;
    }
    struct lw_cursor in = lw_cursor_at(entry, entry, memory);
    if (!enter_entry(&in)) {
        return 0;
    }
    uintptr_t here = in.next;
    uint32_t back = (uint32_t)lw_next_fixed(&in, 4);
    if (in.failed || back == 0 || !read_common(here - back, memory, &common)) {
        return 0;
    }
    uintptr_t first = lw_next_pointer(&in, common.pointer_encoding, 0);
    uintptr_t size = lw_next_pointer(&in, common.pointer_encoding & 15, 0);
    if (common.has_augmentation) {
        uint64_t skipped = lw_next_uleb(&in);
        in.next += skipped < in.limit - in.next ? skipped : in.limit - in.next;
        in.have = 0;
        in.base = in.next;
    }
    if (in.failed || pc < first || pc - first >= size) {
        return 0;
    }
    memset(&run, 0, sizeof(run));
    run.common = &common;
    run.location = first;
    run.pc = pc;
    run.in = common.program;
    run.location = 0; /* the common program has no location of its own */
    run.pc = UINTPTR_MAX;
    if (!run_program(&run)) {
        return 0;
    }
    run.initial = run.row;
    run.in = in;
    run.location = first;
    run.pc = pc;
    run.depth = 0;
    if (!run_program(&run)) {
        return 0;
    }
    *interrupted = common.is_signal_frame;
    return apply_row(&run, memory, registers);
}
