#include "unwind/native_stack.h"

#include <string.h>
#include <ucontext.h>

#include "unwind/cfi.h"
#include "memory/memory.h"
#include "unwind/loaded_files.h"
#include "unwind/symbols.h"

enum {
    FRAME_GAP = 1 << 24
}; /* a caller's frame is at most this far above: a larger step is noise */

static struct lw_memory memory; /* in .bss: half a megabyte, of which guarded reads touch nothing */

static int
peek(uintptr_t address, void *into, size_t size)
{
    return lw_memory_read(&memory, address, into, size);
}

static void
registers_of(const ucontext_t *context, struct lw_registers *out)
{
    static const int sources[LW_REGISTERS] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
                                              REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                              REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
    for (int i = 0; i < LW_REGISTERS; i++) {
        out->value[i] = (uintptr_t)context->uc_mcontext.gregs[sources[i]];
    }
}

/* The return address that a call has just pushed: what is left after a jump into nowhere. */
static int
pop_return_address(struct lw_registers *registers)
{
    uintptr_t address;
    if (!peek(registers->value[LW_RSP], &address, sizeof(address)) || !lw_is_executable(address)) {
        return 0;
    }
    registers->value[LW_RIP] = address;
    registers->value[LW_RSP] += sizeof(address);
    return 1;
}

static int
follow_frame_pointer(struct lw_registers *registers)
{
    uintptr_t frame = registers->value[LW_RBP], pair[2];
    if (frame % 8 != 0 || frame < registers->value[LW_RSP] ||
        frame - registers->value[LW_RSP] > FRAME_GAP || !peek(frame, pair, sizeof(pair)) ||
        !lw_is_executable(pair[1])) {
        return 0;
    }
    registers->value[LW_RBP] = pair[0];
    registers->value[LW_RIP] = pair[1];
    registers->value[LW_RSP] = frame + sizeof(pair);
    return 1;
}

/* Moves to the caller's frame.  *interrupted: the frame's pc is where a signal came, not a return
 * address; on return the same of the new frame. */
static int
step(struct lw_registers *registers, int *interrupted)
{
    uintptr_t pc = registers->value[LW_RIP], sp = registers->value[LW_RSP];
    int was_interrupted = *interrupted;
    *interrupted = 0;
    if (!lw_is_executable(pc)) {
        return was_interrupted && pop_return_address(registers);
    }
    uintptr_t looked_up = was_interrupted ? pc : pc - 1;
    const struct lw_module *module = lw_module_at(looked_up);
    int stepped = 0, signal_frame = 0;
    if (module && module->eh_frame_hdr) {
        stepped = lw_cfi_step(module->eh_frame_hdr, looked_up, peek, registers, &signal_frame);
        if (stepped == 0) { /* a trampoline of a signal is found by its own address only */
            stepped = lw_cfi_step(module->eh_frame_hdr, pc, peek, registers, &signal_frame);
        }
    }
    if (stepped == 0) {
        stepped = follow_frame_pointer(registers);
    }
    *interrupted = signal_frame;
    return stepped == 1 && registers->value[LW_RIP] != 0 &&
           (signal_frame || registers->value[LW_RSP] > sp);
}

/* Some frames at a time, so that the symbols of each file are gone through once. */
static struct {
    struct lw_registers registers;
    int interrupted;
    int ended;
    int count;
    int next; /* to hand out */
    struct collected {
        uintptr_t pc;
        uintptr_t looked_up; /* in the function, where a return address may be behind its end */
        uintptr_t low, high;
        const struct lw_module *module;
        struct lw_symbol symbol;
    } frames[LW_C_FRAMES];
} walk;

static void
find_symbols(void)
{
    struct lw_sought sought[LW_C_FRAMES];
    const struct lw_module *modules[LW_C_FRAMES];
    int count = 0;
    for (int i = 0; i < walk.count; i++) {
        struct collected *frame = &walk.frames[i];
        int at = frame->module ? count++ : -1;
        for (; at > 0 && sought[at - 1].address > frame->looked_up; at--) {
            sought[at] = sought[at - 1];
            modules[at] = modules[at - 1];
        }
        if (at >= 0) {
            sought[at] = (struct lw_sought){frame->looked_up, &frame->symbol};
            modules[at] = frame->module;
        }
    }
    for (int first = 0, end; first < count; first = end) { /* sorted: each module's are together */
        for (end = first + 1; end < count && modules[end] == modules[first];) {
            end++;
        }
        lw_symbols_find(modules[first], peek, sought + first, end - first);
    }
}

