# SPDX-License-Identifier: GPL-2.0-only
"""Rows of truth.tsv."""
import lzma

COLUMNS = ('kernel', 'id', 'prog', 'flags', 'state', 'effects', 'exit', 'timeline', 'log')


class Row:
    def __init__(self, nr, path, fields):
        self.nr = nr        # among all
        self.path = path
        for name, value in zip(COLUMNS, fields):
            setattr(self, name, value)

    @property
    def profile(self):
        """a release is the name of its profile"""
        return self.kernel

    @property
    def name(self):
        return '%s %s' % (self.kernel, self.id)


def opened(path):
    if path.endswith('.xz'):
        return lzma.open(path, 'rt', encoding='utf-8')
    return open(path, encoding='utf-8')


def read(path, before=0):
    """([Row], [complaint]); @before: rows read so far"""
    rows, bad = [], []
    with opened(path) as f:
        for nr, line in enumerate(f, 1):
            fields = line.rstrip('\n').split('\t')
            if not line.strip() or fields[0] == 'kernel':
                continue
            if len(fields) < 7:
                bad.append('%s:%d: %d columns, at least 7 are due' % (path, nr, len(fields)))
                continue
            rows.append(Row(before + len(rows), path, (fields + ['', ''])[:len(COLUMNS)]))
    return rows, bad
