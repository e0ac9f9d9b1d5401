# SPDX-License-Identifier: GPL-2.0-only
# The JSON Schema files fit what is there, and refuse what the readers refuse.
python3 "$KICKSTAND_SRC/tests/schemas.py" "$KICKSTAND_SRC"
