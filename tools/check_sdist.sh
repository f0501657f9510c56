#!/usr/bin/env bash
# Make the source distribution, check its contents, and build a wheel from it alone.
#
#   tools/check_sdist.sh PYTHON
set -euo pipefail
python=${1:?usage: tools/check_sdist.sh PYTHON}
cd "$(dirname "$0")/.."
venv=build/venvs/sdist
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install -qq build
rm -rf build/sdist
"$venv/bin/python" -m build -q --sdist --outdir build/sdist .
archive=$(echo build/sdist/lastwords-*.tar.gz)
strange=$(tar -tzf "$archive" | sed 's,^[^/]*/,,' |
    grep -vE '^(src/(lastwords|native)/.*|CMakeLists.txt|LICENSE|README.md|pyproject.toml|PKG-INFO)$' || true)
if [ -n "$strange" ]; then
    echo "tools/check_sdist.sh: must not be in the source distribution:" $strange >&2
    exit 1
fi
missing=$(git ls-files src 2> /dev/null | grep -vxF "$(tar -tzf "$archive" | sed 's,^[^/]*/,,')" || true)
if [ -n "$missing" ]; then
    echo "tools/check_sdist.sh: missing from the source distribution:" $missing >&2
    exit 1
fi
"$venv/bin/python" -m pip wheel -qq --no-deps -w build/sdist "$archive"
case $(echo build/sdist/*.whl) in
*-none-any.whl)
    echo "tools/check_sdist.sh: the extension does not build from the source distribution" >&2
    exit 1
    ;;
esac
echo "$archive: $(tar -tzf "$archive" | wc -l) files; $(basename build/sdist/*.whl)"
