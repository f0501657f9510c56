#include "modules.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
    MODULE_LIMIT = 512,      /* large programs map 300 libraries */
    RANGE_LIMIT = 1024,      /* executable mappings */
    PATH_POOL = 64 * 1024,   /* all paths together */
    LINE_LIMIT = 4096 + 128, /* PATH_MAX and the columns before the path */
    HEADER_LIMIT = 64,       /* program headers looked at in one file */
    DYNAMIC_LIMIT = 256,     /* entries of a dynamic section */
    SYMBOL_LIMIT = 1 << 18,  /* symbols of one file */
    SYMBOL_BATCH = 128,      /* symbols read at once */
    BUCKET_BATCH = 256,      /* of a hash table, read at once */
    BUCKET_LIMIT = 1 << 17,
    CHAIN_LIMIT = 1 << 12,
    NAME_LIMIT = 256,
};

struct range {
    uintptr_t low;
    uintptr_t high;
};

static struct lw_module modules[MODULE_LIMIT];
static int module_count;
static struct range executable[RANGE_LIMIT];
static int executable_count;
static char paths[PATH_POOL];
static size_t paths_used;

struct line {
    uintptr_t low;
    uintptr_t high;
    int is_executable;
    uintptr_t offset;
    const char *path;
    size_t path_length;
};

static const char *
parse_hex(const char *at, uintptr_t *value)
{
    uintptr_t sum = 0;
    for (;; at++) {
        char c = *at;
        if (c >= '0' && c <= '9') {
            sum = sum << 4 | (uintptr_t)(c - '0');
        }
        else if (c >= 'a' && c <= 'f') {
            sum = sum << 4 | (uintptr_t)(c - 'a' + 10);
        }
        else {
            break;
        }
    }
    *value = sum;
    return at;
}

/* "low-high rwxp offset dev inode      path"; `text` ends with a 0 byte. */
static int
parse_line(const char *text, struct line *out)
{
    const char *at = parse_hex(text, &out->low);
    if (*at++ != '-') {
        return 0;
    }
    at = parse_hex(at, &out->high);
    if (*at++ != ' ' || strlen(at) < 5) {
        return 0;
    }
    out->is_executable = at[2] == 'x';
    at = parse_hex(at + 5, &out->offset);
    for (int column = 0; column < 2; column++) { /* device, inode */
        while (*at == ' ') {
            at++;
        }
        while (*at && *at != ' ') {
            at++;
        }
    }
    while (*at == ' ') {
        at++;
    }
    out->path = at;
    out->path_length = strlen(at);
    return 1;
}

static int
same_path(const struct lw_module *module, const struct line *line)
{
    return strncmp(module->path, line->path, line->path_length) == 0 &&
           module->path[line->path_length] == 0;
}

static void
add_line(const struct line *line)
{
    if (line->is_executable && executable_count < RANGE_LIMIT) {
        executable[executable_count++] = (struct range){line->low, line->high};
    }
    if (line->path_length == 0 || (line->path[0] == '[' && strcmp(line->path, "[vdso]") != 0)) {
        return;
    }
    if (module_count > 0 && line->offset != 0 && same_path(&modules[module_count - 1], line)) {
        modules[module_count - 1].high = line->high;
        return;
    }
    if (line->offset != 0 || module_count == MODULE_LIMIT ||
        paths_used + line->path_length + 1 > PATH_POOL) {
        return;
    }
    char *path = paths + paths_used;
    memcpy(path, line->path, line->path_length + 1);
    paths_used += line->path_length + 1;
    modules[module_count++] =
        (struct lw_module){.low = line->low, .high = line->high, .path = path};
}

