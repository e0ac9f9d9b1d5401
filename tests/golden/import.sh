# SPDX-License-Identifier: GPL-2.0-only
# Scenarios from debug dumps, and what is said of them.
for kernel in 6.12 6.17 7.3; do
	echo "== $kernel"
	"$KICKSTAND" import - <"$KICKSTAND_SRC/tests/dumps/$kernel.txt"
done
