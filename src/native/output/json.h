/* json.h: JSON, one line an object, written into a sink from a signal handler.
 *
 * Owns the form: commas, quotes, escapes.  Text may hold anything: control
 * characters and lone surrogates are escaped; a byte that is no UTF-8 becomes the escape \udcXX, as
 * Python's surrogateescape has it.
 *
 *     lw_json_open(sink, "process");               {"kind":"process"
 *     lw_json_number(sink, "pid", 12);             ,"pid":12
 *     lw_json_text(sink, "name", "x");             ,"name":"x"
 *     lw_json_close(sink);                         }\n
 */
#ifndef LASTWORDS_JSON_H
#define LASTWORDS_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "output/sink.h"

/* Context: signal handler | any thread.
 * The beginning of a line, with the member "kind", and its end. */
void lw_json_open(struct lw_sink *sink, const char *kind);
void lw_json_close(struct lw_sink *sink);

/* Context: signal handler | any thread.
 * One member of the line's object, after a comma if it is not the first. */
void lw_json_key(struct lw_sink *sink, const char *key);
void lw_json_number(struct lw_sink *sink, const char *key, int64_t value);
void lw_json_boolean(struct lw_sink *sink, const char *key, int value);
void lw_json_null(struct lw_sink *sink, const char *key);
void lw_json_address(struct lw_sink *sink, const char *key, uint64_t value); /* "0x12ab" */
void lw_json_text(struct lw_sink *sink, const char *key, const char *text);  /* up to its NUL */
void lw_json_bytes(struct lw_sink *sink, const char *key, const char *bytes, size_t size);

/* Context: signal handler | any thread.
 * One character inside quotes, escaped if need be. */
void lw_json_character(struct lw_sink *sink, uint32_t character);

/* Context: signal handler | any thread.
 * Bytes that are JSON already, e.g. the rest of an object prepared in advance. */
void lw_json_raw(struct lw_sink *sink, const char *json, size_t size);

#endif
