# SPDX-License-Identifier: GPL-2.0-only
"""The family load.*: each program of l.bpf.c is loaded alone (drv.c:load_exp())."""
import re

import kernels

# the first program of a struct_ops, the prefix of its programs, its map
GROUPS = [('l_cc_init', 'l_cc_', 'lcc'), ('l_ops_core_sched_before', 'l_ops_', 'lops'),
          ('l_sub_attach', 'l_sub_', 'lsub'), ('l_cid_tick', 'l_cid_', 'lcid'),
          ('l_cidok_tick', 'l_cidok_', 'lcidok')]
SCHEDULERS = ('lops', 'lsub', 'lcid', 'lcidok')
NEEDS = {'lsub': 'sched_ext_ops.sub_attach', 'lcid': 'sched_ext_ops_cid',
         'lcidok': 'sched_ext_ops_cid'}


def compiled_in(name, kernel):
    return name not in NEEDS or kernels.has_type(kernel, NEEDS[name])


def scenario_of(row, ident, obj):
    program = row.id[len('load.'):]
    mine = next((name for _, prefix, name in GROUPS if program.startswith(prefix)), None)
    if mine and not compiled_in(mine, row.profile):
        return None
    doc = {'name': ident, 'object': obj, 'kernel': row.profile, 'cpus': 1, 'attach': False,
           'duration': '1ms', 'programs': {'*': False}, 'maps': {}, 'expect': {'load': '*'}}
    group = next((g for g in GROUPS if g[0] == program), None)
    doc['programs'][group[1] + '*' if group else program] = True
    for first, _, name in GROUPS:
        if compiled_in(name, row.profile):
            doc['maps'][name] = first == program
    doc['ops'] = group[2] if group and group[2] in SCHEDULERS else 'lops'
    return doc


# what a verifier says of the call itself; what comes around it is a log of instructions
SENTENCES = re.compile(r'calling kernel function \S+ is not allowed|\S+ is not sleepable|'
                       r'function calls are not allowed while holding a lock')


def compare_load(row, doc):
    """why a row disagrees, [] if it does not"""
    m = re.fullmatch(r'(LOADS|REJECTED) \((-?\d+)\)([^\[]*?)(?: ?verifier: ?([^\[]*))?(\[.*)?',
                     row.effects)
    why = []
    if not m:
        return ['effects: %r is no result of a load' % row.effects]
    error = doc.get('load_error')
    if (m[1] == 'LOADS') != (error is None):
        return ['load: row has %s, run has %s' % (m[1], error or 'LOADS')]
    # "[6.12 config lacks ...: inconclusive]": that kernel's configuration decided, not the rule
    if 'inconclusive' in (m[5] or ''):
        return []
    if int(m[2]) != (doc.get('load_errno') or 0):
        why.append('load: row has errno %s, run has %s' % (m[2], doc.get('load_errno')))
    sentence = SENTENCES.search(m[4] or '')
    if sentence and sentence[0] not in (error or ''):
        why.append('load: row has %r, run has %r' % (sentence[0], error))
    program = row.id[len('load.'):]
    group = next((g for g in GROUPS if g[0] == program), None)
    names = m[3].split()
    if group and (names[:1] != [program] or not all(n.startswith(group[1]) for n in names)):
        why.append('load: row has programs %s, the group is %s*' % (names, group[1]))
    for name, theirs, ours in (('flags', row.flags, '-'), ('state', row.state, '-'),
                               ('exit', row.exit, '-')):
        if theirs != ours:
            why.append('%s: row has %r, run has %r' % (name, theirs, ours))
    return why
