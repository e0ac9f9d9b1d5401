#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""mutants.py - is each deliberate break of the model found?

    mutants.py SRC DIR EXAMPLES TEST_OBJECTS [PATTERN]
    mutants.py --fit SRC                only tell of those whose lines SRC does not have

A copy of SRC is built in DIR once; each of mutants.txt is applied to it, built, run on the
swarm's machines until an assertion or a checker of ours speaks ("bug at FILE"), and taken
back. A break that only shows otherwise (a stall, wrong figures) does not count as found.
Prints TAP.
"""
import fnmatch
import os
import shutil
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
MACHINES = 60
LIMIT_S = 120


def read(path):
    """[(name, about, file, before, after)]"""
    mutants = []
    with open(path) as f:
        blocks = [b for b in f.read().split('\n@ ')[1:]]
    for block in blocks:
        lines = block.rstrip('\n').split('\n')
        name, about = lines[0].split(': ', 1)
        mutants.append((name, about, lines[1], hunks(lines[2:])))
    return mutants


def hunks(lines):
    """A block that changes in several places has a hunk for each run of lines from context
    to context; they are found one after the other."""
    out, before, after, changed = [], [], [], False
    for line in lines:
        mark, text = line[:1], line[1:]
        if mark == '-' and changed == 'end':
            out.append((before, after))
            before, after, changed = [], [], False
        if mark in '- ':
            before.append(text)
        if mark in '+ ':
            after.append(text)
        changed = True if mark in '-+' and mark else 'end' if changed else False
    out.append((before, after))
    return out


def apply(text, parts):
    at = 0
    for before, after in parts:
        b, a = '\n'.join(before), '\n'.join(after)
        if len(parts) == 1 and text.count(b) != 1:
            return None
        i = text.find(b, at)
        if i < 0:
            return None
        text = text[:i] + a + text[i + len(b):]
        at = i + len(a)
    return text


def sh(*args, **kw):
    return subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kw)


def prepare():
    os.makedirs(tree, exist_ok=True)
    files = sh('git', '-C', src, 'ls-files', '-co', '--exclude-standard').stdout.split('\n')
    for f in files:
        if f and os.path.isfile(os.path.join(src, f)):
            to = os.path.join(tree, f)
            os.makedirs(os.path.dirname(to), exist_ok=True)
            if not os.path.exists(to) or open(to, 'rb').read() != open(os.path.join(src, f), 'rb').read():
                shutil.copy2(os.path.join(src, f), to)
    deps = os.environ.get('KICKSTAND_DEPS', os.path.join(src, 'build/deps'))
    if not os.path.exists(os.path.join(build, 'build.ninja')):
        sh('meson', 'setup', build, tree, f'-Ddeps={deps}', '-Doptimization=1', check=True)


def compile_it():
    return sh('ninja', '-C', build, 'kickstand')


def machines():
    env = dict(os.environ, KICKSTAND_SRC=src, EXAMPLES=examples, TEST_OBJECTS=objects,
               KICKSTAND=os.path.join(build, 'kickstand'), SWARM_LIST='1', SWARM_CASES=str(MACHINES))
    return [m.split() for m in sh('sh', os.path.join(src, 'tests/swarm.sh'), env=env).stdout.split('\n') if m]


def find(cases):
    """(where it was found, after how many machines), or (None, how it ended)"""
    ends = {}
    for i, case in enumerate(cases, 1):
        try:
            r = sh(os.path.join(build, 'kickstand'), *case, '--quiet', timeout=LIMIT_S)
            out, status = r.stdout, r.returncode
        except subprocess.TimeoutExpired:
            out, status = '', 'hang'
        at = out.find('bug at ')
        if at >= 0:
            return out[at:].split('\n', 1)[0], i
        ends[status] = ends.get(status, 0) + 1
    return None, ends


def same_machine(cases):
    """Does the copy, which is compiled in another way, do what the build beside EXAMPLES does?"""
    builds = build, os.path.dirname(examples)
    return all(len({sh(os.path.join(b, 'kickstand'), *case, '--quiet', '--hash', '--json', '-').stdout
                    for b in builds}) == 1 for case in cases)


def tell_unfit(of):
    for name, _, path, parts in read(os.path.join(here, 'mutants.txt')):
        with open(os.path.join(of, path)) as f:
            if apply(f.read(), parts) is None:
                print(f'tests/mutants/mutants.txt: {name}: its lines do not stand in {path}, or more than once')


if sys.argv[1] == '--fit':
    tell_unfit(sys.argv[2])
    sys.exit(0)
src, work, examples, objects = (os.path.abspath(p) for p in sys.argv[1:5])
pattern = sys.argv[5] if len(sys.argv) > 5 else '*'
tree, build = os.path.join(work, 'tree'), os.path.join(work, 'build')
prepare()
r = compile_it()
if r.returncode:
    print(r.stdout[-3000:])
    sys.exit(1)
cases = machines()
if not same_machine(cases[:4]):
    print('Bail out! the copy, unbroken, does not run as BUILD/kickstand does')
    sys.exit(1)
n, lost = 0, 0
for name, about, path, parts in read(os.path.join(here, 'mutants.txt')):
    if not fnmatch.fnmatch(name, pattern):
        continue
    n += 1
    path = os.path.join(tree, path)
    with open(path) as f:
        text = f.read()
    changed = apply(text, parts)
    if changed is None:
        where, what = None, 'its lines do not stand in the file, or more than once'
    else:
        with open(path, 'w') as f:
            f.write(changed)
        r = compile_it()
        where, what = find(cases) if not r.returncode else (None, r.stdout[-2000:])
        with open(path, 'w') as f:
            f.write(text)
    lost += not where
    print(f"{'ok' if where else 'not ok'} {n} - {name}: {about}")
    print(f'# machine {what}: {where}' if where else '# ' + str(what).replace('\n', '\n# '), flush=True)
print(f'1..{n}')
sys.exit(lost > 0)
