/* fuzz_walk.c: arbitrary bytes as memory under the walker, the decoder and the text dump.
 *
 * LLVMFuzzerTestOneInput() takes the bytes as they are: the first chooses the version, the rest is
 * the memory, at address BASE.  With -DSTANDALONE a main() makes inputs by itself: it builds an
 * interpreter of each version that can be walked (so that the walk gets far), then breaks it in a few
 * places: `fuzz_walk SECONDS SEED`.  It prints how many inputs it tried and how many frames were seen;
 * sanitizers do the rest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump/dump_text.h"

enum {
    BASE = 0x10000,
    FIRST_VERSION = 0x030b,
    VERSIONS = 5,
    RUNTIME = 0, /* offsets in the image */
    INTERPRETER = 0x1000,
    GIL = 0x4000,
    THREADS = 0x5000,
    THREAD_STEP = 0x400,
    FRAMES = 0x7000,
    FRAME_STEP = 0x80,
    CODES = 0xA000,
    CODE_STEP = 0x400,
    TEXTS = 0xC000,
    TYPES = 0xE000,
    IMAGE = 0x10000,
    THREAD_COUNT = 3,
    FRAME_COUNT = 6,
    CODE_COUNT = 4,
};

static struct lw_dump *dump;
static unsigned long frames_seen;

