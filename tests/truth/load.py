# SPDX-License-Identifier: GPL-2.0-only
"""The family load.*: each program of l.bpf.c is loaded alone (drv.c:load_exp())."""
import re

# the first program of a struct_ops, the prefix of its programs, its map
GROUPS = [('l_cc_init', 'l_cc_', 'lcc'), ('l_ops_core_sched_before', 'l_ops_', 'lops'),
          ('l_sub_attach', 'l_sub_', 'lsub'), ('l_cid_tick', 'l_cid_', 'lcid'),
          ('l_cidok_tick', 'l_cidok_', 'lcidok')]
SCHEDULERS = ('lops', 'lsub', 'lcid', 'lcidok')
NOT_ON_612 = ('lsub', 'lcid', 'lcidok')


def scenario_of(row, ident, obj):
    program = row.id[len('load.'):]
    if row.profile == '6.12' and program.startswith(('l_sub_', 'l_cid')):
        return None
    doc = {'name': ident, 'object': obj, 'kernel': row.profile, 'cpus': 1, 'attach': False,
           'duration': '1ms', 'programs': {'*': False}, 'maps': {}, 'expect': {'load': '*'}}
    group = next((g for g in GROUPS if g[0] == program), None)
    doc['programs'][group[1] + '*' if group else program] = True
    for first, _, name in GROUPS:
        if row.profile != '6.12' or name not in NOT_ON_612:
            doc['maps'][name] = first == program
    doc['ops'] = group[2] if group and group[2] in SCHEDULERS else 'lops'
    return doc


def compare_load(row, doc):
    """why a row disagrees, [] if it does not"""
    m = re.match(r'(LOADS|REJECTED) \((-?\d+)\)([^\[]*?)(?:verifier: ([^\[]*))?(\[.*)?$',
                 row.effects)
    if not m:
        return ['effects: %r is no result of a load' % row.effects]
    error = doc.get('load_error')
    if (m[1] == 'LOADS') != (error is None):
        return ['effects: row has %r, run has %s' % (row.effects, error or 'LOADS')]
    return []
