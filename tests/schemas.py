#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""schemas.py - the JSON Schema files against what the repository has of each kind.

    schemas.py ROOT        every example and test file must fit, and wrong ones must not
    schemas.py ROOT KIND FILE...      these must fit
    schemas.py ROOT KIND --not FILE...    these must not

Prints TAP. Debian's python3-jsonschema judges; what the files may have beyond JSON
(comments, a comma before a closing bracket, a key several times) is taken out first.
"""
import glob
import json
import os
import re
import sys
import warnings

try:
    import jsonschema
except ImportError:
    print('1..0 # SKIP python3-jsonschema is not installed')
    sys.exit(0)

warnings.simplefilter('ignore', DeprecationWarning)	# later versions have another resolver
root = sys.argv[1]
schemas = {}
for path in glob.glob(os.path.join(root, 'schemas', '*.schema.json')):
    with open(path) as f:
        schemas[os.path.basename(path)] = json.load(f)


def plain(text):
    """Without comments and trailing commas; strings stay."""
    out = []
    token = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/|,(?=\s*[\]}])|.', re.S)
    for part in token.findall(re.sub(r'\A\ufeff', '', text)):
        out.append('' if part.startswith(('//', '/*')) else part)
    return re.sub(r',(?=\s*[\]}])', '', ''.join(out))


def unique(pairs):
    """A key that comes again gets a suffix, as the reader gives it."""
    o = {}
    for k, v in pairs:
        n = 0
        while (k if not n else f'{k}{n}') in o:
            n += 1
        o[k if not n else f'{k}{n}'] = v
    return o


def read(path):
    with open(path) as f:
        return json.loads(plain(f.read()), object_pairs_hook=unique)


def complaint(kind, value):
    """The first thing that does not fit, or None."""
    schema = schemas[kind + '.schema.json']
    resolver = jsonschema.RefResolver(kind + '.schema.json', schema, store=schemas)
    validator = jsonschema.Draft202012Validator(schema, resolver=resolver)
    error = jsonschema.exceptions.best_match(validator.iter_errors(value))
    return error and f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"


n = 0
failed = False


def case(name, why):
    global n, failed
    n += 1
    print(f"{'not ok' if why else 'ok'} {n} - {name}")
    if why:
        failed = True
        print('# ' + why.replace('\n', '\n# '))


def fits(kind, path):
    try:
        return complaint(kind, read(path))
    except json.JSONDecodeError as e:
        return str(e)


FILES = {
    'scenario': ('examples/*.json', 'tests/scenarios/*/*.json', 'tests/why/*.json',
                 'share/templates/*/scenario.json'),
    'workload': ('examples/workloads/*.json', 'tests/kernel/qmap_pair.json'),
    'plan': ('examples/plans/*.json', 'tests/kills.json'),
    'setup': ('examples/setup/*.json', 'tests/kernel/scx_pair.json', 'tests/kernel/prog_run.json'),
}
# of the kinds above: what the readers refuse, the schemas refuse
WRONG = {
    'scenario': ({'nam': 'x'}, {'cpus': 0}, {'duration': 5}, {'duration': '5 parsecs'},
                 {'tasks': [{'comm': 'a', 'cpus': []}]}, {'tasks': [{'phases': []}]},
                 {'tasks': [{'comm': 'a', 'phases': [{'run': 5}]}]},
                 {'at': [{'time': '1ms', 'dance': 1}]}, {'at': [{'time': '1ms'}]},
                 {'at': [{'hotplug': -1}]}, {'expect': {'events': 'kick'}}, {'expect': {'exit': []}},
                 {'expect': {'verdict': 'good'}}, {'expect': {'verdict': {'kinds': ['hunger']}}}),
    'workload': ({}, {'tasks': []}, {'tasks': {'a': {'policy': 'SCHED_MAGIC'}}},
                 {'tasks': {'a': {'run': '5ms'}}}, {'tasks': {'a': {'loop': -2}}},
                 {'tasks': {'a': {'runs': 1}}}, {'tasks': {}, 'extra': 1},
                 {'global': {'speed': 1}, 'tasks': {'a': {'run': 1}}},
                 {'tasks': {'a': {'wait': {'ref': 'c'}}}}),
    'plan': ({}, {'schedulers': []}, {'schedulers': 'none', 'kernel': '7.3'}, {'schedulers': {'name': 'x'}},
             {'schedulers': {'object': 'a', 'loader': ['b']}}, {'schedulers': 'none', 'seeds': '1-3'},
             {'schedulers': 'a', 'set': {'x': {'from': 1, 'to': 2}}}, {'schedulers': 'a', 'exclude': {}},
             {'schedulers': 'a', 'limits': {'time': 5}}, {'schedulers': 'a', 'machines': 0}),
    'setup': ({'sett': {}}, {'set': []}, {'run': [1]}, {'run': [{'ctx': 1}]}, {'resize': {'a': 0}}),
}

if len(sys.argv) > 4 and sys.argv[3] == '--not':
    for path in sys.argv[4:]:
        case(f'{sys.argv[2]}: {os.path.basename(path)} is refused',
             None if fits(sys.argv[2], path) else 'it is taken')
elif len(sys.argv) > 3:
    for path in sys.argv[3:]:
        case(f'{sys.argv[2]}: {os.path.basename(path)}', fits(sys.argv[2], path))
else:
    for name, schema in sorted(schemas.items()):
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
            case(f'{name} is a schema', None)
        except jsonschema.SchemaError as e:
            case(f'{name} is a schema', str(e))
    for kind, patterns in FILES.items():
        paths = sorted(p for g in patterns for p in glob.glob(os.path.join(root, g)))
        for path in paths:
            case(f'{kind}: {os.path.relpath(path, root)}', fits(kind, path))
        for i, value in enumerate(WRONG[kind]):
            case(f'{kind}: a wrong one is refused ({json.dumps(value)[:60]})',
                 None if complaint(kind, value) else 'it is taken')
print(f'1..{n}')
sys.exit(failed)
