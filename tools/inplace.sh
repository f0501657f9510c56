#!/usr/bin/env bash
# Build the extension for one interpreter into src/lastwords, for work on the source tree.
#
#   tools/inplace.sh PYTHON
#
# The file's name has the interpreter's ABI tag, so that several versions can be there.
set -euo pipefail
python=${1:?usage: tools/inplace.sh PYTHON}
cd "$(dirname "$0")/.."
tag=$("$python" -c 'import sys; print(sys.implementation.cache_tag)')
cmake -S . -B "build/inplace-$tag" -DPython_EXECUTABLE="$("$python" -c 'import sys; print(sys.executable)')" \
    -DCMAKE_BUILD_TYPE=Release -DLASTWORDS_WERROR=ON > /dev/null
cmake --build "build/inplace-$tag" -j2
cp "build/inplace-$tag"/_native*.so src/lastwords/
