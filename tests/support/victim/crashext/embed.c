/* embed.c: a program that starts and ends the interpreter several times and runs the code given in
 * its arguments, each in an interpreter of its own. */
#include <Python.h>

int
main(int count, char **arguments)
{
    for (int i = 1; i < count; i++) {
        Py_Initialize();
        int failed = PyRun_SimpleString(arguments[i]);
        Py_Finalize();
        if (failed) {
            return 3;
        }
    }
    return 0;
}
