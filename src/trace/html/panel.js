/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * panel.js - what is said at the side: of what is picked, why it ran and what it caused;
 * of all tasks, all kicks, how long things took, and of a bad end. Text from a trace goes
 * into the page as text, never as markup.
 */
let tab = "picked";

function el(name, attributes, ...children) {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(attributes || {})) {
		if (key.startsWith("on"))
			made.addEventListener(key.slice(2), value);
		else if (value !== undefined && value !== null)
			made.setAttribute(key, value);
	}
	made.append(...children.filter(child => child !== null && child !== undefined));
	return made;
}

const svg_el = (name, attributes, ...children) => {
	const made = document.createElementNS("http://www.w3.org/2000/svg", name);
	for (const [key, value] of Object.entries(attributes))
		made.setAttribute(key, value);
	made.append(...children);
	return made;
};

const link = (words, go, title) => el("button", { class: "link", onclick: go, title }, words);
const chip = index => el("span", { class: "chip", style: `background:${V.task_css[index]}` });
const task_link = (index, ns) => M.tasks[index].idle ? "idle" :
	link(M.tasks[index].name, () => pick_task(index, ns));
const kick_link = k => link("kick " + (k + 1), () => pick_kick(k));
const flag_chip = flags => el("span", { class: "chip", style: `background:${V.flag[kick_colour(flags)]}` });

/* ---- picking ---- */

function pick(what) {
	V.picked = what;
	if (what)
		tab = "picked";
	panel_fill();
	redraw();
	remember();
}

function pick_slice(cpu, i) {
	pick({ task: M.run[cpu].task[i], cpu, i });
	say(`${task_words(M.run[cpu].task[i])} on CPU ${cpu}, ${moment_words(M.run[cpu].start[i])}`);
}

/* the task, at its slice around or after ns */
function pick_task(index, ns) {
	const runs = M.tasks[index].runs;
	if (!runs.n) {
		if (wait_of(index) >= 0)
			pick_wait(wait_of(index));
		else
			say(M.tasks[index].name + " never ran");
		return;
	}
	const at = ns === undefined ? (V.t0 + V.t1) / 2 : ns;
	let n = 0, hi = runs.n;
	while (n < hi) {
		const mid = n + hi >>> 1;
		if (slice_end(runs.cpu[mid], runs.i[mid]) <= at)
			n = mid + 1;
		else
			hi = mid;
	}
	go_run(index, Math.min(n, runs.n - 1));
}

function go_run(index, n) {
	const runs = M.tasks[index].runs, cpu = runs.cpu[n], i = runs.i[n];
	pick_slice(cpu, i);
	show(M.run[cpu].start[i], slice_end(cpu, i), M.lane_of[cpu]);
}

function pick_kick(k) {
	pick({ kick: k });
	const asker = D.kick.asker[k], length = Math.max(D.kick.end[k] - D.kick.called[k], 500);
	show(D.kick.called[k], D.kick.called[k] + length, asker >= 0 ? M.lane_of[asker] : undefined);
	say(kick_words(k) + ": " + kick_outcome(k));
}

function pick_event(e) {
	pick({ event: e });
	show(D.time[e] - 50, D.time[e] + 50, D.cpu[e] >= 0 ? M.lane_of[D.cpu[e]] : undefined);
}

/* the next (1) or the one before (-1) of what is picked */
function pick_next(step) {
	const p = V.picked;
	if (!p)
		return;
	if ("kick" in p) {
		const k = p.kick + step;
		if (k >= 0 && k < D.kick.n)
			pick_kick(k);
	} else if ("wait" in p) {
		if (p.wait + step >= 0 && p.wait + step < D.waits.length)
			pick_wait(p.wait + step);
	} else if ("task" in p) {
		const task = M.tasks[p.task], n = nth_run(task, p.cpu, p.i) + step;
		if (n >= 0 && n < task.runs.n)
			go_run(p.task, n);
	} else {
		const kind = D.kind[p.event];
		for (let e = p.event + step; e >= 0 && e < D.n; e += step)
			if (D.kind[e] === kind && (D.kinds[kind].name !== "op_enter" ||
			    D.arg(e, "op") === D.arg(p.event, "op"))) {
				pick_event(e);
				return;
			}
	}
}

function say(words) {
	$("say").textContent = words;
}

