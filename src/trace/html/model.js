/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model.js - what the events come to: who ran where and when, what ran within it, who
 * waited, how long the queues were. All in typed arrays, ordered by time, so that what is
 * in view is found by halving.
 *
 *	M.run[cpu]	slices without gaps: slice i is start[i]..start[i + 1] of task[i]
 *	M.ops[cpu][d]	ops at nesting depth d; M.irqs[cpu] likewise
 *	M.tasks[t]	its slices, as (cpu, i) pairs, and what it waited
 *	M.parts		the time under a scheduler and the time after it, by the rule of
 *			kern/account.h; M.tasks[t].parts[k] has its figures there
 *
 * A wait that goes on as the trace, or a part, ends counts as long as it is.
 */
let M = null;

/* ---- small tools ---- */

/* the first i with a[i] > v */
function upper(a, n, v) {
	let lo = 0, hi = n;
	while (lo < hi) {
		const mid = lo + hi >>> 1;
		if (a[mid] > v)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/* a list of records whose members are numbers, in typed arrays that grow */
class Columns {
	constructor(types) {
		this.n = 0;
		this.room = 16;
		this.names = Object.keys(types);
		for (const name of this.names)
			this[name] = new types[name](this.room);
	}

	add(...values) {
		if (this.n === this.room) {
			this.room *= 2;
			for (const name of this.names) {
				const more = new this[name].constructor(this.room);
				more.set(this[name]);
				this[name] = more;
			}
		}
		for (let i = 0; i < values.length; i++)
			this[this.names[i]][this.n] = values[i];
		return this.n++;
	}
}

const span_list = () => new Columns({ start: Float64Array, end: Float64Array, event: Uint32Array });
const step_list = () => new Columns({ time: Float64Array, value: Float64Array });

/* ---- tasks and lanes ---- */

function tasks_make() {
	return [null].concat(D.tasks.map(text => {
		const dash = text.search(/--?\d+$/), comm = text.slice(0, dash);
		const pid = +text.slice(dash + 1);
		return {
			name: text, comm, pid, idle: pid === 0 || pid === -1,
			stem: comm.replace(/[-/:]*\d*$/, "") || comm,
			runs: new Columns({ cpu: Int32Array, i: Uint32Array, since: Float64Array,
				wakeup: Int32Array }),
			ran: 0, waited: 0, wakeups: 0, longest: 0, latency: [], since: NEVER, wakeup: -1,
			on_cpu: false, parts: [],
		};
	}));
}

/* The CPUs in the order of the lanes, with where groups begin. */
function lanes_make() {
	const cpus = D.cpus.map((place, cpu) => ({ cpu, node: place[0], llc: place[1], core: place[2] }));

	cpus.sort((a, b) => a.node - b.node || a.llc - b.llc || a.core - b.core || a.cpu - b.cpu);
	cpus.forEach((lane, i) => {
		const last = cpus[i - 1];
		lane.new_node = !last || last.node !== lane.node;
		lane.new_llc = lane.new_node || last.llc !== lane.llc;
		lane.new_core = lane.new_llc || last.core !== lane.core;
	});
	return cpus;
}

/* ---- one walk over all events ---- */

class Builder {
	constructor() {
		const nr = D.cpus.length;
		this.m = {
			tasks: tasks_make(), lanes: lanes_make(),
			run: Array.from({ length: nr }, () => new Columns({ start: Float64Array,
				task: Int32Array, event: Int32Array, busy: Float64Array })),
			ops: Array.from({ length: nr }, () => []), irqs: Array.from({ length: nr }, () => []),
			waits: Array.from({ length: nr }, span_list),
			asked: Array.from({ length: nr }, () => new Columns({ time: Float64Array,
				event: Int32Array })),
			runnable: step_list(), dsqs: new Map(), marks: [], wakings: new Map(),
			sched_of: new Map(), kick_sched: new Map(),	/* events that are not about the root: the cgroup */
			parts: [{ from: 0, to: D.end_ns, after: false }],
		};
		this.exit_claimed = false;
		this.op_stack = Array.from({ length: nr }, () => []);
		this.irq_stack = Array.from({ length: nr }, () => []);
		this.wait_since = new Array(nr).fill(null);
		this.asleep_ops = new Map();		/* by task: ops that it sleeps in */
		this.queued = 0;
		this.lengths = new Map();
		this.local = 0;
		this.last_waking = new Map();
		this.dsq_of = new Map();		/* by task: the scheduler of the DSQ that it is on */
		this.of = 0;				/* the scheduler that the next event is about */
	}

	span(lists, depth, start, end, event) {
		while (lists.length <= depth)
			lists.push(span_list());
		lists[depth].add(start, end, event);
	}

	/* the task's figures in the present part */
	figures(task) {
		const k = this.m.parts.length - 1;

		task.parts[k] = task.parts[k] || { ran: 0, waited: 0, wakeups: 0, longest: 0, latency: [] };
		return task.parts[k];
	}

	waits_from(task, now, wakeup) {
		if (task.idle || task.since !== NEVER)
			return;
		task.since = now;
		task.wakeup = wakeup;
		this.m.runnable.add(now, ++this.queued);
	}

	/* a stay in a queue that ends, or goes on beyond this part */
	waited(task, now) {
		const part = this.m.parts[this.m.parts.length - 1], f = this.figures(task);
		const ns = now - Math.max(task.since, part.from);

		f.waited += ns;
		f.longest = Math.max(f.longest, ns);
		if (task.wakeup >= 0)
			f.latency.push(ns);
	}

	/* the scheduler went, or one came after that */
	part_ends(after, now) {
		const parts = this.m.parts, last = parts[parts.length - 1];

		if (last.after === after)
			return;
		for (const task of this.m.tasks)
			if (task && task.since < now)
				this.waited(task, now);
		last.to = now;
		parts.push({ from: now, to: D.end_ns, after });
	}

	/* the numbers are those of enum scx_enable_state */
	enable_state(state, now) {
		if (state === 1)
			this.exit_claimed = false;
		else if (state === 3)
			this.part_ends(true, now);
		else if (state === 2 && !this.exit_claimed)
			this.part_ends(false, now);
	}

	wakes(e, now) {
		const index = D.arg(e, "task"), task = this.m.tasks[index];
		const waking = this.last_waking.get(index);

		if (waking !== undefined)
			this.m.wakings.set(e, waking);
		if (task.on_cpu || task.since !== NEVER)	/* it had not slept yet */
			return;
		if (!D.arg(e, "new"))
			this.figures(task).wakeups++;
		this.waits_from(task, now, e);
	}

	runs_from(cpu, index, now, e) {
		const m = this.m, task = m.tasks[index], run = m.run[cpu];
		const i = run.add(now, index, e, 0);

		if (task.idle)
			return;
		task.runs.add(cpu, i, task.since, task.wakeup);
		if (task.since !== NEVER) {
			this.waited(task, now);
			m.runnable.add(now, --this.queued);
		}
		task.since = NEVER;
		task.wakeup = -1;
		task.on_cpu = true;
	}

	/* A task that switches out within an op sleeps in it, and takes it along. */
	ops_follow(cpu, prev, next, now) {
		const open = this.op_stack[cpu];

		if (open.length) {
			open.forEach((op, depth) => this.span(this.m.ops[cpu], depth, op.since, now, op.event));
			this.asleep_ops.set(prev, open);
		}
		this.op_stack[cpu] = this.asleep_ops.get(next) || [];
		this.asleep_ops.delete(next);
		this.op_stack[cpu].forEach(op => { op.since = now; });
	}

	switched(e, cpu, now) {
		const prev = D.arg(e, "prev"), next = D.arg(e, "next"), task = this.m.tasks[prev];

		this.ops_follow(cpu, prev, next, now);
		task.on_cpu = false;
		if (D.name(D.arg(e, "prev_state")) === "R")
			this.waits_from(task, now, -1);
		this.runs_from(cpu, next, now, e);
	}

	queue_length(e, cpu, now) {
		const name = D.name(D.arg(e, "dsq")), nr = D.arg(e, "nr"), local = /^LOCAL/.test(name);
		const sched = D.kind[e] === D.id.dsq_leave ? this.dsq_of.get(D.arg(e, "task")) || 0 : this.of;
		const whole = local || !sched ? name : `${name} of sub-${sched}`;
		const key = name === "LOCAL" ? "LOCAL_ON|" + cpu : whole, last = this.lengths.get(key) || 0;
		const shown = local ? "local" : whole;

		this.dsq_of.set(D.arg(e, "task"), local ? 0 : sched);

		this.lengths.set(key, nr);
		this.local += local ? nr - last : 0;
		if (!this.m.dsqs.has(shown))
			this.m.dsqs.set(shown, step_list());
		this.m.dsqs.get(shown).add(now, local ? this.local : nr);
	}

	mark(e, now) {
		const kind = D.kinds[D.kind[e]].name;

		if (kind === "scx_exit")
			this.m.marks.push({ time: now, event: e, kind, bad: D.arg(e, "kind") >= 1024 });
		else
			this.m.marks.push({ time: now, event: e, kind, bad: kind === "lockup" });
	}

	/* What op_sched says is of the op that has just begun, what of_sched says of what comes next. */
	take(e) {
		const id = D.id, kind = D.kind[e], open = this.op_stack[D.cpu[e]];

		if (kind === id.op_sched && open && open.length)
			this.m.sched_of.set(open[open.length - 1].event, D.arg(e, "cgroup"));
		if (kind === id.of_sched) {
			this.of = D.arg(e, "cgroup");
			return;
		}
		if (this.of)
			this.m.sched_of.set(e, this.of);
		if (this.of && kind === id.kick)
			this.m.kick_sched.set(D.arg(e, "n") - 1, this.of);
		this.take_known(e);
		this.of = 0;
	}

	take_known(e) {
		const id = D.id, kind = D.kind[e], cpu = D.cpu[e], now = D.time[e], m = this.m;

		switch (kind) {
		case id.sched_waking:
			this.last_waking.set(D.arg(e, "task"), e);
			return;
		case id.sched_wakeup:
			this.wakes(e, now);
			return;
		case id.resched:
		case id.resched_lazy:
			if (!D.arg(e, "already"))
				m.asked[D.arg(e, "cpu")].add(now, e);
			return;
		case id.insert:
		case id.dsq_leave:
			this.queue_length(e, cpu, now);
			return;
		case id.bypass:
		case id.hotplug:
		case id.sched_enable:
		case id.scx_exit:
		case id.lockup:
			this.mark(e, now);
			if (kind === id.sched_enable)
				this.enable_state(D.arg(e, "state"), now);
			if (kind === id.scx_exit && !this.of) {
				this.exit_claimed = true;
				this.part_ends(true, now);
			}
			return;
		}
		if (cpu < 0)
			return;
		if (!m.run[cpu].n)
			this.runs_from(cpu, D.task[e], now, -1);
		switch (kind) {
		case id.sched_switch:
			this.switched(e, cpu, now);
			return;
		case id.op_enter:
			this.op_stack[cpu].push({ since: now, event: e });
			return;
		case id.op_exit: {
			const op = this.op_stack[cpu].pop();
			if (op)
				this.span(m.ops[cpu], this.op_stack[cpu].length, op.since, now, op.event);
			return;
		}
		case id.irq:
			this.irq_stack[cpu].push(e);
			return;
		case id.irq_exit: {
			const irq = this.irq_stack[cpu].pop();
			if (irq !== undefined)
				this.span(m.irqs[cpu], this.irq_stack[cpu].length, D.time[irq], now, irq);
			return;
		}
		case id.kick_wait_begin:
			this.wait_since[cpu] = e;
			return;
		case id.kick_wait_end:
			if (this.wait_since[cpu] !== null)
				m.waits[cpu].add(D.time[this.wait_since[cpu]], now, this.wait_since[cpu]);
			this.wait_since[cpu] = null;
			return;
		}
	}

	/* a time on a CPU, by parts */
	ran(task, from, to) {
		this.m.parts.forEach((part, k) => {
			const ns = Math.min(to, part.to) - Math.max(from, part.from);
			if (ns <= 0)
				return;
			task.parts[k] = task.parts[k] || { ran: 0, waited: 0, wakeups: 0, longest: 0, latency: [] };
			task.parts[k].ran += ns;
		});
	}

	/* of all parts together */
	sum_up(task) {
		for (const f of task.parts) {
			if (!f)
				continue;
			task.ran += f.ran;
			task.waited += f.waited;
			task.wakeups += f.wakeups;
			task.longest = Math.max(task.longest, f.longest);
			f.latency.sort((a, b) => a - b);
			task.latency = task.latency.concat(f.latency);
		}
		task.latency.sort((a, b) => a - b);
	}

	finish() {
		const m = this.m;

		/* what is open when the trace ends is drawn up to there */
		this.op_stack.forEach((open, cpu) => open.forEach((op, depth) =>
			this.span(m.ops[cpu], depth, op.since, D.end_ns, op.event)));
		this.irq_stack.forEach((open, cpu) => open.forEach((irq, depth) =>
			this.span(m.irqs[cpu], depth, D.time[irq], D.end_ns, irq)));
		this.wait_since.forEach((e, cpu) => {
			if (e !== null)
				m.waits[cpu].add(D.time[e], D.end_ns, e);
		});
		for (const task of m.tasks)
			if (task && task.since < D.end_ns)
				this.waited(task, D.end_ns);
		m.run.forEach(run => {
			let busy = 0;
			for (let i = 0; i < run.n; i++) {
				const task = m.tasks[run.task[i]];
				const end = i + 1 < run.n ? run.start[i + 1] : D.end_ns;
				run.busy[i] = busy;
				if (!task.idle) {
					busy += end - run.start[i];
					this.ran(task, run.start[i], end);
				}
			}
			run.total = busy;
		});
		m.tasks.slice(1).forEach(task => this.sum_up(task));
		m.idle = Uint8Array.from(m.tasks, task => !task || task.idle ? 1 : 0);
		m.lane_of = new Int32Array(D.cpus.length);
		m.lanes.forEach((lane, i) => { m.lane_of[lane.cpu] = i; });
		return m;
	}
}

/* ---- kicks ---- */

const FATE = { ANSWERED: 0, SKIPPED: 1, DROPPED: 2, PENDING: 3 };
const FLAG_WORDS = ["plain", "idle", "preempt", "wait"];

function kick_colour(flags) {
	return flags & 4 ? 3 : flags & 10 ? 2 : flags & 1 ? 1 : 0;
}

/* Where a kick's drawing ends, and the latest end of each 256 of them. */
function kicks_finish(m) {
	const k = D.kick, w = D.way;

	m.kick_times = [[], [], [], []];
	m.kick_blocks = new Float64Array(Math.ceil(k.n / 256));
	for (let i = 0; i < k.n; i++) {
		const d = k.way[i];
		k.end[i] = k.called[i];
		if (d >= 0) {
			k.end[i] = w.answer[d] !== NEVER ? w.answer[d] : w.at[d];
			const last = [w.passed[d], w.wait_end[d]].filter(ns => ns !== NEVER);
			m.kick_blocks[i >> 8] = Math.max(m.kick_blocks[i >> 8], ...last);
		}
		m.kick_blocks[i >> 8] = Math.max(m.kick_blocks[i >> 8], k.end[i]);
		m.kick_times[kick_colour(k.flags[i])].push(k.called[i]);
	}
	m.kick_times = m.kick_times.map(times => Float64Array.from(times));
	m.answers = Array.from({ length: D.cpus.length }, () => new Map());
	for (let d = 0; d < w.n; d++) {
		const first = w.first[d], target = first >= 0 ? k.target[first] : -1;
		if (w.passed[d] === NEVER || !m.answers[target])
			continue;
		if (!m.answers[target].has(w.passed[d]))
			m.answers[target].set(w.passed[d], []);
		m.answers[target].get(w.passed[d]).push(d);
	}
}

/* kicks of delivery d */
function kicks_of_way(d) {
	const k = D.kick, found = [];
	for (let i = D.way.first[d]; i >= 0 && i < k.n && found.length < D.way.nr[d]; i++)
		if (k.way[i] === d)
			found.push(i);
	return found;
}

function model_build() {
	const builder = new Builder();

	for (let e = 0; e < D.n; e++)
		builder.take(e);
	const m = builder.finish();
	kicks_finish(m);
	m.latency = [];
	for (const task of m.tasks.slice(1))
		for (const ns of task.latency)
			m.latency.push(ns);
	m.kick_latency = [];
	for (let i = 0; i < D.kick.n; i++)
		if (D.kick.fate[i] === FATE.ANSWERED)
			m.kick_latency.push(D.way.answer[D.kick.way[i]] - D.kick.called[i]);
	m.latency.sort((a, b) => a - b);
	m.kick_latency.sort((a, b) => a - b);
	m.bad = m.marks.find(mark => mark.bad) || null;
	return m;
}

/* ---- questions ---- */

const slice_end = (cpu, i) => i + 1 < M.run[cpu].n ? M.run[cpu].start[i + 1] : D.end_ns;
const slice_at = (cpu, ns) => upper(M.run[cpu].start, M.run[cpu].n, ns) - 1;
/* the most that is told apart from ns: base/hist.h's buckets, a power of two cut in 32 */
function bucket_top(ns) {
	if (ns < 32)
		return ns;
	const width = 2 ** (Math.floor(Math.log2(ns)) - 5);
	return (Math.floor(ns / width) + 1) * width - 1;
}

/* as the summary tells it */
const percentile = (sorted, pct) => sorted.length ? Math.min(sorted[sorted.length - 1], bucket_top(
	sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * pct / 100) - 1)])) : 0;

