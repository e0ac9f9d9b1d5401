#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Run the experiments of rows of truth.tsv on the machine and compare.  docs/truth.md says how.

    truth.py ROWS... [--kickstand BIN] [--src DIR] [--work DIR] [--only REGEX] [-v] [--jobs N] [--strict]
             [--self-test]

Prints a line for each row that disagrees or cannot be run, and at last
"N agree, N disagree, N not runnable".  Exit status: 0 the comparison was made (with --strict: and
all agree, else 1); 1 the self-test failed; 2 it could not be made.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

import compare
import families
import kernels
import load
import log
import rows
import scenario
import selftest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
OBJECTS = {'k': ('k.bpf.c', []), 'enqlast': ('k.bpf.c', ['-DENQLAST']), 'l': ('l.bpf.c', [])}


def die(text):
    print('truth: ' + text, file=sys.stderr)
    sys.exit(2)


# ---- the instrument's objects ----

def source_dir(args):
    tried = [d for d in (args.src, os.environ.get('TRUTH_SRC'), os.path.join(HERE, 'src')) if d]
    for d in tried:
        if os.path.exists(os.path.join(d, 'k.bpf.c')):
            return d
    die("the instrument's source k.bpf.c is neither in %s; say where: TRUTH_SRC=DIR"
        % ' nor in '.join(tried))
    return None


def libbpf_headers():
    deps = os.environ.get('KICKSTAND_DEPS') or os.path.join(ROOT, 'build', 'deps')
    return os.path.join(deps, 'libbpf', 'include')


def compiler():
    for cc in (os.environ.get('BPF_CLANG'), 'clang-19', 'clang'):
        if cc and subprocess.run(['sh', '-c', 'command -v ' + cc], stdout=subprocess.DEVNULL,
                                 check=False).returncode == 0:
            return cc
    die('clang-19 is missing; run: sh scripts/setup.sh')
    return None


def objects_of(rows_of_kernel):
    """which of OBJECTS the rows run"""
    out = set()
    for row in rows_of_kernel:
        out.add('l' if row.id.startswith('load.') else
                'enqlast' if row.id.startswith('enqlast.') else 'k')
    return out


def build_objects(args, src, profile, needed):
    """the instrument for one kernel, unmodified: {name: path}"""
    folder = os.path.join(args.work, profile)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'vmlinux.h'), 'w', encoding='utf-8') as f:
        subprocess.run([args.kickstand, 'btf', '--kernel', profile, '--format', 'c'], stdout=f,
                       check=True)
    out, jobs = {}, []
    for name, (source, defines) in OBJECTS.items():
        if name not in needed:
            continue
        out[name] = os.path.join(folder, name + '.bpf.o')
        cmd = [compiler(), '-g', '-O2', '-mcpu=v3', '-target', 'bpf', '-D__TARGET_ARCH_x86',
               '-I' + folder, '-I' + libbpf_headers(), '-I' + src]
        cmd += kernels.defines(profile) + (['-DNO_DSQ'] if profile in kernels.WITHOUT_DSQ else []) + defines
        cmd += ['-c', os.path.join(src, source), '-o', out[name]]
        jobs.append((source, subprocess.Popen(cmd, stderr=subprocess.PIPE, text=True)))
    for source, job in jobs:
        _, err = job.communicate()
        if job.returncode:
            die('%s for %s does not compile:\n%s' % (source, profile, err[:3000]))
    return out


# ---- running ----

def write_scenarios(args, todo):
    files = []
    for ident, doc in todo:
        path = os.path.join(args.work, ident + '.json')
        with open(path, 'w', encoding='utf-8') as f:
            json.dump(doc, f, indent=1)
        files.append(path)
    return files


def run_scenarios(args, files):
    """{scenario's name: what it emitted}, {scenario's name: what the run complained of}"""
    emitted, complaints = {}, {}
    out = os.path.join(args.work, 'emit.jsonl')
    step = 400      # command lines and files have their limits
    for i in range(0, len(files), step):
        cmd = [args.kickstand, 'test', '--emit', out, '--jobs', str(args.jobs)]
        r = subprocess.run(cmd + files[i:i + step], capture_output=True, text=True, check=False)
        if not os.path.exists(out):
            die('kickstand test failed: %s' % (r.stderr or r.stdout)[:2000])
        with open(out, encoding='utf-8') as f:
            for line in f:
                doc = json.loads(line)
                emitted[doc['name']] = doc
        os.remove(out)
        complaints.update(read_tap(r.stdout))
    return emitted, complaints


def read_tap(text):
    """{name: lines under "not ok"}"""
    out, name = {}, None
    for line in text.splitlines():
        m = re.match(r'(not )?ok \d+ - (\S+)', line)
        if m:
            name = m[2] if m[1] else None
            if name:
                out[name] = []
        elif name and len(out[name]) < 6 and line.strip(' #-.'):
            out[name].append(line.strip(' #'))
    return out


class Verdict:
    def __init__(self, row, word, why=()):
        self.row, self.word, self.why = row, word, list(why)

    def line(self):
        return '%s: %s: %s' % (self.row.name, self.word, '; '.join(self.why))