/* ---- a slice: why it is there, what it did ---- */

/* What made CPU cpu come to schedule() for slice i. */
function asked_by(cpu, i) {
	const start = M.run[cpu].start[i], asked = M.asked[cpu];
	const n = upper(asked.time, asked.n, start) - 1;
	const since = i ? M.run[cpu].start[i - 1] : 0;
	return n >= 0 && asked.time[n] >= since ? asked.event[n] : -1;
}

/* the op in which event e happened, if any */
function op_around(e) {
	const cpu = D.cpu[e];
	if (cpu < 0)
		return "";
	let name = "";
	for (const list of M.ops[cpu]) {
		const i = upper(list.start, list.n, D.time[e]) - 1;
		if (i >= 0 && list.end[i] >= D.time[e])
			name = op_name(list.event[i]);
	}
	return name;
}

function by_whom(e) {
	const op = op_around(e);
	return [D.cpu[e] >= 0 ? cpu_words(D.cpu[e]) : "no CPU", " (", task_link(D.task[e], D.time[e]),
		op ? `, in ops.${op}` : "", ")"];
}

function why_list(index, cpu, i) {
	const task = M.tasks[index], runs = task.runs, n = nth_run(task, cpu, i);
	const start = M.run[cpu].start[i], rows = [], wakeup = runs.wakeup[n], since = runs.since[n];

	if (wakeup >= 0) {
		const waking = M.wakings.get(wakeup);
		if (waking !== undefined)
			rows.push(el("li", {}, "woken by ", task_link(D.arg(waking, "waker"), D.time[waking]),
				D.cpu[waking] >= 0 ? ` on CPU ${D.cpu[waking]}` : "", ", ", span_words(start - D.time[waking]),
				" before"));
		else
			rows.push(el("li", {}, "new, runnable ", span_words(start - since), " before"));
	} else if (since !== NEVER) {
		rows.push(el("li", {}, "preempted before; it waited ", span_words(start - since)));
	}
	for (const d of M.answers[cpu].get(start) || [])
		for (const k of kicks_of_way(d).slice(0, 6))
			rows.push(el("li", {}, flag_chip(D.kick.flags[k]), kick_link(k), " from ",
				cpu_words(D.kick.asker[k]), " had asked, ", span_words(start - D.kick.called[k]), " before"));
	if (!M.answers[cpu].has(start)) {
		const e = asked_by(cpu, i);
		if (e >= 0)
			rows.push(el("li", {}, "reschedule asked for by ", ...by_whom(e), ", ",
				span_words(start - D.time[e]), " before", D.arg(e, "ipi") ? ", by IPI" : ""));
	}
	const before = i ? M.run[cpu].task[i - 1] : 0;
	if (before)
		rows.push(el("li", {}, "after ", task_link(before, start - 1), " on this CPU"));
	return rows;
}

const CAUSED_MAX = 12;

/* what was done on the CPU while the slice ran */
function caused_list(cpu, i) {
	const from = M.run[cpu].start[i], to = slice_end(cpu, i), rows = [];
	let more = 0;

	for (let e = event_at(from), looked = 0; e < D.n && D.time[e] <= to && looked < 300000; e++, looked++) {
		if (D.cpu[e] !== cpu || (D.time[e] === to && D.kinds[D.kind[e]].name !== "kick"))
			continue;
		let row = null;
		if (D.kind[e] === D.id.sched_waking)
			row = () => el("li", {}, "wakes ", task_link(D.arg(e, "task"), D.time[e]));
		else if (D.kind[e] === D.id.kick)
			row = () => {
				const k = D.arg(e, "n") - 1;
				return el("li", {}, flag_chip(D.kick.flags[k]), kick_link(k), ` of CPU ${D.kick.target[k]}: `,
					D.name(D.kick.outcome[k]));
			};
		else if (D.kind[e] === D.id.task_new)
			row = () => el("li", {}, "makes ", task_link(D.arg(e, "task"), D.time[e]));
		if (row && rows.length < CAUSED_MAX)
			rows.push(row());
		else if (row)
			more++;
	}
	if (more)
		rows.push(el("li", { class: "quiet" }, `and ${count_words(more)} more`));
	return rows;
}

