#include "unwind/loaded_files.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "system/maps.h"

enum {
    MODULE_LIMIT = 512,    /* large programs map 300 libraries */
    RANGE_LIMIT = 1024,    /* executable mappings */
    PATH_POOL = 64 * 1024, /* all paths together */
    PATH_LIMIT = 4096,     /* one of them */
    PATH_PIECE = 64,       /* read at once; divides a page */
    HEADER_LIMIT = 64,     /* program headers looked at in one file */
    DYNAMIC_LIMIT = 256,   /* entries of the program's dynamic section */
};

struct range {
    uintptr_t low;
    uintptr_t high;
};

struct loaded { /* an entry of the loader's list */
    uintptr_t bias;
    uintptr_t name;
    int described; /* it is among the modules, or can't be */
};

static uintptr_t loader_list; /* struct r_debug; 0: not known */
static uintptr_t program_header;
static char program_path[PATH_LIMIT];

static lw_peek_fn peek;
static struct loaded loaded[MODULE_LIMIT]; /* the program first */
static int loaded_count;
static struct lw_module
    modules[MODULE_LIMIT]; /* those that were asked for, or all that are mapped */
static int module_count;
static int last_mapped; /* the module that the mapping before belongs to; -1: none */
static int maps_were_read;
static struct range executable[RANGE_LIMIT];
static int executable_count;
static char paths[PATH_POOL];
static size_t paths_used;

/* -- the loader's list -- */

void
lw_modules_learn(void)
{
    const Elf64_Phdr *headers = (const Elf64_Phdr *)getauxval(AT_PHDR);
    uintptr_t bias = 0, dynamic = 0;
    if (loader_list || !headers) {
        return;
    }
    for (unsigned long i = 0; i < getauxval(AT_PHNUM); i++) {
        if (headers[i].p_type == PT_PHDR) {
            bias = (uintptr_t)headers - headers[i].p_vaddr;
        }
        else if (headers[i].p_type == PT_DYNAMIC) {
            dynamic = headers[i].p_vaddr;
        }
    }
    const Elf64_Dyn *entry = (const Elf64_Dyn *)(dynamic + bias);
    for (int i = 0; dynamic && i < DYNAMIC_LIMIT && entry->d_tag != DT_NULL; i++, entry++) {
        if (entry->d_tag == DT_DEBUG) {
            loader_list = entry->d_un.d_ptr;
        }
    }
    program_header = (uintptr_t)headers - sizeof(Elf64_Ehdr); /* where all linkers put it */
    ssize_t size = readlink("/proc/self/exe", program_path, sizeof(program_path) - 1);
    program_path[size > 0 ? size : 0] = 0;
    const char *started_as = (const char *)getauxval(AT_EXECFN);
    if (size <= 0 && started_as) { /* without /proc: as it was given to execve(2) */
        strncpy(program_path, started_as, sizeof(program_path) - 1);
    }
}

static void
read_list(void)
{
    struct r_debug head;
    struct link_map entry;
    loaded_count = 0;
    if (!loader_list || !peek(loader_list, &head, sizeof(head))) {
        return;
    }
    uintptr_t next = (uintptr_t)head.r_map;
    while (next && loaded_count < MODULE_LIMIT && peek(next, &entry, sizeof(entry))) {
        loaded[loaded_count++] =
            (struct loaded){.bias = entry.l_addr, .name = (uintptr_t)entry.l_name};
        next = (uintptr_t)entry.l_next;
    }
}

/* Copies the path at `name` into the pool; NULL when it is none that would be understood later. */
static const char *
keep_path(uintptr_t name)
{
    static const char vdso[] = "linux-vdso"; /* no file */
    char *path = paths + paths_used;
    size_t have = 0;
    while (have < PATH_LIMIT && paths_used + have + PATH_PIECE <= PATH_POOL) {
        size_t piece = PATH_PIECE - (name + have) % PATH_PIECE;
        if (!peek(name + have, path + have, piece)) {
            return NULL;
        }
        char *end = memchr(path + have, 0, piece);
        have += piece;
        if (end) {
            paths_used += (size_t)(end - path) + 1;
            return path[0] == '/' || strncmp(path, vdso, strlen(vdso)) == 0 ? path : NULL;
        }
    }
    return NULL;
}

/* -- headers -- */

