#include "unwind/loaded_files.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

enum {
    PATH_LIMIT = 4096,   /* bytes of one path */
    PATH_PIECE = 64,     /* read at once; divides a page */
    HEADER_LIMIT = 64,   /* program headers looked at in one file */
    DYNAMIC_LIMIT = 256, /* entries of the program's dynamic section */
};

/* Of the own process; constant while it lives. */
static uintptr_t loader_list; /* struct r_debug; 0: not known */
static uintptr_t program_header;
static char program_path[PATH_LIMIT];

/* -- the loader's list -- */

void
lw_files_learn(void)
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
read_list(struct lw_files *files)
{
    struct r_debug head;
    struct link_map entry;
    files->loaded_count = 0;
    if (!loader_list || !lw_memory_read(files->memory, loader_list, &head, sizeof(head))) {
        return;
    }
    uintptr_t next = (uintptr_t)head.r_map;
    while (next && files->loaded_count < LW_FILES &&
           lw_memory_read(files->memory, next, &entry, sizeof(entry))) {
        files->loaded[files->loaded_count++] =
            (struct lw_loaded){.bias = entry.l_addr, .name = (uintptr_t)entry.l_name};
        next = (uintptr_t)entry.l_next;
    }
}

/* Copies the path at `name` into the pool; NULL if it can't be read, or is neither absolute nor the
 * vDSO's. */
static const char *
keep_path(struct lw_files *files, uintptr_t name)
{
    static const char vdso[] = "linux-vdso"; /* no file */
    char *path = files->paths + files->paths_used;
    size_t have = 0;
    while (have < PATH_LIMIT && files->paths_used + have + PATH_PIECE <= LW_FILE_PATHS) {
        size_t piece = PATH_PIECE - (name + have) % PATH_PIECE;
        if (!lw_memory_read(files->memory, name + have, path + have, piece)) {
            return NULL;
        }
        char *end = memchr(path + have, 0, piece);
        have += piece;
        if (end) {
            files->paths_used += (size_t)(end - path) + 1;
            return path[0] == '/' || strncmp(path, vdso, strlen(vdso)) == 0 ? path : NULL;
        }
    }
    return NULL;
}

/* -- headers -- */

static void
take_segment(struct lw_file *file, const Elf64_Phdr *segment, int *have_bias)
{
    uintptr_t start = segment->p_vaddr, end = start + segment->p_memsz;
    if (segment->p_type == PT_LOAD) {
        if (!*have_bias) {
            file->bias = file->low - (start & ~(uintptr_t)4095);
            *have_bias = 1;
        }
        if ((segment->p_flags & PF_X) && !file->text_high) {
            file->text_low = file->bias + start;
            file->text_high = file->bias + end;
        }
        if (file->bias + end > file->high) {
            file->high = file->bias + end;
        }
    }
    else if (segment->p_type == PT_DYNAMIC) {
        file->dynamic = start;
    }
    else if (segment->p_type == PT_GNU_EH_FRAME) {
        file->eh_frame_hdr = start;
    }
}

/* Fills bias and the addresses of the tables from the ELF header in memory. */
static int
read_headers(struct lw_memory *memory, struct lw_file *file)
{
    Elf64_Ehdr header;
    int have_bias = 0;
    if (!lw_memory_read(memory, file->low, &header, sizeof(header)) ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_phentsize != sizeof(Elf64_Phdr)) {
        return 0;
    }
    for (int i = 0; i < header.e_phnum && i < HEADER_LIMIT; i++) {
        Elf64_Phdr segment;
        if (!lw_memory_read(memory, file->low + header.e_phoff + (size_t)i * sizeof(segment),
                            &segment, sizeof(segment))) {
            return 0;
        }
        take_segment(file, &segment, &have_bias);
    }
    file->dynamic += file->dynamic ? file->bias : 0;
    file->eh_frame_hdr += file->eh_frame_hdr ? file->bias : 0;
    return have_bias;
}

