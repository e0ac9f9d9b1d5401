#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""An optimiser that knows nothing of schedulers: golden-section search over one setting, by kickstand serve.

    optimise.py KICKSTAND OBJECT VARIABLE LEAST MOST [FIGURE]

    python3 examples/optimise.py build/kickstand build/examples/central.bpf.o turn_ns 500000 16000000

Each question is one line of JSON on the server's standard input, its answer one line on the output. The
seeds are the same for each value, so the figure is a function of the value alone.
"""
import json
import os
import subprocess
import sys

GOLDEN = (5 ** 0.5 - 1) / 2
kickstand, obj, variable = sys.argv[1:4]
least, most = int(sys.argv[4]), int(sys.argv[5])
figure = sys.argv[6] if len(sys.argv) > 6 else 'all_tasks.wakeup_latency_ns.p99'
server = subprocess.Popen([kickstand, 'serve'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
known = {}


def ask(value):
    """the mean of the figure over some seeds"""
    if value not in known:
        request = {'id': value, 'schedulers': os.path.abspath(obj), 'set': {variable: value}, 'machines': 4,
                   'workloads': 'mixed', 'duration': '50ms', 'seeds': '1..4'}
        server.stdin.write(json.dumps(request) + '\n')
        server.stdin.flush()
        answer = json.loads(server.stdout.readline())
        if 'error' in answer:
            sys.exit(answer['error'])
        values = []
        for run in answer['runs']:
            if run['status'] or run['error']:
                sys.exit(f'{run["command"]}: {run["error"]}')
            v = run['figures']
            for key in figure.split('.'):
                v = v[key]
            values.append(v)
        known[value] = sum(values) / len(values)
        print(f'{variable}={value}: {known[value]:.0f}')
    return known[value]


a, b = least, most
while b - a > max(1, (most - least) // 50):
    x, y = round(b - GOLDEN * (b - a)), round(a + GOLDEN * (b - a))
    if ask(x) <= ask(y):
        b = y
    else:
        a = x
best = min(known, key=known.get)
print(f'best of {len(known)}: {variable}={best}, {figure} {known[best]:.0f}')
server.stdin.close()
sys.exit(server.wait())