static void
take_segment(struct lw_module *module, const Elf64_Phdr *segment, int *have_bias)
{
    uintptr_t start = segment->p_vaddr, end = start + segment->p_memsz;
    if (segment->p_type == PT_LOAD) {
        if (!*have_bias) {
            module->bias = module->low - (start & ~(uintptr_t)4095);
            *have_bias = 1;
        }
        if ((segment->p_flags & PF_X) && !module->text_high) {
            module->text_low = module->bias + start;
            module->text_high = module->bias + end;
        }
        if (module->bias + end > module->high) {
            module->high = module->bias + end;
        }
    }
    else if (segment->p_type == PT_DYNAMIC) {
        module->dynamic = start;
    }
    else if (segment->p_type == PT_GNU_EH_FRAME) {
        module->eh_frame_hdr = start;
    }
}

/* Fills bias and the addresses of the tables from the ELF header in memory. */
static int
read_headers(struct lw_module *module)
{
    Elf64_Ehdr header;
    int have_bias = 0;
    if (!peek(module->low, &header, sizeof(header)) ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_phentsize != sizeof(Elf64_Phdr)) {
        return 0;
    }
    for (int i = 0; i < header.e_phnum && i < HEADER_LIMIT; i++) {
        Elf64_Phdr segment;
        if (!peek(module->low + header.e_phoff + (size_t)i * sizeof(segment), &segment,
                  sizeof(segment))) {
            return 0;
        }
        take_segment(module, &segment, &have_bias);
    }
    module->dynamic += module->dynamic ? module->bias : 0;
    module->eh_frame_hdr += module->eh_frame_hdr ? module->bias : 0;
    return have_bias;
}

static const struct lw_module *
known_module(uintptr_t address)
{
    for (int i = 0; i < module_count; i++) {
        if (address >= modules[i].low && address < modules[i].high) {
            return &modules[i];
        }
    }
    return NULL;
}

/* Adds the loaded file that `address` can only be in. */
static void
describe(uintptr_t address)
{
    int best = -1;
    for (int i = 0; i < loaded_count; i++) {
        if (loaded[i].bias <= address && (best < 0 || loaded[i].bias > loaded[best].bias)) {
            best = i;
        }
    }
    if (best < 0 || loaded[best].described || module_count == MODULE_LIMIT) {
        return;
    }
    loaded[best].described = 1;
    struct lw_module *module = &modules[module_count];
    *module = (struct lw_module){.low = best == 0 ? program_header : loaded[best].bias};
    module->path = best == 0 ? program_path : keep_path(loaded[best].name);
    module_count += module->path && module->path[0] && read_headers(module);
}

/* -- the kernel's list -- */

static void
take_mapping(const struct lw_mapping *mapping)
{
    if (mapping->is_executable && executable_count < RANGE_LIMIT) {
        executable[executable_count++] = (struct range){mapping->low, mapping->high};
    }
    if (mapping->path_length == 0 ||
        (mapping->path[0] == '[' && strcmp(mapping->path, "[vdso]") != 0)) {
        return;
    }
    if (last_mapped >= 0 && mapping->offset != 0 &&
        strcmp(modules[last_mapped].path, mapping->path) == 0) {
        modules[last_mapped].high = mapping->high;
        return;
    }
    if (mapping->offset != 0 || module_count == MODULE_LIMIT || known_module(mapping->low) ||
        paths_used + mapping->path_length + 1 > PATH_POOL) {
        return;
    }
    char *path = paths + paths_used;
    memcpy(path, mapping->path, mapping->path_length + 1);
    paths_used += mapping->path_length + 1;
    last_mapped = module_count;
    modules[module_count++] =
        (struct lw_module){.low = mapping->low, .high = mapping->high, .path = path};
}

static void
read_maps_once(void)
{
    int kept = module_count;
    if (maps_were_read) {
        return;
    }
    maps_were_read = 1;
    last_mapped = -1;
    lw_maps_read(take_mapping);
    for (int i = kept; i < module_count; i++) {
        if (read_headers(&modules[i])) {
            modules[kept++] = modules[i];
        }
    }
    module_count = kept;
}

/* -- both -- */

void
lw_modules_begin(lw_peek_fn how)
{
    peek = how;
    module_count = executable_count = maps_were_read = 0;
    paths_used = 0;
    read_list();
}

const struct lw_module *
lw_module_at(uintptr_t address)
{
    const struct lw_module *module = known_module(address);
    if (!module) {
        describe(address);
        module = known_module(address);
    }
    if (!module) {
        read_maps_once();
        module = known_module(address);
    }
    return module;
}

int
lw_is_executable(uintptr_t address)
{
    const struct lw_module *module = lw_module_at(address);
    if (module && address >= module->text_low && address < module->text_high) {
        return 1;
    }
    read_maps_once();
    for (int i = 0; i < executable_count; i++) {
        if (address >= executable[i].low && address < executable[i].high) {
            return 1;
        }
    }
    return 0;
}