static const struct lw_file *
known_file(const struct lw_files *files, uintptr_t address)
{
    for (int i = 0; i < files->count; i++) {
        if (address >= files->files[i].low && address < files->files[i].high) {
            return &files->files[i];
        }
    }
    return NULL;
}

/* Adds the loaded file that `address` can only be in. */
static void
describe(struct lw_files *files, uintptr_t address)
{
    int best = -1;
    for (int i = 0; i < files->loaded_count; i++) {
        if (files->loaded[i].bias <= address &&
            (best < 0 || files->loaded[i].bias > files->loaded[best].bias)) {
            best = i;
        }
    }
    if (best < 0 || files->loaded[best].described || files->count == LW_FILES) {
        return;
    }
    files->loaded[best].described = 1;
    struct lw_file *file = &files->files[files->count];
    *file = (struct lw_file){.low = best == 0 ? program_header : files->loaded[best].bias};
    file->path = best == 0 ? program_path : keep_path(files, files->loaded[best].name);
    files->count += file->path && file->path[0] && read_headers(files->memory, file);
}

/* -- the kernel's list -- */

static int
take_mapping(void *argument, const struct lw_mapping *mapping)
{
    struct lw_files *files = argument;
    struct lw_file *last = files->last_mapped >= 0 ? &files->files[files->last_mapped] : NULL;
    if ((mapping->access & LW_MAY_EXECUTE) && files->range_count < LW_FILE_RANGES) {
        files->ranges[files->range_count++] = (struct lw_file_range){mapping->low, mapping->high};
    }
    if (mapping->path_length == 0 ||
        (mapping->path[0] == '[' && strcmp(mapping->path, "[vdso]") != 0)) {
        return 1;
    }
    if (last && mapping->offset != 0 && strcmp(last->path, mapping->path) == 0) {
        last->high = mapping->high;
        return 1;
    }
    if (mapping->offset != 0 || files->count == LW_FILES || known_file(files, mapping->low) ||
        files->paths_used + mapping->path_length + 1 > LW_FILE_PATHS) {
        return 1;
    }
    char *path = files->paths + files->paths_used;
    memcpy(path, mapping->path, mapping->path_length + 1);
    files->paths_used += mapping->path_length + 1;
    files->last_mapped = files->count;
    files->files[files->count++] =
        (struct lw_file){.low = mapping->low, .high = mapping->high, .path = path};
    return 1;
}

static void
read_maps_once(struct lw_files *files)
{
    int kept = files->count;
    if (files->maps_were_read) {
        return;
    }
    files->maps_were_read = 1;
    files->last_mapped = -1;
    lw_maps_read(files->line, take_mapping, files);
    for (int i = kept; i < files->count; i++) {
        if (read_headers(files->memory, &files->files[i])) {
            files->files[kept++] = files->files[i];
        }
    }
    files->count = kept;
}

/* -- both -- */

void
lw_files_begin(struct lw_files *files, struct lw_memory *memory)
{
    files->memory = memory;
    files->count = files->range_count = files->maps_were_read = 0;
    files->paths_used = 0;
    read_list(files);
}

const struct lw_file *
lw_file_at(struct lw_files *files, uintptr_t address)
{
    const struct lw_file *file = known_file(files, address);
    if (!file) {
        describe(files, address);
        file = known_file(files, address);
    }
    if (!file) {
        read_maps_once(files);
        file = known_file(files, address);
    }
    return file;
}

int
lw_is_executable(struct lw_files *files, uintptr_t address)
{
    const struct lw_file *file = lw_file_at(files, address);
    if (file && address >= file->text_low && address < file->text_high) {
        return 1;
    }
    read_maps_once(files);
    for (int i = 0; i < files->range_count; i++) {
        if (address >= files->ranges[i].low && address < files->ranges[i].high) {
            return 1;
        }
    }
    return 0;
}
