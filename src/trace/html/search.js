/* SPDX-License-Identifier: GPL-2.0-only */
/* search.js - the box that finds a task, pid, op, kind of event, kick or moment, and goes there. */
const FOUND_MAX = 12;

let found = [], chosen = 0;

const UNITS = { ns: 1, us: 1e3, "µs": 1e3, "μs": 1e3, ms: 1e6, s: 1e9 };

/* "3.2ms" in nanoseconds, NaN if it is none */
function moment_parse(text) {
	const match = /^(\d+(?:\.\d+)?)\s*(ns|us|µs|μs|ms|s)$/.exec(text);
	return match ? +match[1] * UNITS[match[2]] : NaN;
}

function go_moment(ns) {
	const length = V.t1 - V.t0;
	view_move(ns - length / 2, ns + length / 2);
	say("at " + moment_words(ns));
}

/* the next event of that kind, and op, from the middle of the view on; around the end */
function go_event(kind, test) {
	const first = event_at((V.t0 + V.t1) / 2);
	for (let n = 0; n < D.n; n++) {
		const e = (first + n) % D.n;
		if (D.kind[e] === kind && (!test || test(e))) {
			pick_event(e);
			return;
		}
	}
	say("there is none");
}

function ops_named(text) {
	const names = new Set(), column = D.column[D.id.op_enter][0];
	for (let i = 0; i < column.length; i++)
		names.add(column[i]);
	return [...names].filter(number => D.name(number).includes(text.replace(/^ops\./, "")));
}

function find(text) {
	const wanted = text.trim().toLowerCase(), results = [];
	const add = (words, kind, go) => results.push({ words, kind, go });

	if (!wanted)
		return results;
	const ns = moment_parse(wanted);
	if (!isNaN(ns)) {
		if (ns <= D.end_ns)
			add(moment_words(ns), "time", () => go_moment(ns));
		return results;
	}
	const number = /^(?:kick\s*)?#?(\d+)$/.exec(wanted);
	if (number && +number[1] >= 1 && +number[1] <= D.kick.n) {
		const k = +number[1] - 1;
		add(kick_words(k), "kick", () => pick_kick(k));
	}
	const cpu = /^cpu\s*(\d+)$/.exec(wanted);
	if (cpu && +cpu[1] < D.cpus.length)
		add(cpu_words(+cpu[1]), "CPU", () => {
			V.keyboard = true;
			show_lane(M.lane_of[+cpu[1]]);
			redraw();
		});
	M.tasks.forEach((task, index) => {
		if (results.length < FOUND_MAX && task && !task.idle && task.runs.n &&
		    (task.name.toLowerCase().includes(wanted) || String(task.pid) === wanted))
			add(task.name, "task", () => pick_task(index));
	});
	for (const op of ops_named(wanted))
		add("ops." + D.name(op), "op", () => go_event(D.id.op_enter, e => D.arg(e, "op") === op));
	D.kinds.forEach((kind, k) => {
		if (D.count[k] && kind.name.includes(wanted))
			add(kind.name, "event", () => go_event(k));
	});
	return results.slice(0, FOUND_MAX);
}

function found_show() {
	const list = $("found"), box = $("search"), text = box.value.trim();

	chosen = Math.max(0, Math.min(chosen, found.length - 1));
	list.replaceChildren(...found.map((result, i) => el("li", {
		role: "option", id: "found-" + i, "aria-selected": String(i === chosen),
		onpointerdown: event => {
			event.preventDefault();
			found_go(i);
		},
	}, el("span", {}, result.words), el("small", {}, result.kind))));
	if (!found.length && text)
		list.append(el("li", { class: "quiet" }, "nothing is called that"));
	list.hidden = !text;
	box.setAttribute("aria-expanded", String(!list.hidden));
	if (found.length)
		box.setAttribute("aria-activedescendant", "found-" + chosen);
	else
		box.removeAttribute("aria-activedescendant");
}

function found_hide() {
	$("found").hidden = true;
	$("search").setAttribute("aria-expanded", "false");
}

function found_go(i) {
	if (!found[i])
		return;
	const go = found[i].go;
	found_hide();
	$("chart").focus();
	go();
}

function search_keys(event) {
	if (event.key === "ArrowDown" || event.key === "ArrowUp") {
		chosen += event.key === "ArrowDown" ? 1 : -1;
		found_show();
	} else if (event.key === "Enter") {
		found_go(chosen);
	} else if (event.key === "Escape") {
		found_hide();
		$("chart").focus();
	} else {
		return;
	}
	event.preventDefault();
}

function search_begin() {
	$("search").addEventListener("input", () => {
		chosen = 0;
		found = find($("search").value);
		found_show();
	});
	$("search").addEventListener("keydown", search_keys);
	$("search").addEventListener("blur", found_hide);
	$("search").addEventListener("focus", () => $("search").select());
}
