# SPDX-License-Identifier: GPL-2.0-only
# The program that people copy (examples/embed).
"$EXAMPLES/embed" "$EXAMPLES/embed.bpf.o"
