#!/usr/bin/env bash
# Install the package as on a machine without a compiler, and run the tests that apply there.
#
#   tools/test_pure.sh PYTHON [PYTEST ARGUMENTS...]
set -euo pipefail
python=${1:?usage: tools/test_pure.sh PYTHON [PYTEST ARGUMENTS]}
shift
cd "$(dirname "$0")/.."
export LASTWORDS_BUILD=pure LASTWORDS_VENV=$PWD/build/venvs/pure
exec tools/test.sh "$python" -m "not native" "$@"
