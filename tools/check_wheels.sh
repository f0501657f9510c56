#!/usr/bin/env bash
# Check the files of a release: install each wheel that the tests have built, and the source
# distribution, in an empty environment, and use it from another folder.
#
#   tools/check_wheels.sh [VERSION...]     3.11 to 3.15; after tools/test.sh with each
#   tools/check_wheels.sh --use PYTHON FILE   (used internally: check one file)
set -euo pipefail
cd "$(dirname "$0")/.."
repo=$PWD
export PIP_DISABLE_PIP_VERSION_CHECK=1

use() { # use PYTHON FILE
    place=$(mktemp -d)
    trap 'rm -rf "$place"' EXIT
    "$1" -m venv "$place/venv"
    "$place/venv/bin/python" -m pip install -qq "$2"
    cd "$place"
    ulimit -c 0
    cat > fails.py <<'PROGRAM'
import lastwords
from lastwords import faulthandler, traceback
assert lastwords.native_status().present, lastwords.native_status()
assert "site-packages" in lastwords.__file__
try:
    [].push(1)
except AttributeError as error:
    assert "Did you mean '.append'" in traceback.format_exc()
faulthandler.enable()
faulthandler._sigsegv()
PROGRAM
    if "$place/venv/bin/lastwords" run fails.py 2> report.txt; then
        echo "the program did not die" >&2
        return 1
    fi
    grep -q '^Fatal Python error: Segmentation fault$' report.txt && grep -q 'fails.py", line [0-9]* in <module>$' report.txt || {
        cat report.txt >&2
        return 1
    }
}

if [ "${1:-}" = --use ]; then
    use "$2" "$3"
    exit
fi

[ $# -gt 0 ] || set -- 3.11 3.12 3.13 3.14 3.15
files=()
for version; do
    wheel=$(echo "$repo/build/venvs/cpython-${version/./}"/wheel/lastwords-*.whl)
    [ -f "$wheel" ] || {
        echo "tools/check_wheels.sh: no wheel for $version: run tools/test.sh with it first" >&2
        exit 1
    }
    files+=("$wheel")
    if python=$(tools/interpreter.sh "$version"); then
        tools/check_wheels.sh --use "$python" "$wheel"
    else
        tools/chroot.sh run tools/check_wheels.sh --use "/usr/bin/python$version" "$wheel"
    fi
    echo "$(basename "$wheel"): installs and works"
done
tools/check_sdist.sh python3
sdist=$(echo "$repo"/build/sdist/lastwords-*.tar.gz)
tools/check_wheels.sh --use python3 "$sdist"
echo "$(basename "$sdist"): installs and works"
build/venvs/sdist/bin/python -m pip install -qq twine
build/venvs/sdist/bin/python -m twine check --strict "${files[@]}" "$sdist"
