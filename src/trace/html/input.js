/* SPDX-License-Identifier: GPL-2.0-only */
/* input.js - pointer, wheel and keys; and the page's beginning. */
const KEYS = [
	["← →", "move in time"], ["+ −", "zoom"], ["↑ ↓", "the CPU above or below"],
	["Enter", "follow the task that runs in the middle, on that CPU"],
	["k", "the kick nearest to the middle"], ["n p", "next, previous: run of the task, or kick"],
	["f", "zoom to what is picked"], ["Esc", "let go"], ["0", "the whole trace"],
	["h", "fold: CPUs, or those of a core, an LLC, a node as one row"], ["g", "tables of nodes and LLCs"],
	["[ ]", "lower or higher lanes"], ["PgUp PgDn", "scroll the CPUs"], ["Home End", "begin, end"],
	["/", "search"], ["x", "how it ended"], ["1 … 6", "the tabs at the side"], ["t", "light or dark"],
	["?", "this help"],
];

/* ---- what is under the pointer ---- */

function curve_distance([x1, y1, ax, ay, bx, by, x2, y2], x, y) {
	let best = Infinity;
	for (let n = 0; n <= 16; n++) {
		const t = n / 16, s = 1 - t;
		const px = s * s * s * x1 + 3 * s * s * t * ax + 3 * s * t * t * bx + t * t * t * x2;
		const py = s * s * s * y1 + 3 * s * s * t * ay + 3 * s * t * t * by + t * t * t * y2;
		best = Math.min(best, (px - x) ** 2 + (py - y) ** 2);
	}
	return best;
}

function span_under(list, ns, slack) {
	const i = upper(list.start, list.n, ns + slack) - 1;
	return i >= 0 && list.end[i] + slack >= ns ? i : -1;
}

function under(x, y) {
	if (x < LEFT || y < lanes_top() || y > lanes_top() + lanes_height())
		return null;
	if (V.fold) {
		const row = row_at(y);
		return row >= 0 ? { row } : null;
	}
	const ns = time_at(x), lane = lane_at(y), slack = (V.t1 - V.t0) / plot_width();
	let best = null, nearest = 36;
	for (const { k, curve } of V.drawn) {
		const d = curve_distance(curve, x, y);
		if (d < nearest) {
			nearest = d;
			best = { kick: k };
		}
	}
	if (best && (nearest < 16 || lane < 0))
		return best;
	const wait = wait_under(x, y);
	if (wait >= 0)
		return { wait };
	if (lane < 0 || ns < 0 || ns > D.end_ns)
		return best;
	const cpu = M.lanes[lane].cpu, in_lane = y - lane_y(lane);
	if (ops_room() && in_lane > bar_height())
		for (let depth = M.ops[cpu].length - 1; depth >= 0; depth--) {
			const list = M.ops[cpu][depth], i = span_under(list, ns, slack);
			if (i >= 0)
				return { event: list.event[i], end: list.end[i] };
		}
	const i = slice_at(cpu, ns);
	return i >= 0 ? { task: M.run[cpu].task[i], cpu, i } : null;
}

/* ---- the tip ---- */

function tip_lines(what) {
	if ("row" in what)
		return row_tip(what.row);
	if ("kick" in what)
		return [[flag_chip(D.kick.flags[what.kick]), kick_words(what.kick)],
			[`at ${moment_words(D.kick.called[what.kick])}`], [kick_outcome(what.kick)],
			...kick_marks(what.kick).map(([mark]) => [el("b", {}, mark)])];
	if ("wait" in what)
		return [[chip(D.waits[what.wait].task), wait_words(what.wait)],
			[`for ${span_words(D.waits[what.wait].until - D.waits[what.wait].since)}`]];
	if ("event" in what) {
		const e = what.event, task = D.arg(e, "task");
		return [[`${sched_words(e)}ops.${D.name(D.arg(e, "op"))}` + (task ? ` for ${task_words(task)}` : "")],
			[`${span_words(what.end - D.time[e])}, from ${moment_words(D.time[e])}, CPU ${D.cpu[e]}`]];
	}
	const { cpu, i, task } = what, from = M.run[cpu].start[i], to = slice_end(cpu, i), lines = [];
	lines.push([chip(task), `${task_words(task)}, ${cpu_name(cpu)}`]);
	lines.push([`${span_words(to - from)}, from ${moment_words(from)}`]);
	if (!M.tasks[task].idle) {
		const runs = M.tasks[task].runs, n = nth_run(M.tasks[task], cpu, i);
		if (runs.since[n] !== NEVER)
			lines.push([`waited ${span_words(from - runs.since[n])}`]);
		lines.push([left_words(cpu, i)]);
	}
	for (const d of (M.answers[cpu].get(from) || []).slice(0, 2))
		lines.push([flag_chip(D.kick.flags[D.way.first[d]]), `kick ${D.way.first[d] + 1} of CPU ` +
			`${D.kick.asker[D.way.first[d]]} brought it about`]);
	return lines;
}

