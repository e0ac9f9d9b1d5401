#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# truth.sh ROWS [OPTIONS] - what real kernels did, and what the machine does: docs/truth.md
#
# ROWS is in the format of truth.tsv. TRUTH_SRC=DIR says where the instrument's source is, if
# not in the folder src beside ROWS. Ends in "N agree, N disagree, N not runnable".
set -eu

here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo 'usage: truth.sh ROWS [--only REGEX] [-v] [--strict] [--self-test]' >&2; exit 2; }
command -v python3 >/dev/null || { echo 'truth: python3 is missing' >&2; exit 2; }
export PYTHONDONTWRITEBYTECODE=1
exec python3 "$here/truth/truth.py" "$@"
