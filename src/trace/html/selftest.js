/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * selftest.js - the page tries itself, when it is opened with #selftest: what the user
 * would do, and what must come of it. It writes TAP, and how long things took, into an
 * element of that name, and the figures of tasks into another. Then the page begins.
 */
const pause = () => new Promise(go => setTimeout(go, 0));

function press(key, on) {
	(on || $("chart")).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}

function point(kind, x, y, more) {
	$("chart").dispatchEvent(new (kind === "wheel" ? WheelEvent : PointerEvent)(kind, {
		bubbles: true, cancelable: true, pointerId: 1, clientX: x + $("chart").getBoundingClientRect().left,
		clientY: y + $("chart").getBoundingClientRect().top, ...more }));
}

function search_for(text) {
	$("search").focus();
	$("search").value = text;
	$("search").dispatchEvent(new Event("input"));
	press("Enter", $("search"));
}

/* somebody who ran, in the middle of the trace */
function busy_place() {
	for (let lane = 0; lane < M.lanes.length; lane++) {
		const cpu = M.lanes[lane].cpu, run = M.run[cpu];
		for (let i = Math.floor(run.n / 2); i < run.n; i++)
			if (!M.tasks[run.task[i]].idle && slice_end(cpu, i) > run.start[i])
				return { lane, cpu, i };
	}
	return null;
}

