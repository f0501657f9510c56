/* record_native.c: the native frames of the record, with the Python frames that belong to them. */
#include "output/json.h"
#include "record/record_lines.h"
#include "unwind/build_id.h"
#include "unwind/native_stack.h"

static void
put_file(struct lw_session *session, const struct lw_native_frame *frame)
{
    struct lw_sink *sink = &session->sink;
    uint8_t id[LW_BUILD_ID];
    if (frame->file == NULL) {
        lw_json_null(sink, "module");
        return;
    }
    lw_json_text(sink, "module", frame->file->path);
    lw_json_address(sink, "offset", frame->pc - frame->file->bias);
    size_t size = lw_build_id(&session->memory, frame->file, id);
    if (size > 0) {
        lw_json_key(sink, "build_id");
        lw_sink_char(sink, '"');
        for (size_t i = 0; i < size; i++) {
            lw_sink_hex(sink, id[i], 2);
        }
        lw_sink_char(sink, '"');
    }
    if (frame->symbol[0] != '\0') {
        lw_json_text(sink, "symbol", frame->symbol);
        lw_json_number(sink, "symbol_offset", (int64_t)(frame->pc - frame->symbol_start));
    }
}

/* A frame of the interpreter's loop holds, in its part of the stack, the mark of its entry. */
static void
put_python_frames(struct lw_sink *sink, const struct lw_native_frame *frame,
                  const struct lw_record_marks *marks)
{
    for (int i = 0; i < marks->count; i++) {
        const struct lw_record_mark *mark = &marks->marks[i];
        if (mark->address >= frame->low && mark->address < frame->high) {
            lw_json_key(sink, "python_frames");
            lw_sink_char(sink, '[');
            lw_sink_decimal(sink, mark->first);
            lw_sink_char(sink, ',');
            lw_sink_decimal(sink, mark->last);
            lw_sink_char(sink, ']');
            return;
        }
    }
}

void
lw_record_native(struct lw_session *session, const struct lw_record_crash *crash,
                 const struct lw_record_marks *marks)
{
    struct lw_sink *sink = &session->sink;
    struct lw_native_frame frame;
    int index = 0;

    if (!lw_native_begin(crash->walk, &session->memory, crash->context)) {
        return;
    }
    while (index < LW_RECORD_NATIVE && !sink->failed && lw_native_next(crash->walk, &frame)) {
        lw_json_open(sink, "native_frame");
        lw_json_number(sink, "thread", (int64_t)crash->hint.native);
        lw_json_number(sink, "index", index++);
        lw_json_address(sink, "address", frame.pc);
        put_file(session, &frame);
        put_python_frames(sink, &frame, marks);
        lw_json_close(sink);
    }
}
