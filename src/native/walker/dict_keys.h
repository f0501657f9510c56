
/* dict_keys.h: the head of a dict's table of keys, the same in CPython 3.11 to 3.15 with the GIL.
 *
 * Asserted in layout_check.c. */
#ifndef LASTWORDS_DICT_KEYS_H
#define LASTWORDS_DICT_KEYS_H

enum {
    LW_KEYS_LOG2_INDEX_BYTES = 9,
    LW_KEYS_KIND = 10,
    LW_KEYS_ENTRIES = 24, /* how many */
    LW_KEYS_INDICES = 32, /* the entries stand behind them */
    LW_KEYS_GENERAL = 0,  /* kind: hash, key, value */
    LW_KEYS_TEXT = 1,     /* key, value */
    LW_KEYS_SPLIT = 2,    /* key, value; the values are elsewhere */
};

#endif
