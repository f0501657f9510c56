#!/usr/bin/env bash
# Run the linters, the type checker and the layer contracts; print one line for each.
#
#   tools/lint.sh [VENV]        check (VENV: build/venvs/lint)
#   tools/lint.sh --fix [VENV]  first let the tools fix what they can
#
# Every check runs, even if another has failed; the exit status is the number of failed checks.
set -uo pipefail
fix=
[ "${1:-}" != --fix ] || { fix=1; shift; }
cd "$(dirname "$0")/.."
repo=$PWD
venv=${1:-build/venvs/lint}
case $venv in /*) ;; *) venv=$repo/$venv ;; esac
"$repo/tools/install.sh" "${PYTHON:-python3}" "$venv" lint || exit 1
bin=$venv/bin
unset PYTHONPATH
python_dirs=()
for dir in src tests tools demo benchmarks docs; do
    [ ! -d "$dir" ] || python_dirs+=("$dir")
done
c_files=$(find src/native tests -name '*.[ch]')

if [ -n "$fix" ]; then
    "$bin/ruff" check -q --fix "${python_dirs[@]}"
    "$bin/ruff" format -q "${python_dirs[@]}"
    "$bin/clang-format" -i $c_files
fi

failed=0
passed=0
check() { # check NAME COMMAND...
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "ok      $name"
        passed=$((passed + 1))
    else
        echo "FAILED  $name"
        printf '%s\n' "$output" | sed 's/^/        /'
        failed=$((failed + 1))
    fi
}

c_format() { # print what is not formatted; `make format` formats it
    local file status=0
    for file in $c_files; do
        "$bin/clang-format" "$file" | diff -u --label "$file" "$file" --label formatted - |
            head -n 15
        [ "${PIPESTATUS[1]}" = 0 ] || status=1
    done
    return "$status"
}
contracts() { (cd "$repo" && PYTHONPATH=src "$bin/lint-imports" --no-cache); }
stubs() { # run in /, so that the installed package, which has the extension, is imported
    local modules=(_native traceback faulthandler)
    (cd / && "$bin/python" -m mypy.stubtest "${modules[@]/#/lastwords.}" --ignore-missing-stub --ignore-unused-allowlist \
        --mypy-config-file "$repo/tools/stubtest.ini" --allowlist "$repo/tools/stubtest.allow")
}

check "ruff check" "$bin/ruff" check -q --output-format=concise "${python_dirs[@]}"
check "ruff format" "$bin/ruff" format -q --diff "${python_dirs[@]}"
check "mypy --strict" "$bin/mypy"
check "layers (import-linter)" contracts
check "clang-format" c_format
check "native rooms" python3 tools/native_rooms.py
check "stubs (stubtest)" stubs
check "types refuse a wrong use" "$bin/python" tools/check_misuse.py
check "sizes of modules and functions" "$bin/python" tools/check_sizes.py
check "changelog fragments" "$bin/towncrier" build --draft --version 0
echo "$passed checks passed, $failed failed"
exit "$failed"
