#!/usr/bin/env bash
# Run the benchmarks on each interpreter in turn; write the figures as JSON.
#
#   tools/bench.sh [VERSION...] [-- ARGUMENTS OF benchmarks/run.py]
#
# Without versions: 3.11 to 3.15.  Interpreters that this machine lacks come from the Debian
# unstable root (tools/chroot.sh).  The figures are written to build/bench/VERSION.json, from which
# `python benchmarks/report.py build/bench/*.json` writes docs/benchmarks.md.
set -euo pipefail
cd "$(dirname "$0")/.."
versions=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    versions+=("$1")
    shift
done
[ $# = 0 ] || shift
[ "${#versions[@]}" -gt 0 ] || versions=(3.11 3.12 3.13 3.14 3.15)
unset PYTHONDONTWRITEBYTECODE PYTHONPATH # imports are timed with their compiled files
mkdir -p build/bench

missing=()
for version in "${versions[@]}"; do
    enter=()
    if ! python=$(tools/interpreter.sh "$version" 2> /dev/null); then
        python=/usr/bin/python$version
        enter=(tools/chroot.sh run)
    fi
    venv=build/venvs/bench-$version
    if ! ${enter[@]+"${enter[@]}"} tools/install.sh "$python" "$venv" bench; then
        missing+=("$version")
        continue
    fi
    ${enter[@]+"${enter[@]}"} env -u PYTHONDONTWRITEBYTECODE "$venv/bin/python" benchmarks/run.py \
        --json "build/bench/$version.json" "$@"
    echo
done
if [ "${#missing[@]}" -gt 0 ]; then
    echo "tools/bench.sh: not measured, no such interpreter: ${missing[*]}" >&2
    exit 1
fi
