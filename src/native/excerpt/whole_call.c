/* whole_call.c: lw_excerpt_is_whole_call(); see excerpt.h. */
#include <string.h>

#include "excerpt/excerpt.h"
#include "excerpt/scan.h"

/* Whether a call between `before` and the line's end could be all of a statement's value:
 * 1 `return ` or `name = `; 0 no; unsure if there are parentheses. */
static int
leads_to_value(const char *before, size_t length, int *returns)
{
    const char *p = before;
    const char *end = before + length;
    if (p < end && *p == '(') {
        return memchr(p, '=', length) != NULL ? LW_EXCERPT_UNSURE : 0; /* (name) = f() */
    }
    const char *name_end = lw_scan_name(p, end);
    size_t name_length = (size_t)(name_end - p);
    *returns = name_length == 6 && memcmp(p, "return", 6) == 0;
    if (name_length == 0 || lw_char_is(*p, LW_CHAR_DIGIT) ||
        (!*returns && lw_scan_is_keyword(p, name_length))) {
        return 0;
    }
    if (!*returns && name_length == 9 && memcmp(p, "__debug__", 9) == 0) {
        return LW_EXCERPT_UNSURE;
    }
    const char *rest = lw_scan_spaces(name_end, end);
    if (!*returns) {
        if (rest >= end || *rest != '=') {
            return 0;
        }
        rest = lw_scan_spaces(rest + 1, end);
    }
    if (rest < end) {
        return *rest == '(' ? LW_EXCERPT_UNSURE : 0;
    }
    /* Without a blank: `returnf()` is another name, `return(f)()` isn't. */
    return !*returns || rest > name_end ? 1 : LW_EXCERPT_UNSURE;
}

int
lw_excerpt_is_whole_call(const struct lw_expression *segment, size_t segment_length,
                         const char *before, size_t before_length, const char *behind,
                         size_t behind_length)
{
    int returns = 0;
    if (segment->kind == LW_EXPRESSION_UNSURE) {
        return LW_EXCERPT_UNSURE;
    }
    if (segment->kind != LW_EXPRESSION_CALL || segment->start != 0 ||
        segment->end != segment_length) {
        return 0;
    }
    int leads = leads_to_value(before, before_length, &returns);
    if (leads != 1) {
        return leads;
    }
    if (segment->has_break || (returns && !segment->of_name)) {
        return 0; /* without parentheses, a statement ends with its line */
    }
    const char *end = behind + behind_length;
    behind = lw_scan_spaces(behind, end);
    if (behind == end || *behind == '#') {
        return 1;
    }
    /* More statements, brackets that were opened nowhere, a line that goes on. */
    return *behind == ';' || *behind == ')' || *behind == '\\' ? LW_EXCERPT_UNSURE : 0;
}
