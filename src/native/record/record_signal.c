/* record_signal.c: the signal, the registers, the C library's message. */
#include "output/json.h"
#include "record/record_lines.h"
#include "unwind/native_stack.h"

struct meaning {
    int signum; /* 0: any */
    int code;
    const char *name;
    const char *words;
};

/* The meanings of si_code (sigaction(2)). */
static const struct meaning meanings[] = {
    {SIGSEGV, SEGV_MAPERR, "SEGV_MAPERR", "address not mapped"},
    {SIGSEGV, SEGV_ACCERR, "SEGV_ACCERR", "access not permitted"},
    {SIGSEGV, SI_KERNEL, "SI_KERNEL", "address that no pointer can have"},
    {SIGBUS, BUS_ADRALN, "BUS_ADRALN", "address not aligned"},
    {SIGBUS, BUS_ADRERR, "BUS_ADRERR", "no memory at this address, e.g. a file that was cut"},
    {SIGBUS, BUS_OBJERR, "BUS_OBJERR", "hardware error"},
    {SIGBUS, BUS_MCEERR_AR, "BUS_MCEERR_AR", "memory error, action required"},
    {SIGBUS, BUS_MCEERR_AO, "BUS_MCEERR_AO", "memory error, action optional"},
    {SIGFPE, FPE_INTDIV, "FPE_INTDIV", "integer division by zero"},
    {SIGFPE, FPE_INTOVF, "FPE_INTOVF", "integer overflow"},
    {SIGFPE, FPE_FLTDIV, "FPE_FLTDIV", "floating-point division by zero"},
    {SIGFPE, FPE_FLTOVF, "FPE_FLTOVF", "floating-point overflow"},
    {SIGFPE, FPE_FLTUND, "FPE_FLTUND", "floating-point underflow"},
    {SIGFPE, FPE_FLTRES, "FPE_FLTRES", "floating-point inexact result"},
    {SIGFPE, FPE_FLTINV, "FPE_FLTINV", "invalid floating-point operation"},
    {SIGILL, ILL_ILLOPC, "ILL_ILLOPC", "illegal instruction"},
    {SIGILL, ILL_ILLOPN, "ILL_ILLOPN", "illegal operand"},
    {SIGILL, ILL_ILLTRP, "ILL_ILLTRP", "illegal trap"},
    {SIGILL, ILL_PRVOPC, "ILL_PRVOPC", "privileged instruction"},
    {0, SI_USER, "SI_USER", "sent by kill()"},
    {0, SI_TKILL, "SI_TKILL", "sent to the thread by tgkill(), as raise() and abort() do"},
    {0, SI_QUEUE, "SI_QUEUE", "sent by sigqueue()"},
    {0, SI_TIMER, "SI_TIMER", "sent by a timer"},
};

static const struct meaning *
meaning_of(const siginfo_t *fault)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (meanings[i].code == fault->si_code &&
            (meanings[i].signum == 0 || meanings[i].signum == fault->si_signo)) {
            return &meanings[i];
        }
    }
    return NULL;
}

static const char *
signal_name(int signum)
{
    switch (signum) {
    case SIGSEGV:
        return "SIGSEGV";
    case SIGBUS:
        return "SIGBUS";
    case SIGFPE:
        return "SIGFPE";
    case SIGILL:
        return "SIGILL";
    case SIGABRT:
        return "SIGABRT";
    default:
        return "unknown";
    }
}

void
lw_record_signal(struct lw_sink *sink, const struct lw_record_crash *crash)
{
    const siginfo_t *fault = crash->fault;
    const struct meaning *meaning = meaning_of(fault);
    const char *name;
    uint64_t value;

    lw_json_open(sink, "signal");
    lw_json_number(sink, "number", fault->si_signo);
    lw_json_text(sink, "name", signal_name(fault->si_signo));
    lw_json_number(sink, "code", fault->si_code);
    if (meaning != NULL) {
        lw_json_text(sink, "code_name", meaning->name);
        lw_json_text(sink, "meaning", meaning->words);
    }
    if (fault->si_code > 0) { /* by the kernel, for what an instruction did */
        lw_json_address(sink, "address", (uint64_t)(uintptr_t)fault->si_addr);
    }
    else {
        lw_json_number(sink, "sender_pid", fault->si_pid);
        lw_json_number(sink, "sender_uid", fault->si_uid);
    }
    lw_json_close(sink);
    if (lw_native_register(crash->context, 0, &name, &value)) {
        lw_json_open(sink, "registers");
        for (int i = 0; lw_native_register(crash->context, i, &name, &value); i++) {
            lw_json_address(sink, name, value);
        }
        lw_json_close(sink);
    }
    if (crash->abort_message_size > 0) {
        lw_json_open(sink, "abort_message");
        lw_json_bytes(sink, "text", crash->abort_message, crash->abort_message_size);
        lw_json_close(sink);
    }
}