function tip_show(what, x, y) {
	const tip = $("tip");
	if (!what) {
		tip.hidden = true;
		return;
	}
	tip.replaceChildren(...tip_lines(what).map(line => el("div", {}, ...line)));
	tip.hidden = false;
	const wide = tip.offsetWidth, high = tip.offsetHeight;
	tip.style.left = Math.max(4, x + 16 + wide > V.width ? x - wide - 12 : x + 16) + "px";
	tip.style.top = Math.max(4, y + 18 + high > V.height ? y - high - 10 : y + 18) + "px";
}

/* ---- pointer ---- */

let drag = null;

function chart_down(event) {
	V.keyboard = false;
	drag = { x: event.offsetX, y: event.offsetY, t0: V.t0, t1: V.t1, scroll: V.scroll, far: false };
	$("chart").setPointerCapture(event.pointerId);
}

function chart_move(event) {
	const x = event.offsetX, y = event.offsetY;
	if (drag) {
		drag.far = drag.far || Math.abs(x - drag.x) + Math.abs(y - drag.y) > 4;
		if (!drag.far)
			return;
		const by = (drag.x - x) / plot_width() * (drag.t1 - drag.t0);
		tip_show(null);
		V.scroll = Math.max(0, Math.min(drag.scroll + drag.y - y, all_lanes_height() - lanes_height()));
		view_set(drag.t0 + by, drag.t1 + by);
		return;
	}
	const what = under(x, y), same = JSON.stringify(what) === JSON.stringify(V.hover);
	V.hover = what;
	tip_show(what, x, y);
	$("chart").style.cursor = what ? "pointer" : "default";
	if (!same)
		redraw();
}

function chart_up(event) {
	const was = drag;
	drag = null;
	if (was && !was.far)
		pick_under(event.offsetX, event.offsetY);
}

function pick_under(x, y) {
	const what = under(x, y);
	if (!what)
		pick(null);
	else if ("row" in what)
		row_open(what.row);
	else if ("kick" in what)
		pick({ kick: what.kick });
	else if ("wait" in what)
		pick_wait(what.wait);
	else if ("event" in what)
		pick({ event: what.event });
	else if (M.tasks[what.task].idle && !(V.t1 - V.t0 < 1e6))
		pick(null);
	else
		pick_slice(what.cpu, what.i);
}

function chart_wheel(event) {
	event.preventDefault();
	tip_show(null);
	if (event.shiftKey) {
		scroll_to(V.scroll + (event.deltaY || event.deltaX));
	} else if (event.altKey) {
		lane_height_set(V.lane_h * (event.deltaY > 0 ? 0.9 : 1.1));
	} else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
		const by = event.deltaX / plot_width() * (V.t1 - V.t0);
		view_set(V.t0 + by, V.t1 + by);
	} else {
		const unit = event.deltaMode ? 30 : 1;
		view_set(...zoom(Math.exp(Math.max(-200, Math.min(200, event.deltaY * unit)) * 0.0022),
			time_at(Math.max(LEFT, event.offsetX))));
	}
}

function overview_go(event) {
	if (!(event.buttons & 1))
		return;
	const at = event.offsetX / $("overview").clientWidth * D.end_ns, half = (V.t1 - V.t0) / 2;
	view_set(at - half, at + half);
}

/* ---- keys ---- */

function zoom_to_picked() {
	const p = V.picked;
	if (!p)
		return;
	let from, to;
	if ("kick" in p) {
		const steps = kick_steps(p.kick).map(step => step.ns);
		[from, to] = [Math.min(...steps), Math.max(...steps)];
	} else if ("wait" in p) {
		[from, to] = [D.waits[p.wait].since, D.waits[p.wait].until];
	} else if ("task" in p) {
		[from, to] = [M.run[p.cpu].start[p.i], slice_end(p.cpu, p.i)];
	} else {
		[from, to] = [D.time[p.event] - 500, D.time[p.event] + 500];
	}
	const margin = Math.max(100, (to - from) * 0.3);
	view_move(from - margin, to + margin);
}

