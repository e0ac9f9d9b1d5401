# SPDX-License-Identifier: GPL-2.0-only
"""What the profiles of the rows do, as `kickstand kernels --json` tells it: rules of the comparison
and of the instrument's build ask for what they depend on, not for a version."""
import json
import subprocess

# whose build lost scx_bpf_create_dsq(): their rows were made without user DSQs
WITHOUT_DSQ = ('7.1.13',)


FACTS = {}      # release or name: {behaviour: value}
TYPES = {}      # release or name: types and members that it has


def read(kickstand):
    text = subprocess.run([kickstand, 'kernels', '--json'], capture_output=True, text=True,
                          check=True).stdout
    doc = json.loads(text)
    for k in doc['kernels']:
        facts = {b['name']: b[k['name']] for b in doc['behaviours']}
        types = {t['name'] for t in doc['types'] if k['name'] in t['kernels']}
        for name in (k['name'], k['release']):
            FACTS[name], TYPES[name] = facts, types


def does(kernel, behaviour):
    return FACTS[kernel][behaviour]


def has_type(kernel, name):
    """of what not all kernels have"""
    return name in TYPES[kernel]


def defines(kernel):
    """how the instrument is compiled for it"""
    out = []
    if does(kernel, 'old_enable_names'):
        return ['-DK612']       # as its source calls what has the first names of everything
    if not has_type(kernel, 'sched_ext_ops.cgroup_set_idle'):
        out.append('-DNO_SET_IDLE')
    if not does(kernel, 'kfunc_raw_tp'):
        out.append('-DNO_RAWTP')
    if not does(kernel, 'syscalls_sleep_by_name'):
        out.append('-DNO_TPSLEEP')
    if has_type(kernel, 'sched_ext_ops.sub_attach'):
        out.append('-DHAVE_SUB')
    if has_type(kernel, 'sched_ext_ops.sub_ecaps_updated'):
        out.append('-DHAVE_ECAPS')
    if has_type(kernel, 'sched_ext_ops_cid'):
        out.append('-DHAVE_CID')
    return out