static void
walk_all(struct lw_target *target)
{
    struct lw_threads threads;
    struct lw_thread thread;
    struct lw_position position;
    if (!lw_threads_begin(&threads, target, 0, 0)) {
        return;
    }
    while (lw_threads_next(&threads, &thread)) {
        struct lw_frames frames;
        struct lw_frame frame;
        struct lw_code code;
        struct lw_text text;
        lw_frames_begin(&frames, target, thread.first_frame);
        while (lw_frames_next(&frames, &frame)) {
            if (frame.state == LW_FRAME_PYTHON && lw_code_read(target, frame.code, &code)) {
                (void)lw_code_position(target, &code, frame.instruction, &position);
                (void)lw_text_read(target, code.qualname, &text);
                frames_seen++;
            }
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct lw_dump_options options = {.all_threads = 1, .hint.native = 7};
    if (size < 2) {
        return 0;
    }
    if (dump == NULL) {
        dump = lw_dump_create();
    }
    options.max_threads = bytes[0] & 16 ? 2 : 0;
    options.current_first = bytes[0] & 32 ? 1 : 0;
    lw_dump_begin(dump, -1, 0);
    lw_memory_begin_image(&dump->session.memory, BASE, bytes + 1, size - 1);
    dump->session.names.pid = 0;
    dump->session.target =
        (struct lw_target){.memory = &dump->session.memory, .runtime = BASE + RUNTIME};
    dump->session.target.layout = *lw_layout_of_version(FIRST_VERSION + (bytes[0] & 15) % VERSIONS);
    walk_all(&dump->session.target);
    lw_dump_threads(dump, &options);
    dump->session.sink.used = dump->session.sink.whole = 0;
    (void)lw_layout_find(&dump->session.memory, BASE + RUNTIME, 0, &dump->session.target.layout);

    struct lw_position position;
    (void)lw_linetable_find(bytes + 1, size - 1, bytes[0], bytes[size - 1] * 8, &position);
    return 0;
}

#ifdef STANDALONE

#include <time.h>

static uint64_t seed;

static uint32_t
draw(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

static void
put(uint8_t *image, uint64_t at, uint64_t value, size_t size)
{
    if (at + size <= IMAGE) {
        memcpy(image + at, &value, size);
    }
}

static void
make_objects(uint8_t *image, const struct lw_layout *at)
{
    static const char *type_names[] = {"code", "str", "bytes"};
    for (int i = 0; i < 3; i++) {
        put(image, TYPES + 0x400 * i + at->type_name, BASE + TYPES + 0x400 * i + 0x300, 8);
        strcpy((char *)image + TYPES + 0x400 * i + 0x300, type_names[i]);
    }
    for (int i = 0; i < CODE_COUNT; i++) {
        uint64_t code = CODES + CODE_STEP * (uint64_t)i, text = TEXTS + 0x400 * (uint64_t)i;
        uint64_t table = text + 0x200;
        put(image, code + at->object_type, BASE + TYPES, 8);
        put(image, code + at->variable_size, 40, 8);
        put(image, code + at->code_filename, BASE + text, 8);
        put(image, code + at->code_name, BASE + text, 8);
        put(image, code + at->code_qualname, BASE + text, 8);
        put(image, code + at->code_linetable, BASE + table, 8);
        put(image, code + at->code_first_line, 10 + (uint64_t)i, 4);
        put(image, text + at->object_type, BASE + TYPES + 0x400, 8);
        put(image, text + at->text_length, 20, 8);
        /* kind 1, 2, 4; compact; the first is ASCII */
        uint32_t kind = 1u << i % 3;
        put(image, text + at->text_state,
            kind << at->text_kind_shift | 1u << at->text_compact_shift |
                (i == 0 ? 1u << at->text_ascii_shift : 0),
            4);
        memset(image + text + at->text_compact_start, 'a' + i, 80);
        put(image, table + at->object_type, BASE + TYPES + 0x800, 8);
        put(image, table + at->variable_size, 100, 8);
        for (uint32_t j = 0; j < 100; j++) {
            image[table + at->bytes_start + j] = (uint8_t)(j % 3 == 0 ? 0x80 + 8 * (j % 16) : j);
        }
    }
}

static void
make_threads(uint8_t *image, const struct lw_layout *at)
{
    for (int i = 0; i < THREAD_COUNT; i++) {
        uint64_t thread = THREADS + THREAD_STEP * (uint64_t)i;
        uint64_t frame = FRAMES + (uint64_t)i * FRAME_COUNT * FRAME_STEP;
        put(image, thread + at->thread_prev, i > 0 ? BASE + thread - THREAD_STEP : 0, 8);
        put(image, thread + at->thread_next, i + 1 < THREAD_COUNT ? BASE + thread + THREAD_STEP : 0,
            8);
        put(image, thread + at->thread_interpreter, BASE + INTERPRETER, 8);
        put(image, thread + at->thread_native_id, 5 + (uint64_t)i, 8);
        if (at->cframe_frame != LW_ABSENT) {
            put(image, thread + at->thread_frame, BASE + thread + 0x300, 8);
            put(image, thread + 0x300 + at->cframe_frame, BASE + frame, 8);
        }
        else {
            put(image, thread + at->thread_frame, BASE + frame, 8);
        }
        for (int j = 0; j < FRAME_COUNT; j++, frame += FRAME_STEP) {
            uint64_t code = CODES + CODE_STEP * (uint64_t)(j % CODE_COUNT);
            put(image, frame + at->frame_previous,
                j + 1 < FRAME_COUNT ? BASE + frame + FRAME_STEP : 0, 8);
            put(image, frame + at->frame_executable, BASE + code, 8);
            put(image, frame + at->frame_instruction,
                BASE + code + at->code_bytecode + 2 * (uint64_t)j, 8);
            put(image, frame + at->frame_owner, j == 3 ? 3 : 0, 1);
        }
    }
}

/* Structures of real size would need a larger image: those of the interpreter are put closer. */
static void
make_image(uint8_t *image, struct lw_layout *at)
{
    memset(image, 0, IMAGE);
    put(image, RUNTIME + at->runtime_interpreters_head, BASE + INTERPRETER, 8);
    put(image, INTERPRETER + at->interpreter_threads_head, BASE + THREADS, 8);
    put(image, INTERPRETER + at->interpreter_gc + at->gc_collecting, 1, 4);
    if (at->interpreter_gil != LW_ABSENT) {
        put(image, INTERPRETER + at->interpreter_gil, BASE + GIL, 8);
        put(image, GIL + at->gil_locked, 1, 4);
        put(image, GIL + at->gil_last_holder, BASE + THREADS, 8);
    }
    if (at->gc_frame != LW_ABSENT) {
        put(image, INTERPRETER + at->interpreter_gc + at->gc_frame, BASE + FRAMES + FRAME_STEP, 8);
    }
    make_threads(image, at);
    make_objects(image, at);
}

static uint64_t
draw_value(void)
{
    switch (draw(8)) {
    case 0:
        return 0;
    case 1:
        return BASE + 8ull * draw(IMAGE / 8); /* any pointer */
    case 2:
        return BASE + FRAMES + FRAME_STEP * (uint64_t)draw(THREAD_COUNT * FRAME_COUNT);
    case 3:
        return BASE + THREADS + THREAD_STEP * (uint64_t)draw(THREAD_COUNT);
    case 4:
        return draw(256);
    case 5:
        return UINT64_MAX - draw(256);
    case 6:
        return BASE + IMAGE - draw(64); /* the edge */
    default:
        return (uint64_t)draw(1u << 30) << 33 | (uint64_t)draw(1u << 30) << 3;
    }
}

/* A place that matters: within the first bytes of a structure. */
static uint64_t
draw_place(void)
{
    static const uint32_t starts[] = {RUNTIME, INTERPRETER, GIL,   THREADS,
                                      FRAMES,  CODES,       TEXTS, TYPES};
    static const uint32_t sizes[] = {0x400, 0x2800, 0x20, 0xC00, 0x900, 0x1000, 0x1000, 0xC00};
    uint32_t which = draw(8);
    return starts[which] + draw(sizes[which]);
}

int
main(int argc, char **argv)
{
    static uint8_t input[1 + IMAGE], images[VERSIONS][IMAGE];
    int seconds = argc > 1 ? atoi(argv[1]) : 1;
    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    unsigned long count = 0;
    time_t end = time(NULL) + seconds;

    for (uint32_t i = 0; i < VERSIONS; i++) {
        struct lw_layout layout = *lw_layout_of_version(FIRST_VERSION + i);
        make_image(images[i], &layout);
        input[0] = (uint8_t)i;
        memcpy(input + 1, images[i], IMAGE);
        unsigned long before = frames_seen;
        LLVMFuzzerTestOneInput(input, sizeof input);
        if (frames_seen - before != THREAD_COUNT * (FRAME_COUNT - 1)) {
            fprintf(stderr, "version %u: %lu frames in a sound image\n", i, frames_seen - before);
            return 1;
        }
    }
    while (time(NULL) < end) {
        uint32_t version = draw(VERSIONS), changes = 1 + draw(12);
        input[0] = (uint8_t)(version | draw(4) << 4);
        memcpy(input + 1, images[version], IMAGE);
        while (changes-- > 0) {
            uint64_t at = draw_place() & (draw(4) ? ~7ull : ~0ull);
            put(input + 1, at, draw_value(), 1u << draw(4));
        }
        LLVMFuzzerTestOneInput(input, draw(20) ? sizeof input : 1 + draw(IMAGE));
        count++;
    }
    printf("%lu inputs, %lu frames\n", count, frames_seen);
    return 0;
}

#endif
