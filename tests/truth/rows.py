# SPDX-License-Identifier: GPL-2.0-only
"""Rows of truth.tsv."""

COLUMNS = ('kernel', 'id', 'prog', 'flags', 'state', 'effects', 'exit', 'timeline', 'log')


class Row:
    def __init__(self, nr, fields):
        self.nr = nr        # line of the file
        for name, value in zip(COLUMNS, fields):
            setattr(self, name, value)

    @property
    def profile(self):
        """6.12.107 is profile 6.12"""
        return '.'.join(self.kernel.split('.')[:2])

    @property
    def name(self):
        return '%s %s' % (self.kernel, self.id)


def read(path):
    """([Row], [complaint])"""
    rows, bad = [], []
    with open(path, encoding='utf-8') as f:
        for nr, line in enumerate(f, 1):
            fields = line.rstrip('\n').split('\t')
            if not line.strip() or fields[0] == 'kernel':
                continue
            if len(fields) < 7:
                bad.append('%s:%d: %d columns, at least 7 are due' % (path, nr, len(fields)))
                continue
            rows.append(Row(nr, (fields + ['', ''])[:len(COLUMNS)]))
    return rows, bad