const TESTS = {
	"every event has its time": () => {
		for (let e = 1; e < D.n; e++)
			if (!(D.time[e] >= D.time[e - 1]))
				return false;
		return D.n > 0 && D.time[D.n - 1] <= D.end_ns;
	},
	"a CPU's slices have no gaps and are in order": () => M.run.every(run => {
		for (let i = 1; i < run.n; i++)
			if (run.start[i] < run.start[i - 1])
				return false;
		return true;
	}),
	"the CPUs are in the order of the topology": () => M.lanes.every((at, lane) => !lane ||
		at.node >= M.lanes[lane - 1].node && at.llc >= M.lanes[lane - 1].llc) && M.lanes.length === D.cpus.length,
	"plus zooms in, minus out": () => {
		view_set(0, D.end_ns);
		const all = V.t1 - V.t0;
		press("+");
		const near = V.t1 - V.t0;
		press("-");
		return near < all && Math.abs(V.t1 - V.t0 - all) < all * 0.05;
	},
	"the wheel keeps what is under the pointer": () => {
		view_set(D.end_ns * 0.4, D.end_ns * 0.6);
		const x = LEFT + plot_width() * 0.3, before = time_at(x);
		point("wheel", x, lanes_top() + 5, { deltaY: -120 });
		return Math.abs(time_at(x) - before) < (V.t1 - V.t0) / 100 && V.t1 - V.t0 < D.end_ns * 0.2;
	},
	"arrows move": () => {
		view_set(D.end_ns * 0.4, D.end_ns * 0.5);
		const before = V.t0;
		press("ArrowRight");
		const after = V.t0;
		press("ArrowLeft");
		return after > before && Math.abs(V.t0 - before) < 2;
	},
	"dragging moves": () => {
		view_set(D.end_ns * 0.4, D.end_ns * 0.5);
		const before = V.t0, x = LEFT + plot_width() / 2, y = lanes_top() + 3;
		point("pointerdown", x, y);
		point("pointermove", x - 100, y);
		point("pointerup", x - 100, y);
		return V.t0 > before;
	},
	"a click follows the task there": () => {
		const place = busy_place(), run = M.run[place.cpu], from = run.start[place.i];
		const to = slice_end(place.cpu, place.i);
		view_set(from - (to - from), to + (to - from));
		show_lane(place.lane);
		V.drawn = [];		/* no arrow is in the way */
		const x = x_of((from + to) / 2), y = lane_y(place.lane) + bar_height() / 2;
		point("pointerdown", x, y);
		point("pointerup", x, y);
		return V.picked && V.picked.task === run.task[place.i] &&
			$("panel").textContent.includes(M.tasks[run.task[place.i]].name);
	},
	"n and p go along a task": () => {
		const task = M.tasks.findIndex(t => t && !t.idle && t.runs.n > 2);
		pick_task(task, 0);
		const first = V.picked.i + "," + V.picked.cpu;
		press("n");
		const second = V.picked.i + "," + V.picked.cpu;
		press("p");
		return first !== second && first === V.picked.i + "," + V.picked.cpu;
	},
	"a task is found by its name": () => {
		const task = M.tasks.findIndex(t => t && !t.idle && t.runs.n);
		search_for(M.tasks[task].name);
		return V.picked && V.picked.task === task;
	},
	"a moment is found": () => {
		view_set(0, D.end_ns / 10);
		search_for((D.end_ns * 0.75 / 1e6).toFixed(6) + "ms");
		return Math.abs((V.t0 + V.t1) / 2 - D.end_ns * 0.75) < D.end_ns / 50;
	},
	"an op is found": () => {
		if (!D.count[D.id.op_enter])
			return true;
		const op = D.name(D.arg(D.kind.indexOf(D.id.op_enter), "op"));
		search_for("ops." + op);
		return V.picked && "event" in V.picked && op_name(V.picked.event).includes(op);
	},
	"what is about a sub-scheduler says so": () => {
		if (!D.count[D.id.op_sched])
			return true;
		const op = D.kind.indexOf(D.id.op_sched) - 1, cgroup = D.arg(op + 1, "cgroup");
		return op_name(op) === `sub-${cgroup} ` + D.name(D.arg(op, "op")) &&
			[...M.dsqs.keys()].some(name => name.endsWith(` of sub-${cgroup}`)) &&
			D.kick.sched.every((sched, k) => !sched || kick_words(k).endsWith(`for sub-${sched}`)) &&
			M.parts.length === 1;
	},
	"a kick is found, and its life is told": () => {
		if (!D.kick.n)
			return true;
		search_for("kick 1");
		return V.picked && V.picked.kick === 0 && document.querySelectorAll(".story li").length > 0;
	},
	"a kick's arrow is drawn and found by pointing": () => {
		const k = Array.from(D.kick.fate).findIndex((fate, i) => fate === FATE.ANSWERED &&
			D.kick.target[i] !== D.kick.asker[i]);
		if (k < 0)
			return true;
		pick_kick(k);
		zoom_to_picked();
		lane_height_set(24);
		show_lane(M.lane_of[D.kick.asker[k]]);
		paint();
		const drawn = V.drawn.find(one => one.k === k), at = drawn && under(drawn.curve[0], drawn.curve[1]);
		return at && "kick" in at && D.kick.called[at.kick] === D.kick.called[k];
	},
	"kick, Enter and Escape by keyboard": () => {
		press("k");
		const kick = V.picked && "kick" in V.picked;
		press("ArrowDown");
		press("Enter");
		const slice = V.picked && "task" in V.picked;
		press("Escape");
		return (kick || !D.kick.n) && slice && V.picked === null;
	},
	"each tab has something to say": () => tabs_of().every(([name]) => {
		tab_open(name);
		return $("panel").textContent.trim().length > 5;
	}),
	"a wait is drawn, picked by its line, and told": () => {
		if (!D.waits.length)
			return true;
		view_set(0, D.end_ns);
		pick_wait(0);
		const at = wait_line(0), hit = at ? wait_under((at.a + at.b) / 2, at.y) : 0;
		const words = $("panel").textContent, named = words.includes(D.waits[hit].queue);
		pick(null);
		return hit >= 0 && named && D.waits.every(wait => wait.until - wait.since >= 1e6);
	},
	"each wait's story has an end": () => D.waits.every(wait => {
		const parts = wait_parts(wait.story);
		return parts.facts.includes("Meanwhile:") && parts.comes_to.length > 0 && parts.comes_to[0].length > 20;
	}),
	"a scheduler is enabling before it is enabled": () => M.marks.filter(mark => mark.kind === "sched_enable")
		.slice(0, 2).map(mark_words).join() === "enabling,enabled",
	"each flag of a kick is told once": () => [8, 10, 16, 0].map(flag_words).join() ===
		"PREEMPT_LAZY,PREEMPT|PREEMPT_LAZY,0x10,plain",
	"a bad end is marked and told": () => !D.exit.trim() || (M.bad !== null || D.exit.includes("locked")) &&
		tabs_of().some(([name]) => name === "exit"),
	"light and dark": () => {
		const before = V.dark, back = css(V.colour.back);
		press("t");
		const after = css(V.colour.back);
		press("t");
		return V.dark === before && back !== after && css(V.colour.back) === back;
	},
	"help opens and closes": () => {
		press("?");
		const open = $("keys").open;
		$("keys").close();
		return open;
	},
	"numbers open the tabs, the last one too": () => {
		const good = tabs_of().every(([name], n) => {
			press(String(n + 1));
			return tab === name;
		});
		tab_open("picked");
		return good;
	},
	"h folds the CPUs, and comes back to them": () => {
		const rows = [];
		fold_set(0);
		do {
			press("h");
			rows.push(V.fold ? V.rows.reduce((sum, row) => sum + row.cpus.length, 0) : M.lanes.length);
			paint();
		} while (V.fold && rows.length < 5);
		return !V.fold && rows.every(n => n === M.lanes.length);
	},
	"a row is as busy as its CPUs": () => {
		fold_set(3);
		view_set(0, D.end_ns);
		const per = (V.t1 - V.t0) / 200, ns = V.rows.reduce((sum, row) =>
			sum + row_busy(row, 200).reduce((a, b) => a + b, 0) * per, 0);
		fold_set(0);
		const all = M.run.reduce((sum, run) => sum + run.total, 0);
		return all > 0 && Math.abs(ns - all) < all * 0.001 + 1;
	},
	"a click on a row opens its CPUs": () => {
		fold_set(3);
		const last = V.rows.length - 1, lane = V.rows[last].lane;
		pick_under(LEFT + 50, row_y(last) + row_height() / 2);
		return !V.fold && V.lane === lane;
	},
	"nodes and LLCs have tables": () => {
		press("g");
		const rows = $("keys").querySelectorAll("tr").length, words = $("keys").textContent;
		const runs = row_figures(rows_of(2)).reduce((sum, f) => sum + f.runs, 0);
		$("keys").close();
		return rows > rows_of(2).length && words.includes("LLC") &&
			runs === M.tasks.reduce((sum, task) => sum + (task && !task.idle ? task.runs.n : 0), 0);
	},
	"on paper there is everything": () => {
		paper_begin();
		const words = $("paper").textContent;
		paper_end();
		return words.includes("Kicks") && words.includes("Latency") && words.includes("Tasks");
	},
	"the page draws something": () => {
		view_set(0, D.end_ns);
		lanes_fit();
		paint();
		const pixels = new Uint32Array($("chart").getContext("2d").getImageData(0, 0, $("chart").width,
			$("chart").height).data.buffer);
		return new Set(pixels).size > 8;
	},
};

