#!/usr/bin/env bash
# Build the wheel with one interpreter and install it into a virtual environment.
#
#   tools/install.sh PYTHON VENV [EXTRA,EXTRA...]
#
# Do nothing if that was done before with the same sources.  LASTWORDS_BUILD is the kind of build:
# `any` (the default: what a user gets), `native` (the extension must be built, and its warnings are
# errors), `pure` (as on a machine without a compiler).
set -euo pipefail
python=${1:?usage: tools/install.sh PYTHON VENV [EXTRAS]}
venv=${2:?usage: tools/install.sh PYTHON VENV [EXTRAS]}
extras=${3:-}
kind=${LASTWORDS_BUILD:-any}
cd "$(dirname "$0")/.."

sources() {
    find src pyproject.toml CMakeLists.txt README.md LICENSE -type f \
        ! -name '*.so' ! -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum
}
wanted=$({ sources; echo "$extras $kind"; "$python" -VV; } | sha256sum)
stamp=$venv/.lastwords-installed
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    exit 0
fi

echo "installing lastwords ($kind${extras:+, extras $extras}) into $venv" >&2
rm -f "$stamp"
if [ ! -x "$venv/bin/python" ]; then
    rm -rf "$venv"
    "$python" -m venv "$venv" || {
        echo "tools/install.sh: $python has no working venv module (Debian: install python3-venv)" >&2
        exit 1
    }
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1
wheels=$venv/wheel
rm -rf "$wheels"
settings=()
case $kind in
native) settings+=(--config-settings=cmake.define.LASTWORDS_WERROR=ON) ;;
pure)
    settings+=("--config-settings=build-dir=$venv/build") # a cached build remembers its compiler
    rm -rf "$venv/build"
    export CC=/nonexistent
    ;;
any) ;;
*)
    echo "tools/install.sh: LASTWORDS_BUILD is any, native or pure, not $kind" >&2
    exit 2
    ;;
esac
log=$venv/build.log
"$venv/bin/python" -m pip wheel -v --no-deps -w "$wheels" "${settings[@]}" . > "$log" 2>&1 || {
    tail -n 60 "$log" >&2
    exit 1
}
wheel=$(echo "$wheels"/lastwords-*.whl)
case $kind:$wheel in
native:*-none-any.whl)
    grep -nE 'error|Error|warning' "$log" | head -n 40 >&2
    echo "tools/install.sh: the extension could not be built (see $log)" >&2
    exit 1
    ;;
pure:*-none-any.whl) ;;
pure:*)
    echo "tools/install.sh: a wheel without a compiler should be pure, not $wheel" >&2
    exit 1
    ;;
esac
"$venv/bin/python" -m pip install -qq --force-reinstall --no-deps "$wheel"
[ -z "$extras" ] || "$venv/bin/python" -m pip install -qq --prefer-binary "$wheel[$extras]"
echo "$wanted" > "$stamp"