function facts(...pairs) {
	const list = el("dl", {});
	for (const [name, value] of pairs)
		if (value !== null)
			list.append(el("dt", {}, name), el("dd", {}, ...(Array.isArray(value) ? value : [value])));
	return list;
}

function part(title, rows) {
	return rows.length ? el("section", {}, el("h3", {}, title), el("ul", { class: "causes" }, ...rows)) : null;
}

function steps_bar(what) {
	return el("p", { class: "steps" }, link("‹ previous", () => pick_next(-1), "p"),
		link("next ›", () => pick_next(1), "n"), link("zoom to it", zoom_to_picked, "f"),
		link("let go", () => pick(null), "Esc"), what ? el("span", { class: "quiet" }, what) : null);
}

function slice_panel({ task: index, cpu, i }) {
	const task = M.tasks[index], run = M.run[cpu], from = run.start[i], to = slice_end(cpu, i);
	const class_name = run.event[i] >= 0 ? D.name(D.arg(run.event[i], "next_class")) : "";
	const n = task.idle ? 0 : nth_run(task, cpu, i) + 1;
	const first = !task.idle && n < 2 || task.idle;

	return [el("h2", {}, chip(index), task_words(index)),
		task.idle ? null : steps_bar(`run ${count_words(n)} of ${count_words(task.runs.n)}`),
		facts(["on", cpu_words(cpu) + (class_name ? `, class ${class_name}` : "")],
			["from", moment_words(from)], ["to", moment_words(to)], ["ran", span_words(to - from)],
			["then", left_words(cpu, i)]),
		task.idle ? null : part("Why it runs here", why_list(index, cpu, i)),
		part("What it causes", caused_list(cpu, i)),
		task.idle ? null : el("section", {}, el("h3", {}, "In the whole trace"),
			facts(["ran", short_words(task.ran)], ["waited", short_words(task.waited)],
				["wakeups", count_words(task.wakeups)],
				...wait_of(index) >= 0 ? [["longest", [wait_link(wait_of(index))]]] : [],
				["latency", task.latency ? `p50 ${short_words(task.latency.p50)}, p99 ` +
					`${short_words(task.latency.p99)}` : "-"]),
			histogram(task.latency, "wakeup to running"))];
}

/* ---- a kick ---- */

function story_panel(k) {
	const lines = D.story(k).split("\n"), kick = D.kick;
	const marks = kick_marks(k);

	return [el("h2", {}, flag_chip(kick.flags[k]), `kick ${k + 1}`), steps_bar(`of ${count_words(kick.n)}`),
		facts(["flags", flag_words(kick.flags[k])],
			["from", [cpu_words(kick.asker[k]) + ", ", task_link(kick.task[k], kick.called[k])]],
			["to", [kick.target[k] === kick.asker[k] ? "itself" : cpu_words(kick.target[k])]],
			["came to", kick_outcome(k)]),
		...marks.map(([mark, meaning]) => el("p", { class: "warning" }, el("b", {}, mark), ": " + meaning)),
		el("section", {}, el("h3", {}, "Its life"), story_list(lines, k)),
		effect_of(k)];
}

/* "   0.004000789    +311 ns  what happened" -> rows; other lines are paragraphs */
function story_list(lines, k) {
	const list = el("ol", { class: "story" });
	let last = null;

	for (const line of lines) {
		const step = /^ *(\d+)\.(\d{9}) +(\+[\d.]+ \w+)? *(.*)$/.exec(line);
		if (step) {
			const ns = +step[1] * 1e9 + +step[2];
			last = el("span", {}, step[4]);
			list.append(el("li", {}, link(step[3] || moment_words(ns), () => show(ns, ns + 1), moment_words(ns)), last));
		} else if (/^ {20}/.test(line) && last) {
			last.append(" " + line.trim());
		} else if (/^suspicious:/.test(line)) {
			break;
		} else if (line.trim() && !/^kick \d/.test(line)) {
			list.append(el("li", { class: "aside" }, line.trim()));
		}
	}
	return list;
}

/* the slice that the target went to */
function effect_of(k) {
	const d = D.kick.way[k], target = D.kick.target[k];
	if (d < 0 || D.way.passed[d] === NEVER || !M.run[target])
		return null;
	const i = slice_at(target, D.way.passed[d]), index = i >= 0 ? M.run[target].task[i] : 0;
	return index ? part("Then there ran", [el("li", {}, chip(index), M.tasks[index].idle ? "nothing: idle" :
		link(M.tasks[index].name, () => pick_slice(target, i)), ", for ",
		span_words(slice_end(target, i) - D.way.passed[d]))]) : null;
}