/*
 * Frames on the way from the whole trace to a thousandth of it, each drawn to its end; the
 * best of five, since what else the computer does is not the question.
 */
function frame_times() {
	const times = [], read = () => $("chart").getContext("2d").getImageData(0, 0, 1, 1);
	pick(null);
	lanes_fit();
	for (let n = 0; n < 60; n++) {
		const length = D.end_ns * 0.89 ** n, middle = D.end_ns * (0.3 + n * 0.004);
		[V.t0, V.t1] = clamp_view(middle - length / 2, middle + length / 2);
		let best = Infinity;
		for (let tries = 0; tries < 5; tries++) {
			const begin = performance.now();
			paint();
			read();
			best = Math.min(best, performance.now() - begin);
		}
		times.push(best);
	}
	return times.sort((a, b) => a - b);
}

/* of each task in each part, for those who know what they must be */
function figures_text() {
	const lines = [];
	for (const task of M.tasks.slice(1))
		task.parts.forEach((f, k) => lines.push([k, task.pid, f.ran, f.waited, f.wakeups,
			f.latency.p50, f.latency.p99, f.longest].join(" ")));
	return lines.join("\n");
}

async function selftest(load) {
	fold_set(0);	/* what follows is of lanes, however many there are */
	const lines = [];
	let n = 0;

	V.testing = V.instant = true;
	for (const [name, test] of Object.entries(TESTS)) {
		let good = false, why = "";
		try {
			good = !!test();
		} catch (error) {
			why = " # " + error;
		}
		lines.push(`${good ? "ok" : "not ok"} ${++n} - ${name}${why}`);
		await pause();
	}
	const frames = frame_times();
	lines.push(`# ${D.n} events: decoded in ${(load[1] - load[0]).toFixed(0)} ms, model ` +
		`${(load[2] - load[1]).toFixed(0)} ms, shown ${(load[3] - load[2]).toFixed(0)} ms`);
	lines.push(`# frame, best of five: median ${percentile(frames, 50).toFixed(1)} ms, p90 ${percentile(frames, 90).toFixed(1)} ms, ` +
		`longest ${frames[frames.length - 1].toFixed(1)} ms`);
	lines.push(`1..${n}`);
	V.testing = V.instant = false;
	document.body.append(el("pre", { id: "figures" }, figures_text()));
	document.body.append(el("pre", { id: "selftest" }, lines.join("\n")));
	$("hold").remove();
}

/*
 * A page counts as loaded, and a browser without a window is content with it, when its
 * frames are: one that is being written holds it up, in real time. The result removes it.
 */
function hold_load() {
	const frame = el("iframe", { id: "hold", hidden: "" });
	document.body.append(frame);
	frame.contentDocument.open();
}

/* ---- and now ---- */

if (/selftest/.test(location.hash))
	hold_load();

begin().catch(error => {
	$("stage").replaceChildren(el("p", { class: "trouble" }, "This trace cannot be shown: " + error.message));
	document.body.dataset.ready = "failed";
	console.error(error);
});
