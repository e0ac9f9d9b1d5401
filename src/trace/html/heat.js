/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * heat.js - many CPUs in few rows: those of a core, an LLC or a node as one, as strong as they were
 * busy, and orange where some of them idled while tasks waited. One hue, and lightness that only
 * rises: who does not see colours sees it too.
 *
 *	V.fold		0: a lane for each CPU; 1, 2, 3: a row for each core, LLC, node
 *	V.rows		the rows: { name, cpus, lane }, lane being the first CPU's
 */
const FOLDS = ["CPU", "core", "LLC", "node"];
const HEAT = { light: ["7db3e6", "16407f"], dark: ["2c5590", "c3e1ff"] }, HEAT_IDLE = [230, 126, 20];
const ROW_LEAST = 4, ROW_MOST = 44;
const WAITING_LEAST = 0.5, IDLE_LEAST = 0.5;	/* tasks, CPUs, of a column's average: less is on its way */

/* CPUs that share a core are named together: they share its time, too. */
function siblings_of(cpu) {
	const at = M.lanes.find(lane => lane.cpu === cpu);
	return M.lanes.filter(lane => lane.core === at.core && lane.llc === at.llc && lane.node === at.node && lane.cpu !== cpu)
		.map(lane => lane.cpu);
}

function cpu_name(cpu) {
	const others = siblings_of(cpu);
	return `CPU ${cpu}` + (others.length ? ` (shares its core with ${others.join(", ")})` : "");
}

/* ---- rows ---- */

function rows_of(fold) {
	const rows = [], begins = ["", "new_core", "new_llc", "new_node"][fold];
	M.lanes.forEach((at, lane) => {
		if (!lane || at[begins])
			rows.push({ number: at[FOLDS[fold].toLowerCase()], cpus: [], lane, node: at.node, llc: at.llc });
		rows[rows.length - 1].cpus.push(at.cpu);
	});
	for (const row of rows)
		row.name = fold === 1 ? "CPU " + row.cpus.join(", ") : `${FOLDS[fold]} ${row.number}`;
	return rows;
}

function fold_set(fold) {
	V.fold = fold;
	V.rows = fold ? rows_of(fold) : null;
	V.scroll = 0;
	tip_show(null);
	legend_fill();
	$("say").textContent = fold ? `${V.rows.length} rows, one for each ${FOLDS[fold]}` : `${M.lanes.length} CPUs`;
	redraw();
}

/* the next that differs from what is shown, and back to CPUs */
function fold_next() {
	let fold = V.fold || 0, rows = fold ? V.rows.length : M.lanes.length;
	do
		fold = (fold + 1) % FOLDS.length;
	while (fold && rows_of(fold).length >= rows);
	fold_set(fold);
}

/* The finest whose rows are all in view, if the CPUs' lanes are not. */
function fold_fit() {
	lanes_fit();
	if (all_lanes_height() <= lanes_height())
		return;
	for (let fold = 1; fold < FOLDS.length; fold++)
		if (rows_of(fold).length * ROW_LEAST <= lanes_height() || fold === FOLDS.length - 1) {
			fold_set(fold);
			return;
		}
}

const row_height = () => Math.max(1, Math.min(ROW_MOST, lanes_height() / V.rows.length));
const row_y = n => lanes_top() + n * row_height();
const row_at = y => {
	const n = Math.floor((y - lanes_top()) / row_height());
	return n >= 0 && n < V.rows.length ? n : -1;
};

/* from a row to its CPUs */
function row_open(n) {
	const { lane } = V.rows[n];
	fold_set(0);
	lane_height_set(12);
	show_lane(lane);
	scroll_to(lane_offset(lane) - V.lane_h);
}

/* ---- how busy, and who waits ---- */

/* busy_until() for one ns after the other; place.i is where the search begins, and ends */
function busy_before(cpu, ns, place) {
	const run = M.run[cpu];
	if (!run.n || ns <= run.start[0])
		return 0;
	place.i = slice_before(run, place.i, ns);
	return busy_within(run, place.i, ns);
}

/* tasks that waited to run, times how long, until each step: what is between two moments is quick */
function waited_make() {
	const steps = M.runnable, sum = new Float64Array(steps.n + 1);
	for (let i = 1; i < steps.n; i++)
		sum[i] = sum[i - 1] + steps.value[i - 1] * (steps.time[i] - steps.time[i - 1]);
	return sum;
}

function waited_until(ns) {
	V.waited = V.waited || waited_make();
	const i = upper(M.runnable.time, M.runnable.n, ns) - 1;
	return i < 0 ? 0 : V.waited[i] + M.runnable.value[i] * (ns - M.runnable.time[i]);
}

/* For each of @width columns: how many of the CPUs were busy, on average. */
function row_busy(row, width) {
	const per = (V.t1 - V.t0) / width, out = new Float64Array(width);
	for (const cpu of row.cpus) {
		const place = { i: Math.max(0, slice_at(cpu, V.t0)) };
		let before = busy_before(cpu, Math.max(0, V.t0), place);
		for (let px = 0; px < width; px++) {
			const to = Math.min(D.end_ns, V.t0 + (px + 1) * per), now = busy_before(cpu, Math.max(0, to), place);
			out[px] += (now - before) / per;
			before = now;
		}
	}
	return out;
}

/* ---- drawing ---- */

function heat_colours() {
	const hex = text => [0, 2, 4].map(i => parseInt(text.slice(i, i + 2), 16));
	const [middle, most] = HEAT[V.dark ? "dark" : "light"].map(hex);
	return Array.from({ length: 65 }, (_, n) => n < 32 ? mix(V.colour.lane, middle, n / 32) : mix(middle, most, (n - 32) / 32));
}