function event_panel(e) {
	const kind = D.kinds[D.kind[e]];
	return [el("h2", {}, kind.name), steps_bar(""), el("p", { class: "quiet" }, kind.about),
		facts(["at", moment_words(D.time[e])], ["on", D.cpu[e] >= 0 ? cpu_words(D.cpu[e]) : "no CPU"],
			["task", [task_link(D.task[e], D.time[e])]],
			...kind.fields.filter(field => field.type !== "str8").map(field => [field.name,
				field.type === "task" ? [task_link(D.arg(e, field.name), D.time[e])] :
				value_words(field.type, D.arg(e, field.name))]))];
}

/* ---- tables and histograms ---- */

function table(heads, rows, caption) {
	return el("table", {}, el("caption", { class: "aloud" }, caption),
		el("thead", {}, el("tr", {}, ...heads.map(head => el("th", { scope: "col" }, head)))),
		el("tbody", {}, ...rows.map(cells => el("tr", {}, ...cells.map((cell, i) =>
			el(i ? "td" : "th", i ? {} : { scope: "row" }, cell))))));
}

const ROWS_MAX = 200;

const part_words = part => `${part.after ? "After it, in the fair class" : "Under the scheduler"}, ` +
	`${short_words(part.from)} to ${short_words(part.to)}`;

/* those who ran or waited in part k, whoever ran longest first */
function tasks_table(k, on_paper) {
	const tasks = M.tasks.map((task, index) => ({ task, index, f: task && task.parts[k] })).filter(({ task, f }) =>
		f && !task.idle);

	tasks.sort((a, b) => b.f.ran - a.f.ran || b.f.waited - a.f.waited || a.task.pid - b.task.pid);
	return [M.parts.length > 1 ? el("h3", {}, part_words(M.parts[k])) : null,
		table(["task", "ran", "waited", "wakeups", "p50", "p99"].concat(on_paper ? ["longest"] : []),
			tasks.slice(0, ROWS_MAX).map(({ task, index, f }) => [
				el("span", {}, chip(index), task.runs.n || wait_of(index) >= 0 ? task_link(index) : task.name), short_words(f.ran),
				short_words(f.waited), count_words(f.wakeups),
				f.latency.nr ? short_words(f.latency.p50) : "-",
				f.latency.nr ? short_words(f.latency.p99) : "-",
				...on_paper ? [f.longest ? short_words(f.longest) : "-"] : []]), "Tasks"),
		tasks.length > ROWS_MAX ? el("p", { class: "quiet" }, `and ${count_words(tasks.length - ROWS_MAX)} more; ` +
			"kickstand report prints all") : null];
}

function tasks_panel(on_paper) {
	const nr = M.tasks.filter(task => task && !task.idle && (task.runs.n || task.waited)).length;
	const busy = M.run.reduce((sum, run) => sum + run.total, 0);

	return [facts(["trace", `${short_words(D.end_ns)}, ${count_words(D.n)} events`],
		["CPUs", `${D.cpus.length}, ${(100 * busy / D.cpus.length / D.end_ns).toFixed(1)} % busy`],
		["switches", count_words(D.count[D.id.sched_switch])],
		["tasks", count_words(nr) + " that ran or waited"]),
		...M.parts.flatMap((part, k) => tasks_table(k, on_paper))];
}