/* Fills bias and the addresses of the tables from the ELF header in memory. */
static int
read_headers(struct lw_module *module, lw_peek_fn peek)
{
    Elf64_Ehdr header;
    if (!peek(module->low, &header, sizeof(header)) ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_phentsize != sizeof(Elf64_Phdr)) {
        return 0;
    }
    int have_bias = 0;
    uintptr_t dynamic = 0, eh_frame_hdr = 0;
    for (int i = 0; i < header.e_phnum && i < HEADER_LIMIT; i++) {
        Elf64_Phdr segment;
        if (!peek(module->low + header.e_phoff + (size_t)i * sizeof(segment), &segment,
                  sizeof(segment))) {
            return 0;
        }
        if (segment.p_type == PT_LOAD && !have_bias) {
            module->bias = module->low - (segment.p_vaddr & ~(uintptr_t)4095);
            have_bias = 1;
        }
        else if (segment.p_type == PT_DYNAMIC) {
            dynamic = segment.p_vaddr;
        }
        else if (segment.p_type == PT_GNU_EH_FRAME) {
            eh_frame_hdr = segment.p_vaddr;
        }
    }
    module->dynamic = dynamic ? dynamic + module->bias : 0;
    module->eh_frame_hdr = eh_frame_hdr ? eh_frame_hdr + module->bias : 0;
    return have_bias;
}

/* Hands each complete line of the file to add_line(); a line longer than the buffer is left out. */
static void
read_lines(int fd)
{
    static char text[LINE_LIMIT];
    size_t have = 0;
    for (;;) {
        ssize_t got = read(fd, text + have, sizeof(text) - have);
        if (got <= 0) {
            return;
        }
        have += (size_t)got;
        char *start = text, *end;
        while ((end = memchr(start, '\n', have - (size_t)(start - text))) != NULL) {
            struct line line;
            *end = 0;
            if (parse_line(start, &line)) {
                add_line(&line);
            }
            start = end + 1;
        }
        have -= (size_t)(start - text);
        memmove(text, start, have);
        if (have == sizeof(text)) {
            have = 0;
        }
    }
}

int
lw_modules_load(lw_peek_fn peek)
{
    module_count = executable_count = 0;
    paths_used = 0;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    read_lines(fd);
    close(fd);
    int kept = 0;
    for (int i = 0; i < module_count; i++) {
        if (read_headers(&modules[i], peek)) {
            modules[kept++] = modules[i];
        }
    }
    module_count = kept;
    return kept;
}

const struct lw_module *
lw_module_at(uintptr_t address)
{
    for (int i = 0; i < module_count; i++) {
        if (address >= modules[i].low && address < modules[i].high) {
            return &modules[i];
        }
    }
    return NULL;
}

int
lw_is_executable(uintptr_t address)
{
    for (int i = 0; i < executable_count; i++) {
        if (address >= executable[i].low && address < executable[i].high) {
            return 1;
        }
    }
    return 0;
}

struct symbol_table {
    uintptr_t symbols;
    uintptr_t names;
    uintptr_t hash;
    uintptr_t gnu_hash;
};

/* The loader rewrites these pointers to addresses in most files, but not in read-only ones. */
static uintptr_t
relocated(const struct lw_module *module, uintptr_t value)
{
    return value < module->low ? value + module->bias : value;
}

static int
read_dynamic(const struct lw_module *module, lw_peek_fn peek, struct symbol_table *out)
{
    *out = (struct symbol_table){0, 0, 0, 0};
    for (int i = 0; module->dynamic && i < DYNAMIC_LIMIT; i++) {
        Elf64_Dyn entry;
        if (!peek(module->dynamic + (size_t)i * sizeof(entry), &entry, sizeof(entry)) ||
            entry.d_tag == DT_NULL) {
            break;
        }
        uintptr_t value = relocated(module, entry.d_un.d_ptr);
        if (entry.d_tag == DT_SYMTAB) {
            out->symbols = value;
        }
        else if (entry.d_tag == DT_STRTAB) {
            out->names = value;
        }
        else if (entry.d_tag == DT_HASH) {
            out->hash = value;
        }
        else if (entry.d_tag == DT_GNU_HASH) {
            out->gnu_hash = value;
        }
    }
    return out->symbols && out->names && (out->hash || out->gnu_hash);
}