static void
collect(void)
{
    walk.count = walk.next = 0;
    while (!walk.ended && walk.count < LW_C_FRAMES) {
        struct collected *frame = &walk.frames[walk.count++];
        uintptr_t pc = walk.registers.value[LW_RIP];
        *frame = (struct collected){.pc = pc, .low = walk.registers.value[LW_RSP]};
        frame->looked_up = walk.interrupted ? pc : pc - 1;
        frame->module = lw_module_at(frame->looked_up);
        walk.ended = !step(&walk.registers, &walk.interrupted);
        frame->high = walk.ended ? frame->low : walk.registers.value[LW_RSP];
    }
    find_symbols();
}

int
lw_native_begin(const void *context)
{
    lw_memory_begin_own(&memory);
    lw_modules_begin(peek);
    registers_of(context, &walk.registers);
    walk.interrupted = 1;
    walk.ended = walk.count = walk.next = 0;
    return 1;
}

int
lw_native_next(struct lw_native_frame *frame)
{
    if (walk.next == walk.count) {
        collect();
        if (walk.count == 0) {
            return 0;
        }
    }
    const struct collected *found = &walk.frames[walk.next++];
    *frame = (struct lw_native_frame){.pc = found->pc,
                                      .low = found->low,
                                      .high = found->high,
                                      .module = found->module,
                                      .symbol = lw_symbol_name(&found->symbol, peek),
                                      .symbol_start = found->symbol.start};
    return 1;
}

static void
write_line(struct lw_sink *sink, const struct lw_native_frame *frame)
{
    lw_sink_text(sink, "  Binary file \"");
    lw_sink_text(sink, frame->module ? frame->module->path : "<unknown>");
    lw_sink_text(sink, "\"");
    if (frame->symbol[0]) {
        lw_sink_text(sink, ", at ");
        lw_sink_text(sink, frame->symbol);
        lw_sink_text(sink, "+0x");
        lw_sink_hex(sink, frame->pc - frame->symbol_start, 1);
    }
    else if (frame->module && frame->module->bias) {
        lw_sink_text(sink, ", at +0x");
        lw_sink_hex(sink, frame->pc - frame->module->bias, 1);
    }
    lw_sink_text(sink, " [0x");
    lw_sink_hex(sink, frame->pc, 1);
    lw_sink_text(sink, "]\n");
}

void
lw_unwind_dump(struct lw_sink *sink, const void *context)
{
    struct lw_native_frame frame;

    lw_sink_text(sink, "Current thread's C stack trace (most recent call first):\n");
    lw_native_begin(context);
    for (int shown = 0; shown < LW_C_FRAMES; shown++) {
        if (!lw_native_next(&frame)) {
            return;
        }
        write_line(sink, &frame);
    }
    if (!walk.ended) {
        lw_sink_text(sink, "  <truncated rest of calls>\n");
    }
}

int
lw_native_register(const void *context, int index, const char **name, uint64_t *value)
{
    static const struct {
        const char *name;
        int index;
    } known[] = {
        {"rax", REG_RAX},   {"rbx", REG_RBX},     {"rcx", REG_RCX},
        {"rdx", REG_RDX},   {"rsi", REG_RSI},     {"rdi", REG_RDI},
        {"rbp", REG_RBP},   {"rsp", REG_RSP},     {"r8", REG_R8},
        {"r9", REG_R9},     {"r10", REG_R10},     {"r11", REG_R11},
        {"r12", REG_R12},   {"r13", REG_R13},     {"r14", REG_R14},
        {"r15", REG_R15},   {"rip", REG_RIP},     {"eflags", REG_EFL},
        {"error", REG_ERR}, {"trap", REG_TRAPNO}, {"fault_address", REG_CR2},
    };
    const ucontext_t *interrupted = context;
    if (index < 0 || index >= (int)(sizeof(known) / sizeof(known[0]))) {
        return 0;
    }
    *name = known[index].name;
    *value = (uint64_t)interrupted->uc_mcontext.gregs[known[index].index];
    return 1;
}