function pick_middle() {
	const cpu = M.lanes[V.lane].cpu, i = slice_at(cpu, (V.t0 + V.t1) / 2);
	if (i >= 0)
		pick_slice(cpu, i);
}

function pick_nearest_kick() {
	const k = D.kick, at = (V.t0 + V.t1) / 2, i = upper(k.called, k.n, at);
	if (!k.n)
		say("there was no kick");
	else if (i === k.n || (i > 0 && at - k.called[i - 1] < k.called[i] - at))
		pick_kick(i - 1);
	else
		pick_kick(i);
}

function lane_step(step) {
	V.keyboard = true;
	show_lane(Math.max(0, Math.min(M.lanes.length - 1, V.lane + step)));
	const cpu = M.lanes[V.lane].cpu, i = slice_at(cpu, (V.t0 + V.t1) / 2);
	say(cpu_words(cpu) + (i >= 0 ? ": " + task_words(M.run[cpu].task[i]) : ""));
	redraw();
}

function show_keys() {
	$("keys").replaceChildren(el("h2", {}, "Keys"), table(["key", "what it does"], KEYS, "Keys"),
		el("p", { class: "quiet" }, "Wheel zooms; with Shift it scrolls the CPUs, with Alt it changes their height. " +
			"The address names what is in view: copy it to share a moment."),
		el("form", { method: "dialog" }, el("button", {}, "close")));
	$("keys").showModal();
}

function key_go(key) {
	const length = V.t1 - V.t0;

	switch (key) {
	case "ArrowLeft": view_move(V.t0 - length * 0.2, V.t1 - length * 0.2); break;
	case "ArrowRight": view_move(V.t0 + length * 0.2, V.t1 + length * 0.2); break;
	case "ArrowUp": lane_step(-1); break;
	case "ArrowDown": lane_step(1); break;
	case "+": case "=": view_move(...zoom(0.6)); break;
	case "-": case "_": view_move(...zoom(1 / 0.6)); break;
	case "PageUp": scroll_to(V.scroll - lanes_height() * 0.8); break;
	case "PageDown": scroll_to(V.scroll + lanes_height() * 0.8); break;
	case "Home": view_move(0, length); break;
	case "End": view_move(D.end_ns - length, D.end_ns); break;
	case "Enter": pick_middle(); break;
	case "Escape": pick(null); break;
	case "k": pick_nearest_kick(); break;
	case "n": case ".": pick_next(1); break;
	case "p": case ",": pick_next(-1); break;
	case "f": zoom_to_picked(); break;
	case "0": view_move(0, D.end_ns); break;
	case "h": fold_next(); break;
	case "g": show_groups(); break;
	case "[": lane_height_set(V.lane_h / 1.2); break;
	case "]": lane_height_set(V.lane_h * 1.2); break;
	case "/": $("search").focus(); break;
	case "t": theme_next(); break;
	case "x": if (M.bad) { show_bad(M.bad); tab_open("exit"); } break;
	case "?": show_keys(); break;
	case "1": case "2": case "3": case "4": case "5": case "6": {
		const to = tabs_of()[+key - 1];
		if (to)
			tab_open(to[0]);
		break;
	}
	default: return false;
	}
	return true;
}

function theme_next() {
	theme_set(V.dark ? "light" : "dark");
	panel_fill();
	legend_fill();
	remember();
}

function page_keys(event) {
	if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|DIALOG)$/.test(event.target.tagName) ||
	    $("keys").open)
		return;
	const in_chart = event.target === $("chart") || event.target === document.body;
	/* elsewhere the keys that scroll and press belong to what has the focus */
	if (!in_chart && /^(Arrow|Page|Home|End|Enter| )/.test(event.key)) {
		tab_keys(event);
		return;
	}
	if (key_go(event.key))
		event.preventDefault();
}

/* as a tab list is used: arrows go from tab to tab */
function tab_keys(event) {
	const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], tabs = tabs_of().map(([name]) => name);
	if (!step || event.target.getAttribute("role") !== "tab")
		return;
	tab_open(tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length]);
	$("tab-" + tab).focus();
	event.preventDefault();
}

/* ---- the beginning ---- */

