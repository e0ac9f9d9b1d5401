/* SPDX-License-Identifier: GPL-2.0-only */
/* words.js - times, tasks, ops and events in words. */

/* to the nanosecond, in the unit that reads best */
function span_words(ns) {
	if (ns === Infinity)
		return "without end";
	const size = Math.abs(ns);
	const trim = (v, digits) => v.toFixed(digits).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
	if (size < 1000)
		return trim(ns, 0) + " ns";
	if (size < 1e6)
		return trim(ns / 1e3, 3) + " µs";
	if (size < 1e9)
		return trim(ns / 1e6, 6) + " ms";
	return trim(ns / 1e9, 9) + " s";
}

/* four digits, for tables and axes */
function short_words(ns) {
	const units = [[1e9, "s"], [1e6, "ms"], [1e3, "µs"]];
	for (const [unit, name] of units)
		if (ns >= unit) {
			const v = ns / unit;
			return v.toFixed(v < 10 ? 2 : v < 100 ? 1 : 0) + " " + name;
		}
	return Math.round(ns) + " ns";
}

const moment_words = ns => (ns / 1e6).toFixed(6) + " ms";
const count_words = n => n.toLocaleString("en").replace(/,/g, "\u202f");
const cpu_words = cpu => "CPU " + cpu;
const task_words = index => M.tasks[index].idle ? "idle" : M.tasks[index].name;

/* of kicks, by bit; what is beyond is in hex */
function flag_words(flags) {
	const words = D.flags.filter((word, i) => flags & 1 << i);
	const rest = flags & ~((1 << D.flags.length) - 1);
	if (rest)
		words.push("0x" + rest.toString(16));
	return words.join("|") || "plain";
}

function value_words(type, v) {
	switch (type) {
	case "task": return task_words(v);
	case "ns": return span_words(v);
	case "hex": return v === Infinity ? "all ones" : "0x" + v.toString(16);
	case "kick": return flag_words(v);
	case "bool": return v ? "yes" : "no";
	case "cpu": case "int": return String(v);
	default: return D.name(v);
	}
}

/* "insert: task hog-0-15, dsq LOCAL, ..." */
function event_words(e) {
	const kind = D.kinds[D.kind[e]];
	const fields = kind.fields.map((field, f) => field.name + " " +
		value_words(field.type, D.column[D.kind[e]][f][D.row[e]]));
	return sched_words(e) + kind.name + (fields.length ? ": " + fields.join(", ") : "");
}

const STATE_WORDS = { R: "preempted, still runnable", S: "went to sleep", D: "sleeps uninterruptibly",
	X: "exited", Z: "exited", T: "stopped", t: "traced", P: "parked", I: "idles" };

/* how slice i of the CPU ended */
function left_words(cpu, i) {
	const run = M.run[cpu];
	if (i + 1 >= run.n)
		return "still there when the trace ends";
	const state = D.name(D.arg(run.event[i + 1], "prev_state"));
	return STATE_WORDS[state] || "state " + state;
}

function kick_words(k) {
	const kick = D.kick;
	return `kick ${k + 1}: ${cpu_words(kick.asker[k])} kicks ` +
		`${kick.asker[k] === kick.target[k] ? "itself" : cpu_words(kick.target[k])}, ` +
		flag_words(kick.flags[k]) + (kick.sched[k] ? `, for sub-${kick.sched[k]}` : "");
}

function kick_outcome(k) {
	const kick = D.kick, d = kick.way[k];
	let words = D.name(kick.outcome[k]);
	if (d >= 0 && D.way.first[d] !== k)
		words += ` (with kick ${D.way.first[d] + 1})`;
	if (d >= 0 && D.way.answer[d] !== NEVER)
		words += `, after ${span_words(D.way.answer[d] - kick.called[k])}`;
	return words;
}

const kick_marks = k => D.marks.filter((mark, bit) => D.kick.marks[k] & 1 << bit);

/* "sub-2 ": of which scheduler event e is; "" for the root */
function sched_words(e) {
	const sched = M.sched_of.get(e);
	return sched ? `sub-${sched} ` : "";
}

/* the name of op whose op_enter is event e */
const op_name = e => sched_words(e) + D.name(D.arg(e, "op"));

/* what a mark of the whole machine says */
function mark_words(mark) {
	const e = mark.event;
	switch (mark.kind) {
	case "scx_exit": return sched_words(e) + (mark.bad ? "ejected" : "scheduler leaves");
	case "lockup": return "lockup";
	case "bypass": return sched_words(e) + (D.arg(e, "on") ? "bypass on" : "bypass off");
	case "hotplug": return `CPU ${D.arg(e, "cpu")} ${D.arg(e, "online") ? "on" : "off"}`;
	case "sched_enable": return ["disabled", "enabling", "enabled", "disabling"][D.arg(e, "state")] ||
		"state " + D.arg(e, "state");
	}
	return mark.kind;
}
