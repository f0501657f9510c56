// terminate.cpp: an exception of C++ that nobody catches, as seen from C.
#include <stdexcept>

extern "C" void
throw_uncaught() noexcept
{
    throw std::runtime_error("nobody catches this");
}
