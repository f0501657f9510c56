#!/usr/bin/env bash
# Print the path of an interpreter of this machine that tests and benchmarks can use.
#
#   tools/interpreter.sh VERSION        such as 3.13
#
# Try pyenv's versions, then pythonVERSION on PATH, then python3.  The interpreter must have venv and
# headers, and must not be a free-threaded build.  Fail if there is none.
set -euo pipefail
version=${1:?usage: tools/interpreter.sh VERSION}
root=${PYENV_ROOT:-$HOME/.pyenv}
! command -v pyenv > /dev/null || root=$(pyenv root 2> /dev/null || echo "$root")

usable() { # usable PYTHON: check its version, and that it can make environments and extensions
    "$1" - "$version" > /dev/null 2>&1 <<'PY'
import ensurepip, os, sys, sysconfig, venv
header = os.path.join(sysconfig.get_path("include"), "Python.h")
right = "%d.%d" % sys.version_info[:2] == sys.argv[1] and not sysconfig.get_config_var("Py_GIL_DISABLED")
sys.exit(not (right and os.path.exists(header)))
PY
}

for candidate in "$root/versions/$version".*/bin/python "$root/versions/$version-dev/bin/python" \
    $(type -aP "python$version") "$(command -v python3)"; do
    if [ -x "$candidate" ] && usable "$candidate"; then
        echo "$candidate"
        exit 0
    fi
done
echo "tools/interpreter.sh: no CPython $version with venv and headers in pyenv or on PATH" >&2
exit 1
