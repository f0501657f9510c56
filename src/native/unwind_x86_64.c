#include "unwind.h"

#include <string.h>
#include <ucontext.h>

#include "cfi.h"
#include "memory.h"
#include "modules.h"

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

static void
write_line(struct lw_sink *sink, uintptr_t pc, int interrupted)
{
    uintptr_t looked_up = interrupted ? pc : pc - 1;
    const struct lw_module *module = lw_module_at(looked_up);
    struct lw_symbol symbol;

    lw_sink_text(sink, "  Binary file \"");
    lw_sink_text(sink, module ? module->path : "<unknown>");
    lw_sink_text(sink, "\"");
    if (module && lw_module_symbol(module, looked_up, peek, &symbol)) {
        lw_sink_text(sink, ", at ");
        lw_sink_text(sink, symbol.name);
        lw_sink_text(sink, "+0x");
        lw_sink_hex(sink, pc - symbol.start, 1);
    }
    else if (module && module->bias) {
        lw_sink_text(sink, ", at +0x");
        lw_sink_hex(sink, pc - module->bias, 1);
    }
    lw_sink_text(sink, " [0x");
    lw_sink_hex(sink, pc, 1);
    lw_sink_text(sink, "]\n");
}

void
lw_unwind_dump(struct lw_sink *sink, const void *context)
{
    struct lw_registers registers;
    int interrupted = 1;

    lw_sink_text(sink, "Current thread's C stack trace (most recent call first):\n");
    lw_memory_begin_own(&memory);
    if (!lw_modules_load(peek)) {
        lw_sink_text(sink, "  <cannot get C stack on this system>\n");
        return;
    }
    registers_of(context, &registers);
    for (int shown = 0; shown < LW_C_FRAMES; shown++) {
        write_line(sink, registers.value[LW_RIP], interrupted);
        if (!step(&registers, &interrupted)) {
            return;
        }
    }
    lw_sink_text(sink, "  <truncated rest of calls>\n");
}

static struct {
    struct lw_registers registers;
    int interrupted;
    int ended;
} walk;

int
lw_native_begin(const void *context)
{
    lw_memory_begin_own(&memory);
    if (!lw_modules_load(peek)) {
        return 0;
    }
    registers_of(context, &walk.registers);
    walk.interrupted = 1;
    walk.ended = 0;
    return 1;
}

int
lw_native_next(struct lw_native_frame *frame)
{
    if (walk.ended) {
        return 0;
    }
    uintptr_t pc = walk.registers.value[LW_RIP];
    uintptr_t looked_up = walk.interrupted ? pc : pc - 1;
    *frame = (struct lw_native_frame){.pc = pc, .low = walk.registers.value[LW_RSP]};
    frame->module = lw_module_at(looked_up);
    if (!frame->module || !lw_module_symbol(frame->module, looked_up, peek, &frame->symbol)) {
        frame->symbol = (struct lw_symbol){.name = ""};
    }
    walk.ended = !step(&walk.registers, &walk.interrupted);
    frame->high = walk.ended ? frame->low : walk.registers.value[LW_RSP];
    return 1;
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
