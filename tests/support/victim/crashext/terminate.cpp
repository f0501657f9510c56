// terminate.cpp: an uncaught exception of C++, as seen from C.
#include <stdexcept>

extern "C" void
throw_uncaught() noexcept
{
    throw std::runtime_error("uncaught");
}