function listen() {
	const chart = $("chart");

	chart.addEventListener("pointerdown", chart_down);
	chart.addEventListener("pointermove", chart_move);
	chart.addEventListener("pointerup", chart_up);
	chart.addEventListener("pointerleave", () => {
		V.hover = null;
		tip_show(null);
		redraw();
	});
	chart.addEventListener("wheel", chart_wheel, { passive: false });
	chart.addEventListener("dblclick", event => view_move(...zoom(0.3, time_at(event.offsetX))));
	chart.addEventListener("focus", () => { V.keyboard = chart.matches(":focus-visible"); redraw(); });
	chart.addEventListener("blur", () => { V.keyboard = false; redraw(); });
	$("overview").addEventListener("pointerdown", overview_go);
	$("overview").addEventListener("pointermove", overview_go);
	$("whole").addEventListener("click", () => view_move(0, D.end_ns));
	$("theme").addEventListener("click", theme_next);
	$("print").addEventListener("click", () => window.print());
	$("fold").addEventListener("click", fold_next);
	$("groups").addEventListener("click", show_groups);
	$("help").addEventListener("click", show_keys);
	document.addEventListener("keydown", page_keys);
	window.addEventListener("beforeprint", paper_begin);
	window.addEventListener("afterprint", paper_end);
	new ResizeObserver(() => {
		size_canvases();
		if (!V.lane_h_chosen)
			lanes_fit();
		scroll_to(V.scroll);
		paint();
	}).observe($("chart-box"));
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
		if (!V.theme)
			theme_set("");
		panel_fill();
		legend_fill();
	});
	search_begin();
}

/* Paper is light, and shows all there is to say. */
let theme_before = "";

function paper_begin() {
	theme_before = V.theme;
	theme_set("light");
	paint();
	paper_fill();
}

function paper_end() {
	theme_set(theme_before);
	$("paper").replaceChildren();
	panel_fill();
}

/* what the address asks for */
function follow_address() {
	const asked = new Map(location.hash.slice(1).split("&").map(text => {
		const at = text.indexOf("=");
		return at < 0 ? [text, ""] : [text.slice(0, at), decodeURIComponent(text.slice(at + 1))];
	}));
	const from = moment_parse(asked.get("from") || ""), to = moment_parse(asked.get("to") || "");

	V.instant = true;
	if (asked.has("theme"))
		theme_set(asked.get("theme") === "dark" ? "dark" : "light");
	if (asked.has("task")) {
		const index = M.tasks.findIndex(task => task && (task.name === asked.get("task") ||
			task.comm === asked.get("task")));
		if (index > 0)
			pick_task(index, from < to ? (from + to) / 2 : 0);
	}
	if (+asked.get("wait") >= 1 && +asked.get("wait") <= D.waits.length)
		pick_wait(+asked.get("wait") - 1);
	if (+asked.get("kick") >= 1 && +asked.get("kick") <= D.kick.n) {
		pick_kick(+asked.get("kick") - 1);
		zoom_to_picked();
	}
	if (from < to)
		view_set(from, to);
	else if (asked.has("task") || (!asked.has("kick") && !asked.has("wait")))
		view_set(0, D.end_ns);
	if (asked.has("tab"))
		tab_open(asked.get("tab"));
	V.instant = false;
	return asked;
}

async function begin() {
	const times = [performance.now()];
	D = decode(await inflate($("data").textContent));
	$("data").remove();
	times.push(performance.now());
	M = model_build();
	V.gaps = [];
	M.lanes.forEach((at, lane) => {
		V.gaps.push(lane ? V.gaps[lane - 1] + at.new_llc + at.new_node : 0);
	});
	times.push(performance.now());
	V.theme = "";
	const run = Object.fromEntries(D.run);
	const about = [run.scheduler, D.about, run.workload].filter(Boolean).join(", ");
	$("about").textContent = about;
	$("about").title = D.run.map(([key, value]) => `${key}: ${value}`).join("\n");
	document.title = `kickstand: ${about}`;
	theme_set("");
	size_canvases();
	fold_fit();
	[V.t0, V.t1] = clamp_view(0, D.end_ns);
	listen();
	panel_fill();
	legend_fill();
	const asked = follow_address();
	panel_fill();
	legend_fill();
	paint();
	times.push(performance.now());
	if (asked.has("selftest"))
		await selftest(times);
	document.body.dataset.ready = "yes";
}