/* bars by powers of two, times below */
function histogram(spread, what) {
	if (!spread || !spread.nr)
		return null;
	const first = spread.powers[0][0], bins = [];
	for (const [power, nr] of spread.powers)
		bins[power - first] = nr;
	const n = bins.length, wide = 300, high = 76, each = Math.min(40, wide / n);
	const most = Math.max(...[...bins].map(v => v || 0));
	const bars = [], marks = [];
	for (let i = 0; i < n; i++) {
		const count = bins[i] || 0, h = count ? Math.max(1.5, count / most * (high - 14)) : 0;
		const title = svg_el("title", {});
		title.textContent = `${short_words(2 ** (first + i))} to ${short_words(2 ** (first + i + 1))}: ${count}`;
		bars.push(svg_el("rect", { x: i * each, y: high - h, width: Math.max(1, each - 1.5), height: h, rx: 1.5 }, title));
	}
	const every = Math.ceil(62 / each);
	for (let i = 0; i <= n; i += every) {
		const text = svg_el("text", { x: i * each, y: high + 13 });
		text.textContent = short_words(2 ** (first + i));
		marks.push(text);
	}
	const words = `${what}: ${count_words(spread.nr)} times, p50 ${short_words(spread.p50)}, p99 ` +
		`${short_words(spread.p99)}, max ${short_words(spread.max)}`;
	return el("figure", {}, svg_el("svg", { viewBox: `-20 0 ${wide + 52} ${high + 18}`, role: "img", "aria-label": words },
		...bars, svg_el("line", { x1: 0, x2: n * each, y1: high + 0.5, y2: high + 0.5 }), ...marks),
	el("figcaption", {}, words));
}

function latency_panel() {
	const worst = [];
	for (const [index, task] of M.tasks.entries())
		if (task && task.latency)
			worst.push([task.latency.max, index]);
	worst.sort((a, b) => b[0] - a[0]);
	return [el("section", {}, el("h3", {}, "Wakeups"), histogram(D.latency, "from wakeup to running") ||
		el("p", { class: "quiet" }, "none")),
	el("section", {}, el("h3", {}, "Kicks"), histogram(D.kick_latency, "from call to schedule()") ||
		el("p", { class: "quiet" }, "none")),
	el("section", {}, el("h3", {}, "Longest waits after a wakeup"), el("ul", { class: "causes" },
		...worst.slice(0, 12).map(([ns, index]) => el("li", {}, chip(index),
			link(M.tasks[index].name, () => go_longest(index)), " ", short_words(ns)))))];
}

/* what goes on as the trace ends is in no run: there it is, up to the end */
function go_waiting(task) {
	const ns = D.end_ns - task.since;

	view_move(task.since - ns * 0.2, D.end_ns);
}

/* the run of the task that it waited longest for */
function go_longest(index) {
	const task = M.tasks[index], runs = task.runs;
	let best = 0, ns = -1;
	for (let n = 0; n < runs.n; n++) {
		const waited = runs.wakeup[n] >= 0 ? M.run[runs.cpu[n]].start[runs.i[n]] - runs.since[n] : -1;
		if (waited > ns) {
			ns = waited;
			best = n;
		}
	}
	if (task.wakeup >= 0 && D.end_ns - task.since >= ns)
		return go_waiting(task);
	go_run(index, best);
	view_move(runs.since[best] - ns * 0.2, runs.since[best] + ns * 1.2);
}

function kicks_panel() {
	const k = D.kick, by = (test) => {
		let n = 0;
		for (let i = 0; i < k.n; i++)
			n += test(i);
		return n;
	};
	if (!k.n)
		return [el("p", { class: "quiet" }, "There was no kick.")];
	const rows = FLAG_WORDS.map((word, flag) => {
		const of = fate => by(i => kick_colour(k.flags[i]) === flag && k.fate[i] === fate);
		return [el("span", {}, el("span", { class: "chip", style: `background:${V.flag[flag]}` }), word),
			...[0, 1, 2, 3].map(fate => count_words(of(fate)))];
	});
	const marked = D.marks.map(([mark, meaning], bit) => ({ mark, meaning, first: -1, n: 0, bit }));
	for (let i = 0; i < k.n; i++)
		if (k.marks[i])
			for (const m of marked)
				if (k.marks[i] & 1 << m.bit) {
					m.first = m.first < 0 ? i : m.first;
					m.n++;
				}
	return [table(["flags", "answered", "skipped", "dropped", "open"], rows, "Kicks by flags and outcome"),
		histogram(D.kick_latency, "from call to schedule()"),
		part("Worth a look", marked.filter(m => m.n).map(m => el("li", {}, el("b", {}, m.mark), ` ${count_words(m.n)}: `,
			m.meaning + ". First: ", kick_link(m.first)))),
		el("p", { class: "quiet" }, "Pick an arrow, or search for a kick's number, to see its whole life.")];
}

