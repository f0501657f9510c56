#!/usr/bin/env bash
# Run the tests with one interpreter against the installed wheel, never against src/.
#
#   tools/test.sh PYTHON [tests/PATH...] [PYTEST ARGUMENTS...]
#
# The virtual environment is $LASTWORDS_VENV, or one for each version under build/.  The results
# are also written to $LASTWORDS_RESULTS (JUnit's XML) if that is set.
set -euo pipefail
python=${1:?usage: tools/test.sh PYTHON [PYTEST ARGUMENTS]}
shift
repo=$(cd "$(dirname "$0")/.." && pwd)
tag=$("$python" -c 'import sys; print(sys.implementation.cache_tag + sys.abiflags)')
venv=${LASTWORDS_VENV:-$repo/build/venvs/$tag}
case $venv in /*) ;; *) venv=$repo/$venv ;; esac
"$repo/tools/install.sh" "$python" "$venv" test,compat

paths=()
arguments=()
for argument in "$@"; do # an argument that exists in the checkout is a path of tests
    if [ -e "$repo/${argument%%::*}" ]; then
        paths+=("$repo/$argument")
    else
        arguments+=("$argument")
    fi
done
[ "${#paths[@]}" -gt 0 ] || paths=("$repo/tests")

place=$(basename "$venv") # two environments of one version may be tested at the same time
mkdir -p "$repo/build/test-cwd/$place" "$repo/build/test-tmp"
cd "$repo/build/test-cwd/$place"
unset PYTHONPATH
ulimit -S -c 0 # the hard limit stays for the tests that read a core file
exec "$venv/bin/python" -m pytest "${paths[@]}" -c "$repo/pyproject.toml" --rootdir="$repo" \
    -p no:cacheprovider --basetemp="$repo/build/test-tmp/$place" ${LASTWORDS_RESULTS:+--junitxml="$LASTWORDS_RESULTS"} \
    ${arguments[@]+"${arguments[@]}"}