def judge(row, plan, doc, complaint):
    """AGREE, DISAGREE or NOT RUNNABLE"""
    if doc is None:
        return Verdict(row, 'not runnable', complaint or ['no result'])
    if row.id.startswith('load.'):
        why = load.compare_load(row, doc)
        return Verdict(row, 'disagree' if why else 'agree', why)
    if doc.get('load_error'):
        return Verdict(row, 'not runnable', [doc['load_error'].splitlines()[0]])
    outcome = scenario.Outcome(doc)
    if outcome.records is None:
        return Verdict(row, 'disagree', complaint or ['the machine ended before the log was read'])
    records = [log.Record(e) for e in outcome.records]
    report = log.report(records, plan.target, outcome.names, plan.window_us)
    try:
        why = compare.Comparison(row, plan, report, outcome).run()
    except (ValueError, KeyError, IndexError, TypeError) as e:     # not the format of truth.tsv
        return Verdict(row, 'not runnable', ['the row cannot be read: %s' % e])
    return Verdict(row, 'disagree' if why else 'agree', why)


def make_plans(args, wanted, objects):
    """[(row, plan or None)] and the scenarios to run"""
    plans, todo = [], []
    for row in wanted:
        ident = 'row%d' % row.nr
        if row.profile not in objects:
            plans.append((row, None, 'there is no kernel profile %s' % row.profile))
            continue
        if row.id.startswith('load.'):
            doc = load.scenario_of(row, ident, objects[row.profile]['l'])
            plans.append((row, None, None if doc else 'there is no such program'))
        else:
            plan = families.plan(row)
            doc = plan and scenario.scenario(plan, ident, objects[row.profile])
            plans.append((row, plan, None if plan else 'its id is of no known family'))
        if doc:
            todo.append((ident, doc))
    return plans, todo


def judge_all(plans, emitted, complaints):
    out = []
    for row, plan, cannot in plans:
        ident = 'row%d' % row.nr
        if cannot:
            out.append(Verdict(row, 'not runnable', [cannot]))
        else:
            out.append(judge(row, plan, emitted.get(ident), complaints.get(ident)))
    return out


def execute(args, wanted):
    """[Verdict] of [Row]"""
    src = source_dir(args)
    kernels.read(args.kickstand)
    objects = {p: build_objects(args, src, p, objects_of([r for r in wanted if r.profile == p]))
               for p in sorted({r.profile for r in wanted}) if p in kernels.FACTS}
    plans, todo = make_plans(args, wanted, objects)
    emitted, complaints = run_scenarios(args, write_scenarios(args, todo))
    args.keep = (plans, emitted, complaints)
    return judge_all(plans, emitted, complaints)


def self_test(args, verdicts):
    plans, emitted, complaints = args.keep

    def judge_row(row, plan):
        ident = 'row%d' % row.nr
        return judge(row, plan, emitted.get(ident), complaints.get(ident))
    told, missed = selftest.run(verdicts, plans, judge_row)
    for line in missed:
        print('not found: ' + line)
    return 'self-test %s: %d changes of rows, %d not found' % ('failed' if missed else 'passed',
                                                              told, len(missed))


def arguments():
    ap = argparse.ArgumentParser(usage=__doc__.split('\n\n')[1].strip(), add_help=True)
    ap.add_argument('rows', nargs='+')
    ap.add_argument('--kickstand', default=os.path.join(ROOT, 'build', 'kickstand'))
    ap.add_argument('--src', default=None)
    ap.add_argument('--work', default=None)
    ap.add_argument('--only', default=None)
    ap.add_argument('--jobs', type=int, default=os.cpu_count() or 1)
    ap.add_argument('-v', '--verbose', action='store_true')
    ap.add_argument('--self-test', action='store_true')
    ap.add_argument('--strict', action='store_true')
    return ap.parse_args()


def summary(verdicts, bad):
    count = {'agree': 0, 'disagree': 0, 'not runnable': len(bad)}
    for v in verdicts:
        count[v.word] += 1
    return '%d agree, %d disagree, %d not runnable' % (count['agree'], count['disagree'],
                                                       count['not runnable'])


def by_kernel(verdicts):
    out = {}
    for v in verdicts:
        out.setdefault(v.row.kernel, []).append(v)
    return out


def main():
    args = arguments()
    if not os.access(args.kickstand, os.X_OK):
        die('%s is missing; run: make' % args.kickstand)
    wanted, bad = [], []
    for path in args.rows:
        try:
            more, complaints = rows.read(path, len(wanted))
        except OSError as e:
            die('%s: %s' % (path, e.strerror))
        wanted += more
        bad += complaints
    if args.only:
        wanted = [r for r in wanted if re.search(args.only, r.name)]
    with tempfile.TemporaryDirectory(prefix='kickstand-truth-') as tmp:
        args.work = args.work or tmp
        verdicts = execute(args, wanted)
        for line in bad:
            print(line)
        for v in verdicts:
            if v.word != 'agree' or args.verbose:
                print(v.line())
        told = args.self_test and self_test(args, verdicts)
    kinds = by_kernel(verdicts)
    for kernel in kinds if len(kinds) > 1 else ():
        print('%-9s %s' % (kernel, summary(kinds[kernel], [])))
    print(summary(verdicts, bad))
    if told:
        print(told)
        return 1 if told.startswith('self-test failed') else 0
    return 1 if args.strict and (bad or any(v.word != 'agree' for v in verdicts)) else 0


if __name__ == '__main__':
    sys.exit(main())