function exit_panel() {
	const rows = M.marks.filter(mark => mark.bad).map(mark => el("li", {},
		link(moment_words(mark.time), () => show_bad(mark)), " ", event_words(mark.event)));
	return [el("h2", { class: "bad" }, "How it ended"), rows.length ? el("ul", { class: "causes" }, ...rows) : null,
		el("pre", { tabindex: 0 }, D.exit.trim())];
}

function show_bad(mark) {
	const length = Math.min(V.t1 - V.t0, D.end_ns / 20);
	view_move(mark.time - length * 0.6, mark.time + length * 0.4);
}

function start_panel() {
	return [el("h2", {}, "Kickstand"), el("p", {}, "Who ran where, who kicked whom, and why."),
		el("ul", { class: "causes" },
			el("li", {}, "wheel or + − to zoom, drag or arrows to move"),
			el("li", {}, "click a slice: its task is followed"),
			el("li", {}, "click an arrow: a kick, and its whole life"),
			el("li", {}, "/ to search, ? for all keys")),
		...tasks_panel()];
}

/* ---- the panel ---- */

function tabs_of() {
	const tabs = [["picked", "Picked"], ["tasks", "Tasks"], ["kicks", "Kicks"], ["latency", "Latency"]];
	if (D.waits.length)
		tabs.push(["waits", "Waits"]);
	if (D.exit.trim() || M.bad)
		tabs.push(["exit", "The end"]);
	return tabs;
}

function panel_of(name) {
	const p = V.picked;
	switch (name) {
	case "tasks": return tasks_panel();
	case "kicks": return kicks_panel();
	case "latency": return latency_panel();
	case "waits": return waits_panel();
	case "exit": return exit_panel();
	}
	if (p && "wait" in p)
		return wait_panel(p.wait);
	if (!p)
		return start_panel();
	return "kick" in p ? story_panel(p.kick) : "task" in p ? slice_panel(p) : event_panel(p.event);
}

function tab_open(name) {
	tab = name;
	panel_fill();
}

function panel_fill() {
	$("tabs").replaceChildren(...tabs_of().map(([name, words]) => el("button", {
		role: "tab", id: "tab-" + name, "aria-selected": String(name === tab), "aria-controls": "panel",
		tabindex: name === tab ? 0 : -1, class: name === "exit" ? "bad" : null, onclick: () => tab_open(name),
	}, words)));
	$("panel").setAttribute("aria-labelledby", "tab-" + tab);
	$("panel").replaceChildren(...panel_of(tab).filter(child => child));
	$("panel").scrollTop = 0;
}

/* ---- on paper: everything, one below the other ---- */

function paper_fill() {
	const sheet = (title, children) => el("section", {}, el("h2", {}, title), ...children.filter(child => child));
	$("paper").replaceChildren(
		...(V.picked ? [sheet("Picked", panel_of("picked"))] : []),
		...(D.exit.trim() || M.bad ? [sheet("The end", exit_panel())] : []),
		...(D.waits.length ? [sheet("Waits", waits_panel())] : []),
		sheet("Kicks", kicks_panel()), sheet("Latency", latency_panel()), sheet("Tasks", tasks_panel(true)));
}

function legend_fill() {
	const sample = (flag, dash, end) => {
		const colour = V.flag[flag];
		const shape = svg_el("svg", { viewBox: "0 0 26 10", width: 26, height: 10, "aria-hidden": "true" },
			svg_el("path", { d: "M2 5H19", stroke: colour, "stroke-width": 1.6, fill: "none", "stroke-dasharray": dash }),
			end);
		return shape;
	};
	const head = flag => svg_el("path", { d: "M25 5L18 1.5V8.5Z", fill: V.flag[flag] });
	const row = (shape, words) => el("span", {}, shape, words);
	$("legend").replaceChildren(
		...FLAG_WORDS.map((word, flag) => row(sample(flag, "", head(flag)), word + " kick")),
		row(sample(0, "5 3", head(0)), "came with another"),
		row(sample(1, "2 2", svg_el("circle", { cx: 21, cy: 5, r: 3, fill: "none", stroke: V.flag[1] })), "skipped: not idle"),
		row(svg_el("svg", { viewBox: "0 0 10 10", width: 10, height: 10 }, svg_el("path", { d: "M1 1L9 9M9 1L1 9",
			stroke: V.flag[0], "stroke-width": 1.8 })), "dropped"));
}
