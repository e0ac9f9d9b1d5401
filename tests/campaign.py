#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""campaign.py - looks into databases of kickstand sweep with Python's own SQLite.

    campaign.py dump FILE             all that is the same wherever it was swept
    campaign.py ask FILE SQL          rows, their columns separated by |
    campaign.py kills N KICKSTAND PLAN    sweep PLAN, killed N times in random places; the seed is KILL_SEED

kills: a reader looks after each kill: the file is whole, each row has all of its parts, and no row that
was there has changed or gone. What the last sweep says it ran is what was not there before; and in the
end the file has what one that was never killed has.
"""
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time

VOLATILE = 'measure'


def connect(path):
    return sqlite3.connect(f'file:{path}?mode=ro', uri=True)


def tables(db):
    return sorted(r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'"))


def dump(path):
    db = connect(path)
    lines = [f'{t}: {row}' for t in tables(db) if t != VOLATILE
             for row in db.execute(f'SELECT * FROM {t} ORDER BY 1, 2')]
    return lines


def look(path):
    """run id: its whole row and its measure, of a file that must be whole"""
    db = connect(path)
    if db.execute('PRAGMA integrity_check').fetchone()[0] != 'ok':
        sys.exit(f'{path} is damaged')
    rows = {}
    for row in db.execute('SELECT run.*, measure.* FROM run LEFT JOIN measure ON run.id = measure.run'
                          ' LEFT JOIN config ON config.id = run.config'):
        if row[10] is None:
            sys.exit(f'run {row[0]} has no measure')
        json.loads(row[9])
        rows[row[0]] = row
    lost = db.execute('SELECT count(*) FROM run WHERE config NOT IN (SELECT id FROM config)').fetchone()[0]
    if lost:
        sys.exit(f'{lost} runs have no configuration')
    return rows


def sweep(kickstand, plan, path):
    return subprocess.Popen([kickstand, 'sweep', plan, '--db', path, '--jobs', '2'],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def whole(kickstand, plan, path):
    begin = time.monotonic()
    p = sweep(kickstand, plan, path)
    said = p.communicate()[0]
    if p.returncode:
        sys.exit(f'sweep: status {p.returncode}: {said}')
    return said, time.monotonic() - begin


def kills(nr, kickstand, plan):
    seed = int(os.environ.get('KILL_SEED', '1'))
    rng = random.Random(seed)
    said, took = whole(kickstand, plan, 'whole.sqlite')
    done = killed = 0
    worst = 0.0
    while killed < nr:
        path = f'killed.{done}.sqlite'
        seen = {}
        while True:
            p = sweep(kickstand, plan, path)
            try:
                p.communicate(timeout=rng.uniform(0, took * 1.1 / 3))
                ended = True
            except subprocess.TimeoutExpired:
                p.send_signal(signal.SIGKILL)
                p.communicate()
                ended = False
                killed += 1
            if os.path.exists(path):
                now = look_if_made(path)
                for run, row in seen.items():
                    if now.get(run) != row:
                        sys.exit(f'{path}: run {run} was {row}, and is {now.get(run)}')
                seen = now
            if ended or killed >= nr:
                break
        began = time.monotonic()
        said = whole(kickstand, plan, path)[0]
        worst = max(worst, time.monotonic() - began)
        rows = look(path)
        counts = re.search(r'; (\d+) are recorded\n(?:.*\n)*(\d+) of (\d+) runs are recorded in .*, (\d+) of them now', said)
        before, all_done, total, ran = map(int, counts.groups())
        if not (before >= len(seen) and before + ran == all_done == total == len(rows)):
            sys.exit(f'{path}: {len(seen)} rows were there; it said: {said}')
        if dump(path) != dump('whole.sqlite'):
            sys.exit(f'{path} is not what one that was never killed is (KILL_SEED={seed})')
        if os.path.exists(path + '.spool'):
            sys.exit(f'{path}.spool is left')
        os.remove(path)
        done += 1
    print(f'{killed} kills of {done} campaigns of {total} runs; uninterrupted it takes {took:.2f} s, '
          f'to end what was killed at most {worst:.2f} s')


def look_if_made(path):
    db = connect(path)
    try:
        made = tables(db)
    except sqlite3.DatabaseError:
        return {}	# killed before its first page
    return look(path) if made else {}


if sys.argv[1] == 'dump':
    print('\n'.join(dump(sys.argv[2])))
elif sys.argv[1] == 'ask':
    for row in connect(sys.argv[2]).execute(sys.argv[3]):
        print('|'.join('' if v is None else str(v) for v in row))
else:
    kills(int(sys.argv[2]), sys.argv[3], sys.argv[4])
