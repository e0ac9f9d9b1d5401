#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A page of the documents, done as its reader would: docs.py PAGE.md

The fenced blocks of a page are, in their order:

    ```c NAME          (or json, yaml, make, sh) the file NAME, as it is
    ```diff NAME       a change of it, for patch(1)
    ```console         commands after `$ `, and below each the lines that it prints

Of the lines that a command prints, `...` alone on a line stands for any number of them, and
within a line for any text; a line that is cut short in the page ends in it. A command of which
nothing is shown may print what it likes. It must end with status 0 if the page does not show
`$ echo $?` next. Other blocks are for readers only. All commands of a page share one shell and
its folder. Prints TAP: a case for each command.
"""
import re
import subprocess
import sys

FENCE = re.compile(r'^```(\w+)? *([\w./-]+)?\n(.*?)^```$', re.M | re.S)
FILES = {'c', 'json', 'yaml', 'make', 'sh'}
MARK = '__end_of_command__'


def commands(block):
    """[(command, [lines shown])] of a console block; a command goes on after a backslash"""
    found = []
    for line in block.splitlines():
        if line.startswith('$ '):
            found.append([line[2:], []])
        elif found and not found[-1][1] and found[-1][0].endswith('\\'):
            found[-1][0] += '\n' + line
        elif found:
            found[-1][1].append(line)
        else:
            raise SystemExit(f'docs.py: a block begins with no command: {line}')
    return found


def fits(shown, printed):
    """whether the lines shown are what was printed, `...` standing for anything"""
    pattern = ''
    for line in shown:
        if line.strip() == '...':
            pattern += r'(?:.*\n)*?'
        else:
            pattern += '.*'.join(re.escape(part.rstrip() if last else part) for part, last in
                                 parts_of(line)) + r'[ \t]*\n'
    return re.fullmatch(pattern, printed)


def parts_of(line):
    parts = line.split('...')
    return [(part, n == len(parts) - 1) for n, part in enumerate(parts)]


class Shell:
    def __init__(self):
        self.process = subprocess.Popen(['sh'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)

    def run(self, command):
        """(status, what it printed)"""
        self.process.stdin.write(f'{command}\nstatus=$?; echo; echo {MARK} $status; (exit $status)\n')
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.startswith(MARK):
                return int(line.split()[1]), ''.join(lines)[:-1]
            lines.append(line)
        raise SystemExit(f'docs.py: the shell ended in: {command}')


def main():
    page = sys.argv[1]
    name = page.rsplit('/', 1)[-1]
    count = failed = 0
    shell = Shell()
    with open(page, encoding='utf-8') as file:
        text = file.read()
    todo = []
    for kind, path, body in FENCE.findall(text):
        if kind == 'console':
            todo += [('run', command, shown) for command, shown in commands(body)]
        elif kind == 'diff' and path:
            todo.append(('patch', path, body))
        elif kind in FILES and path:
            todo.append(('file', path, body))
    for at, (what, command, shown) in enumerate(todo):
        if what == 'file':
            with open(command, 'w', encoding='utf-8') as file:
                file.write(shown)
            continue
        if what == 'patch':
            with open('change.diff', 'w', encoding='utf-8') as file:
                file.write(shown)
            status, printed = shell.run(f'patch -p1 -s {command} change.diff')
            good, told = status == 0, False
        else:
            status, printed = shell.run(command)
            told = at + 1 < len(todo) and todo[at + 1][1] == 'echo $?'
            good = (status == 0 or told) and (not shown or bool(fits(shown, printed)))
        count += 1
        word = command.splitlines()[0]
        if good:
            print(f'ok {count} - {name}: {word}')
            continue
        failed = 1
        print(f'not ok {count} - {name}: {word}')
        print(f'# status {status}; it printed')
        for line in printed.splitlines()[:40]:
            print(f'#   {line}')
    if not count:
        print(f'not ok 1 - {name}: has a command')
        count = failed = 1
    print(f'1..{count}')
    return failed


if __name__ == '__main__':
    sys.exit(main())