function paint_heat() {
	const wide = M.lanes.length > 512 ? 3 : M.lanes.length > 128 ? 2 : 1;	/* pixels of a column */
	const width = Math.max(1, Math.floor(plot_width() / wide)), height = V.rows.length, high = row_height();
	const colours = heat_colours(), per = (V.t1 - V.t0) / width;
	if (!rows_canvas)
		rows_canvas = document.createElement("canvas");
	rows_canvas.width = width;
	rows_canvas.height = height;
	const rows = rows_canvas.getContext("2d"), image = rows.createImageData(width, height);
	const out = new Uint32Array(image.data.buffer), waiting = new Float64Array(width);
	for (let px = 0; px < width; px++) {
		const from = Math.max(0, V.t0 + px * per), to = Math.min(D.end_ns, V.t0 + (px + 1) * per);
		waiting[px] = to > from ? (waited_until(to) - waited_until(from)) / (to - from) : -1;
	}
	V.rows.forEach((row, n) => {
		const busy = row_busy(row, width);
		for (let px = 0; px < width; px++) {
			if (waiting[px] < 0)
				continue;
			const part = Math.max(0, Math.min(1, busy[px] / row.cpus.length));
			const idle = row.cpus.length - busy[px], cold = colours[Math.round(part * 64)];
			const rgb = waiting[px] >= WAITING_LEAST && idle >= IDLE_LEAST ?
				mix(cold, HEAT_IDLE, 0.4 + 0.6 * Math.min(waiting[px], idle) / row.cpus.length) : cold;
			out[n * width + px] = 0xff000000 | rgb[2] << 16 | rgb[1] << 8 | rgb[0];
		}
	});
	rows.putImageData(image, 0, 0);
	ctx.imageSmoothingEnabled = false;
	for (let n = 0; n < height; n++)
		ctx.drawImage(rows_canvas, 0, n, width, 1, LEFT, row_y(n), plot_width(), Math.max(1, high - (high > 5 ? 1 : 0)));
}

function paint_row_labels() {
	const high = row_height();
	let last = -99;
	ctx.textAlign = "right";
	ctx.textBaseline = "middle";
	V.rows.forEach((row, n) => {
		const y = row_y(n) + high / 2;
		if (y - last < 12)
			return;
		last = y;
		ctx.fillStyle = css(V.colour.text);
		const name = row.name.length > 13 ? row.name.slice(0, 12) + "…" : row.name;
		ctx.fillText(name, LEFT - 8, y);
	});
}

/* ---- in words ---- */

/* What came of each row in the whole trace. A task that last ran elsewhere has come there. */
function row_figures(rows) {
	const of_cpu = [];
	rows.forEach((row, n) => row.cpus.forEach(cpu => { of_cpu[cpu] = n; }));
	const figures = rows.map(row => ({
		busy: row.cpus.reduce((sum, cpu) => sum + M.run[cpu].total, 0) / row.cpus.length / Math.max(1, D.end_ns),
		runs: 0, came: 0, waits: [],
	}));
	for (const task of M.tasks) {
		if (!task || task.idle)
			continue;
		for (let i = 0, last = -1; i < task.runs.n; i++) {
			const n = of_cpu[task.runs.cpu[i]], since = task.runs.since[i];
			figures[n].runs++;
			figures[n].came += last >= 0 && last !== n;
			last = n;
			if (since !== NEVER)
				figures[n].waits.push(M.run[task.runs.cpu[i]].start[task.runs.i[i]] - since);
		}
	}
	for (const f of figures)
		f.waits.sort((a, b) => a - b);
	return figures;
}

/* as docs/figures.md has it: the one at place ⌈n·pct/100⌉ */
const percentile = (sorted, pct) => sorted[Math.ceil(sorted.length * pct / 100) - 1];
const percentile_words = (sorted, pct) => sorted.length ? span_words(percentile(sorted, pct)) : "–";

function row_cells(row, f) {
	return [row.name, String(row.cpus.length), (f.busy * 100).toFixed(1) + "%", String(f.runs), String(f.came),
		percentile_words(f.waits, 50), percentile_words(f.waits, 99), percentile_words(f.waits, 100)];
}

/* Tables of nodes and LLCs, where there are several. */
function show_groups() {
	const head = ["", "CPUs", "busy", "runs", "came from elsewhere", "wait p50", "p99", "max"], tables = [];
	for (const fold of [3, 2]) {
		const rows = rows_of(fold);
		if (rows.length < 2 && fold === 3)
			continue;
		const figures = row_figures(rows);
		tables.push(table(head, rows.map((row, n) => row_cells(row, figures[n])), FOLDS[fold] + "s"));
	}
	$("keys").replaceChildren(el("h2", {}, "Nodes and LLCs"), ...tables,
		el("form", { method: "dialog" }, el("button", {}, "close")));
	$("keys").showModal();
}

function row_tip(n) {
	const row = V.rows[n], from = Math.max(0, V.t0), to = Math.min(D.end_ns, V.t1);
	const busy = row.cpus.reduce((sum, cpu) => sum + busy_until(cpu, to) - busy_until(cpu, from), 0);
	return [[`${row.name}: ${row.cpus.length} CPUs`], [`${(busy * 100 / row.cpus.length / Math.max(1, to - from)).toFixed(1)}% busy in view`],
		["orange: some idle while tasks wait; click for its CPUs"]];
}