/* how busy the CPU was until ns */
function busy_until(cpu, ns) {
	const run = M.run[cpu], i = slice_at(cpu, ns);
	if (i < 0)
		return 0;
	return run.busy[i] + (M.tasks[run.task[i]].idle ? 0 : Math.min(ns, D.end_ns) - run.start[i]);
}

/* kicks that are on their way at some time in the window; stops at max */
function kicks_between(from, to, max) {
	const k = D.kick, found = [];
	const last = upper(k.called, k.n, to);

	for (let b = 0; b * 256 < last; b++) {
		if (M.kick_blocks[b] < from)
			continue;
		for (let i = b * 256; i < Math.min(last, b * 256 + 256); i++)
			if (Math.max(k.end[i], k.way[i] >= 0 && D.way.passed[k.way[i]] !== NEVER ?
				     D.way.passed[k.way[i]] : 0) >= from) {
				if (found.length === max)
					return null;
				found.push(i);
			}
	}
	return found;
}

/* the first event of CPU cpu at or after ns that is e itself or later */
const event_at = ns => upper(D.time, D.n, ns - 0.5);

/* which of its task's slices is (cpu, i) */
function nth_run(task, cpu, i) {
	const runs = task.runs, start = M.run[cpu].start[i];
	let lo = 0, hi = runs.n;
	while (lo < hi) {
		const mid = lo + hi >>> 1;
		if (M.run[runs.cpu[mid]].start[runs.i[mid]] < start)
			lo = mid + 1;
		else
			hi = mid;
	}
	while (lo < runs.n && (runs.cpu[lo] !== cpu || runs.i[lo] !== i))
		lo++;
	return lo;
}
