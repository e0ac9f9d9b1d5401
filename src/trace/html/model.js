/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model.js - the records of the page, by what is drawn of them: a CPU's, a task's, a queue's.
 * What the events came to was found out when the page was written (src/trace/html_model.c); here
 * it is put in typed arrays, ordered by time, so that what is in view is found by halving.
 *
 *	M.run[cpu]	slices without gaps: slice i is start[i]..start[i + 1] of task[i]
 *	M.ops[cpu][d]	ops at nesting depth d; M.irqs[cpu] likewise
 *	M.tasks[t]	its slices, as (cpu, i) pairs, and what it waited
 *	M.parts		the time under a scheduler and the time after it; M.tasks[t].parts[k] has
 *			its figures there
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
			ran: 0, waited: 0, wakeups: 0, longest: 0, latency: null, since: NEVER, wakeup: -1,
			parts: [],
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

/* ---- records ---- */

const HOW = { SEEN: 0, NO_WAIT: 1, PREEMPTED: 2, WOKEN: 3 };
const SPAN = { OP: 0, IRQ: 1, KICK_WAIT: 2 };
const NOTE = { WAKING: 0, SCHED: 1, MARK: 2, BAD: 3 };

const time_of = event => event < D.n ? D.time[event] : D.end_ns;

function slices_place(m) {
	const s = D.slices;

	m.run = Array.from(D.cpus, () => new Columns({ start: Float64Array, task: Int32Array,
		event: Int32Array, busy: Float64Array }));
	for (let n = 0; n < s.n; n++) {
		const e = s.event[n], cpu = D.cpu[e], how = s.how[n], task = m.tasks[s.task[n]];
		const i = m.run[cpu].add(D.time[e], s.task[n], how === HOW.SEEN ? -1 : e, 0);
		if (task.idle)
			continue;
		const waited = how === HOW.WOKEN || how === HOW.PREEMPTED, since = e - s.back[n];
		task.runs.add(cpu, i, waited ? D.time[since] : NEVER, how === HOW.WOKEN ? since : -1);
	}
	/* how busy the CPU was until each */
	for (const run of m.run) {
		run.total = 0;
		for (let i = 0; i < run.n; i++) {
			run.busy[i] = run.total;
			if (!m.tasks[run.task[i]].idle)
				run.total += (i + 1 < run.n ? run.start[i + 1] : D.end_ns) - run.start[i];
		}
	}
}

function spans_place(m) {
	const s = D.spans;

	m.ops = Array.from(D.cpus, () => []);
	m.irqs = Array.from(D.cpus, () => []);
	m.waits = Array.from(D.cpus, span_list);
	for (let n = 0; n < s.n; n++) {
		const kind = s.what[n] & 3, depth = s.what[n] >> 2, since = s.event[n] - s.length[n];
		const cpu = D.cpu[since], lists = kind === SPAN.OP ? m.ops[cpu] : m.irqs[cpu];
		const to = kind === SPAN.KICK_WAIT ? m.waits[cpu] : null;
		while (!to && lists.length <= depth)
			lists.push(span_list());
		(to || lists[depth]).add(D.time[since], time_of(s.event[n]), since - s.of[n]);
	}
}

function steps_place(m) {
	const s = D.steps;

	m.runnable = step_list();
	m.dsqs = new Map();
	for (let n = 0; n < s.n; n++) {
		const name = D.name(s.queue[n]);
		if (s.queue[n] && !m.dsqs.has(name))
			m.dsqs.set(name, step_list());
		(s.queue[n] ? m.dsqs.get(name) : m.runnable).add(D.time[s.event[n]], s.value[n]);
	}
}

function notes_place(m) {
	const s = D.notes;

	m.marks = [];
	m.wakings = new Map();
	m.sched_of = new Map();		/* events that are not about the root: the cgroup */
	for (let n = 0; n < s.n; n++) {
		const e = s.event[n], what = s.what[n];
		if (what === NOTE.WAKING)
			m.wakings.set(e, e - s.of[n]);
		else if (what === NOTE.SCHED)
			m.sched_of.set(e, s.of[n]);
		else
			m.marks.push({ time: D.time[e], event: e, kind: D.kinds[D.kind[e]].name,
				bad: what === NOTE.BAD });
	}
}

function figures_place(m) {
	m.parts = D.parts;
	D.parts.forEach((part, k) => {
		for (const [index, ran, waited, wakeups, longest, nr, p50, p99, max] of part.tasks) {
			const task = m.tasks[index];
			task.parts[k] = { ran, waited, wakeups, longest, latency: { nr, p50, p99, max } };
			task.ran += ran;
			task.waited += waited;
			task.wakeups += wakeups;
			task.longest = Math.max(task.longest, longest);
		}
	});
	for (const [index, spread] of D.latencies)
		m.tasks[index].latency = spread;
	for (const [index, since, woken] of D.waiting) {
		m.tasks[index].since = D.time[since];
		m.tasks[index].wakeup = woken ? since : -1;
	}
}

/* The requests to schedule that a CPU got. */
function asked_place(m) {
	m.asked = Array.from(D.cpus, () => new Columns({ time: Float64Array, event: Int32Array }));
	for (let e = 0; e < D.n; e++)
		if ((D.kind[e] === D.id.resched || D.kind[e] === D.id.resched_lazy) && !D.arg(e, "already"))
			m.asked[D.arg(e, "cpu")].add(D.time[e], e);
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
	const m = { tasks: tasks_make(), lanes: lanes_make() };

	slices_place(m);
	spans_place(m);
	steps_place(m);
	notes_place(m);
	figures_place(m);
	asked_place(m);
	kicks_finish(m);
	m.idle = Uint8Array.from(m.tasks, task => !task || task.idle ? 1 : 0);
	m.lane_of = new Int32Array(D.cpus.length);
	m.lanes.forEach((lane, i) => { m.lane_of[lane.cpu] = i; });
	m.bad = m.marks.find(mark => mark.bad) || null;
	return m;
}

/* ---- questions ---- */

const slice_end = (cpu, i) => i + 1 < M.run[cpu].n ? M.run[cpu].start[i + 1] : D.end_ns;
const slice_at = (cpu, ns) => upper(M.run[cpu].start, M.run[cpu].n, ns) - 1;
/* how busy the CPU was until ns, which is within slice i */
const busy_within = (run, i, ns) => run.busy[i] + (M.idle[run.task[i]] ? 0 : ns - run.start[i]);
/* the same of any ns */
function busy_until(cpu, ns) {
	const i = slice_at(cpu, ns);
	return i < 0 ? 0 : busy_within(M.run[cpu], i, Math.min(ns, D.end_ns));
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
