/* shared_lock.h: locks around what all interpreters of the process share.
 *
 * An interpreter's own lock does not keep other interpreters out.  A thread that holds one of these
 * locks must not release the interpreter's.  The child of a fork finds all of them free
 * (process_state.h). */
#ifndef LASTWORDS_SHARED_LOCK_H
#define LASTWORDS_SHARED_LOCK_H

enum lw_shared {
    LW_SHARED_HANDLERS, /* the fault handler, dumps now, dumps on signals */
    LW_SHARED_LATER,    /* the one compatible watchdog */
    LW_SHARED_OUTLETS,  /* the outlets of watchdogs; may be taken within LW_SHARED_LATER */
    LW_SHARED_RECORD,   /* the settings of the record */
    LW_SHARED_SETUP,    /* lw_session_setup(), once */
    LW_SHARED_LOCKS
};

/* Context: any thread. */
void lw_shared_lock(enum lw_shared which);
void lw_shared_unlock(enum lw_shared which);

#endif
