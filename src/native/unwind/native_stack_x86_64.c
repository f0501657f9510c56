#include "unwind/cfi.h"
#include "unwind/native_stack.h"

#include <sys/mman.h>
#include <ucontext.h>

enum {
    FRAME_GAP = 1 << 24
}; /* a caller's frame is at most this far above: a larger step is noise */

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

/* Returns by the address that a call has just pushed: the only way back from a jump to an address
 * without code. */
static int
pop_return_address(struct lw_native_walk *walk)
{
    struct lw_registers *registers = &walk->registers;
    uintptr_t address;
    if (!lw_memory_read(walk->memory, registers->value[LW_RSP], &address, sizeof(address)) ||
        !lw_is_executable(&walk->files, address)) {
        return 0;
    }
    registers->value[LW_RIP] = address;
    registers->value[LW_RSP] += sizeof(address);
    return 1;
}

static int
follow_frame_pointer(struct lw_native_walk *walk)
{
    struct lw_registers *registers = &walk->registers;
    uintptr_t frame = registers->value[LW_RBP], pair[2];
    if (frame % 8 != 0 || frame < registers->value[LW_RSP] ||
        frame - registers->value[LW_RSP] > FRAME_GAP ||
        !lw_memory_read(walk->memory, frame, pair, sizeof(pair)) ||
        !lw_is_executable(&walk->files, pair[1])) {
        return 0;
    }
    registers->value[LW_RBP] = pair[0];
    registers->value[LW_RIP] = pair[1];
    registers->value[LW_RSP] = frame + sizeof(pair);
    return 1;
}

/* Moves to the caller's frame; 0: there is none. */
static int
step(struct lw_native_walk *walk)
{
    struct lw_registers *registers = &walk->registers;
    uintptr_t pc = registers->value[LW_RIP], sp = registers->value[LW_RSP];
    int was_interrupted = walk->interrupted;
    walk->interrupted = 0;
    if (!lw_is_executable(&walk->files, pc)) {
        return was_interrupted && pop_return_address(walk);
    }
    uintptr_t looked_up = was_interrupted ? pc : pc - 1;
    const struct lw_file *file = lw_file_at(&walk->files, looked_up);
    int stepped = 0, signal_frame = 0;
    if (file && file->eh_frame_hdr) {
        stepped =
            lw_cfi_step(file->eh_frame_hdr, looked_up, walk->memory, registers, &signal_frame);
        if (stepped == 0) { /* a trampoline of a signal is found by its own address only */
            stepped = lw_cfi_step(file->eh_frame_hdr, pc, walk->memory, registers, &signal_frame);
        }
    }
    if (stepped == 0) {
        stepped = follow_frame_pointer(walk);
    }
    walk->interrupted = signal_frame;
    return stepped == 1 && registers->value[LW_RIP] != 0 &&
           (signal_frame || registers->value[LW_RSP] > sp);
}

static void
find_symbols(struct lw_native_walk *walk)
{
    struct lw_sought sought[LW_NATIVE_BATCH];
    const struct lw_file *files[LW_NATIVE_BATCH];
    int count = 0;
    for (int i = 0; i < walk->count; i++) {
        struct lw_found_frame *frame = &walk->frames[i];
        int at = frame->file ? count++ : -1;
        for (; at > 0 && sought[at - 1].address > frame->looked_up; at--) {
            sought[at] = sought[at - 1];
            files[at] = files[at - 1];
        }
        if (at >= 0) {
            sought[at] = (struct lw_sought){frame->looked_up, &frame->symbol};
            files[at] = frame->file;
        }
    }
    for (int first = 0, end; first < count; first = end) { /* sorted: each file's are together */
        for (end = first + 1; end < count && files[end] == files[first];) {
            end++;
        }
        lw_symbols_find(&walk->room, files[first], walk->memory, sought + first, end - first);
    }
}

static void
collect(struct lw_native_walk *walk)
{
    walk->count = walk->next = 0;
    while (!walk->ended && walk->count < LW_NATIVE_BATCH) {
        struct lw_found_frame *frame = &walk->frames[walk->count++];
        uintptr_t pc = walk->registers.value[LW_RIP];
        *frame = (struct lw_found_frame){.pc = pc, .low = walk->registers.value[LW_RSP]};
        frame->looked_up = walk->interrupted ? pc : pc - 1;
        frame->file = lw_file_at(&walk->files, frame->looked_up);
        walk->ended = !step(walk);
        frame->high = walk->ended ? frame->low : walk->registers.value[LW_RSP];
    }
    find_symbols(walk);
}

struct lw_native_walk *
lw_native_walk_create(void)
{
    void *walk = mmap(NULL, sizeof(struct lw_native_walk), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return walk == MAP_FAILED ? NULL : walk;
}

int
lw_native_begin(struct lw_native_walk *walk, struct lw_memory *memory, const void *context)
{
    if (!walk) {
        return 0;
    }
    walk->memory = memory;
    lw_files_begin(&walk->files, memory);
    registers_of(context, &walk->registers);
    walk->interrupted = 1;
    walk->ended = walk->count = walk->next = 0;
    return 1;
}

int
lw_native_next(struct lw_native_walk *walk, struct lw_native_frame *frame)
{
    if (walk->next == walk->count) {
        collect(walk);
        if (walk->count == 0) {
            return 0;
        }
    }
    const struct lw_found_frame *found = &walk->frames[walk->next++];
    *frame = (struct lw_native_frame){.pc = found->pc,
                                      .low = found->low,
                                      .high = found->high,
                                      .file = found->file,
                                      .symbol =
                                          lw_symbol_name(&walk->room, &found->symbol, walk->memory),
                                      .symbol_start = found->symbol.start};
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