/* The GNU table doesn't say how many symbols there are: the last chain ends with the last one. */
static uint32_t
count_by_gnu_hash(uintptr_t table, lw_peek_fn peek)
{
    uint32_t head[4]; /* buckets, first symbol, bloom words, shift */
    if (!peek(table, head, sizeof(head)) || head[0] > BUCKET_LIMIT) {
        return 0;
    }
    uintptr_t buckets = table + sizeof(head) + (uintptr_t)head[2] * sizeof(uint64_t);
    uint32_t last = 0;
    for (uint32_t i = 0; i < head[0]; i += BUCKET_BATCH) {
        static uint32_t firsts[BUCKET_BATCH];
        uint32_t size = head[0] - i < BUCKET_BATCH ? head[0] - i : BUCKET_BATCH;
        if (!peek(buckets + (uintptr_t)i * 4, firsts, size * sizeof(firsts[0]))) {
            return 0;
        }
        for (uint32_t j = 0; j < size; j++) {
            last = firsts[j] > last ? firsts[j] : last;
        }
    }
    if (last < head[1]) {
        return head[1];
    }
    uintptr_t chains = buckets + (uintptr_t)head[0] * 4;
    for (int i = 0; i < CHAIN_LIMIT; i++, last++) {
        uint32_t hash;
        if (!peek(chains + (uintptr_t)(last - head[1]) * 4, &hash, sizeof(hash))) {
            return 0;
        }
        if (hash & 1) {
            return last + 1;
        }
    }
    return 0;
}

static uint32_t
count_symbols(const struct symbol_table *table, lw_peek_fn peek)
{
    uint32_t count = 0;
    if (table->hash) {
        uint32_t head[2];
        count = peek(table->hash, head, sizeof(head)) ? head[1] : 0;
    }
    else {
        count = count_by_gnu_hash(table->gnu_hash, peek);
    }
    return count < SYMBOL_LIMIT ? count : SYMBOL_LIMIT;
}

static int
covers(const Elf64_Sym *symbol, uintptr_t offset)
{
    unsigned type = ELF64_ST_TYPE(symbol->st_info);
    return symbol->st_shndx != SHN_UNDEF && symbol->st_shndx != SHN_ABS &&
           (type == STT_FUNC || type == STT_NOTYPE || type == STT_GNU_IFUNC) &&
           symbol->st_value <= offset &&
           (symbol->st_size == 0 ? symbol->st_value == offset
                                 : offset - symbol->st_value < symbol->st_size);
}

/* Reads the name byte by byte at the end of a page, in pieces elsewhere. */
static const char *
read_name(uintptr_t address, lw_peek_fn peek)
{
    static char name[NAME_LIMIT];
    size_t have = 0;
    while (have < sizeof(name) - 1) {
        size_t piece = 16 - (address + have) % 16;
        if (piece > sizeof(name) - 1 - have) {
            piece = sizeof(name) - 1 - have;
        }
        if (!peek(address + have, name + have, piece)) {
            break;
        }
        if (memchr(name + have, 0, piece)) {
            return name;
        }
        have += piece;
    }
    name[have] = 0;
    return name;
}

static void
learn_symbols(struct lw_module *module, lw_peek_fn peek)
{
    struct symbol_table table;
    module->symbols_known = 1;
    if (read_dynamic(module, peek, &table)) {
        module->symbols = table.symbols;
        module->names = table.names;
        module->symbol_count = count_symbols(&table, peek);
    }
}

int
lw_module_symbol(const struct lw_module *given, uintptr_t address, lw_peek_fn peek,
                 struct lw_symbol *out)
{
    static Elf64_Sym batch[SYMBOL_BATCH];
    struct lw_module *module = &modules[given - modules];
    Elf64_Sym best = {0};
    int found = 0;

    *out = (struct lw_symbol){"", 0};
    if (!module->symbols_known) {
        learn_symbols(module, peek);
    }
    uintptr_t offset = address - module->bias;
    for (uint32_t first = 0; first < module->symbol_count; first += SYMBOL_BATCH) {
        uint32_t left = module->symbol_count - first;
        uint32_t size = left < SYMBOL_BATCH ? left : SYMBOL_BATCH;
        if (!peek(module->symbols + (uintptr_t)first * sizeof(batch[0]), batch,
                  size * sizeof(batch[0]))) {
            break;
        }
        for (uint32_t i = 0; i < size; i++) {
            if (batch[i].st_value <= offset && covers(&batch[i], offset) &&
                (!found || batch[i].st_value > best.st_value)) {
                best = batch[i];
                found = 1;
            }
        }
    }
    if (!found) {
        return 0;
    }
    out->name = read_name(module->names + best.st_name, peek);
    out->start = best.st_value + module->bias;
    return out->name[0] != 0;
}
