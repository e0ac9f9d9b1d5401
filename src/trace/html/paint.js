/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * paint.js - the canvases. What is wide enough is drawn as shapes; when there are more
 * slices than that, a lane is one row of pixels: each has the colour of the task that had
 * most of its time, and is as strong as the CPU was busy. So a frame costs by the pixels,
 * not by the events.
 */
const SHAPES_MAX = 2500, KICKS_MAX = 500, DETAILS_MAX = 2500;

let ctx = null, rows_canvas = null;

/* ---- text ---- */

const widths = new Map();

function text_width(text) {
	if (!widths.has(text))
		widths.set(text, ctx.measureText(text).width);
	return widths.get(text);
}

function text_fit(text, room) {
	if (text_width(text) <= room)
		return text;
	return "";
}

/* ---- ruler ---- */

function tick_step() {
	const want = (V.t1 - V.t0) / Math.max(2, plot_width() / 110);
	const unit = 10 ** Math.floor(Math.log10(want));
	return [1, 2, 5, 10].map(n => n * unit).find(step => step >= want);
}

function tick_words(ns, step) {
	const [unit, name] = step >= 1e8 ? [1e9, "s"] : step >= 100 ? [1e6, "ms"] : [1e6, "ms"];
	const digits = Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9));
	return (ns / unit).toFixed(digits) + " " + name;
}

function paint_ruler() {
	const step = tick_step(), bottom = V.height;

	ctx.textAlign = "center";
	ctx.textBaseline = "middle";
	for (let n = Math.ceil(Math.max(0, V.t0) / step); n * step <= Math.min(V.t1, D.end_ns); n++) {
		const x = Math.round(x_of(n * step)) + 0.5;
		ctx.strokeStyle = css(V.colour.line);
		ctx.lineWidth = 1;
		ctx.beginPath();
		ctx.moveTo(x, RULER - 5);
		ctx.lineTo(x, bottom);
		ctx.stroke();
		ctx.fillStyle = css(V.colour.quiet);
		const words = tick_words(n * step, step), half = text_width(words) / 2;
		ctx.fillText(words, Math.min(x, V.width - half - 4), RULER / 2 - 1);
	}
}

/* ---- lanes ---- */

const ops_room = () => V.lane_h >= 24 ? Math.min(V.lane_h * 0.42, 40) : 0;
const bar_height = () => V.lane_h - (V.lane_h >= 8 ? 2 : V.lane_h >= 5 ? 1 : 0) - ops_room();

function lanes_shown() {
	const shown = [];
	for (let lane = 0; lane < M.lanes.length; lane++) {
		const y = lane_y(lane);
		if (y + V.lane_h > lanes_top() && y < lanes_top() + lanes_height())
			shown.push({ lane, cpu: M.lanes[lane].cpu, y });
	}
	return shown;
}

function paint_labels(shown) {
	const narrow = V.lane_h < 11;
	let last_y = -99;

	ctx.textBaseline = "middle";
	for (const { lane, cpu, y } of shown) {
		const at = M.lanes[lane], middle = y + bar_height() / 2;
		const focused = V.keyboard && lane === V.lane;

		if (focused) {
			ctx.fillStyle = css(V.colour.accent);
			ctx.fillRect(LEFT - 5, y, 2, Math.max(2, bar_height()));
		}
		if (narrow && middle - last_y < 11 && !at.new_llc)
			continue;
		last_y = middle;
		ctx.textAlign = "right";
		ctx.fillStyle = css(focused ? V.colour.accent : V.colour.text);
		ctx.fillText(narrow ? cpu : "CPU " + cpu, LEFT - 10, middle);
	}
}

/* brackets for nodes and LLCs, left of the labels */
function paint_groups() {
	const groups = { node: [], llc: [] };

	M.lanes.forEach((at, lane) => {
		for (const level of ["node", "llc"]) {
			if (at["new_" + level])
				groups[level].push({ number: at[level], from: lane, to: lane });
			groups[level][groups[level].length - 1].to = lane;
		}
	});
	const draw = (list, x, name) => {
		if (list.length < 2)
			return;
		for (const group of list) {
			const top = lane_y(group.from), bottom = lane_y(group.to) + bar_height();
			const from = Math.max(top, lanes_top()), to = Math.min(bottom, lanes_top() + lanes_height());
			if (to <= from)
				continue;
			ctx.fillStyle = css(V.colour.line);
			ctx.fillRect(x, top, 2, bottom - top);
			const words = name + " " + group.number;
			if (to - from < text_width(words) + 4)
				continue;
			ctx.save();
			ctx.translate(x - 8, (from + to) / 2);
			ctx.rotate(-Math.PI / 2);
			ctx.textAlign = "center";
			ctx.fillStyle = css(V.colour.quiet);
			ctx.fillText(words, 0, 0);
			ctx.restore();
		}
	};
	draw(groups.node, 16, "node");
	draw(groups.llc, groups.node.length > 1 ? 36 : 16, "LLC");
}

const followed = () => !V.picked ? 0 : "task" in V.picked ? V.picked.task :
	"wait" in V.picked ? D.waits[V.picked.wait].task : 0;

/* the last slice that begins before ns, from i on */
function slice_before(run, i, ns) {
	for (let steps = 0; steps < 16; steps++, i++)
		if (i + 1 >= run.n || run.start[i + 1] >= ns)
			return i;
	return upper(run.start, run.n, ns) - 1;
}

/* One lane as a row of pixels, into out at offset. */
function row_fill(cpu, out, offset, width, colours) {
	const run = M.run[cpu], per = (V.t1 - V.t0) / width, back = colours[0], idle = M.idle;
	const busy_at = (i, ns) => run.busy[i] + (idle[run.task[i]] ? 0 : ns - run.start[i]);
	const first = run.n ? run.start[0] : Infinity;
	let i = Math.max(0, slice_at(cpu, V.t0)), last_best = -1, last_busy = -1, pixel = 0;

	for (let px = 0; px < width; px++) {
		const from = Math.max(first, V.t0 + px * per), to = Math.min(D.end_ns, V.t0 + (px + 1) * per);
		if (to <= from)
			continue;	/* before or after the trace: as the image begins, clear */
		i = slice_before(run, i, from + 1e-9);
		const last = slice_before(run, i, to);
		let best = run.task[i], busy = idle[best] ? 0 : 1;
		if (last !== i) {
			let best_ns = 0;
			for (let j = i, step = Math.max(1, (last - i) >> 4); j <= last; j += step) {
				const end = j + 1 < run.n ? run.start[j + 1] : D.end_ns;
				const ns = (end < to ? end : to) - (run.start[j] > from ? run.start[j] : from);
				if (ns > best_ns && !idle[run.task[j]]) {
					best_ns = ns;
					best = run.task[j];
				}
			}
			busy = (busy_at(last, to) - busy_at(i, from)) / (to - from);
			if (best_ns)
				busy = Math.max(busy, 0.12);	/* a short run is seen too */
			i = last;
		}
		if (best !== last_best || busy !== last_busy) {
			const rgb = colours[best], part = busy > 0 ? 0.15 + 0.85 * busy : 0;
			pixel = 0xff000000 | back[2] + (rgb[2] - back[2]) * part << 16 |
				back[1] + (rgb[1] - back[1]) * part << 8 | back[0] + (rgb[0] - back[0]) * part;
			last_best = best;
			last_busy = busy;
		}
		out[offset + px] = pixel;
	}
}

function colours_of_now() {
	const follow = followed();
	if (!follow)
		return V.task_rgb.with ? V.task_rgb.with(0, V.colour.lane) : [V.colour.lane].concat(V.task_rgb.slice(1));
	return V.task_rgb.map((rgb, index) => !index ? V.colour.lane : index === follow ? rgb :
		mix(rgb, V.colour.back, 0.72));
}

function paint_rows(shown) {
	const width = Math.floor(plot_width() * V.ratio), height = shown.length, bar = bar_height();

	if (!rows_canvas)
		rows_canvas = document.createElement("canvas");
	if (rows_canvas.width !== width || rows_canvas.height < height) {
		rows_canvas.width = width;
		rows_canvas.height = Math.max(height, 64);
	}
	const rows = rows_canvas.getContext("2d"), image = rows.createImageData(width, height);
	const out = new Uint32Array(image.data.buffer), colours = colours_of_now();
	shown.forEach(({ cpu }, i) => row_fill(cpu, out, i * width, width, colours));
	rows.putImageData(image, 0, 0);
	ctx.imageSmoothingEnabled = false;
	shown.forEach(({ y }, i) => {
		ctx.drawImage(rows_canvas, 0, i, width, 1, LEFT, y, plot_width(), bar);
	});
}

function paint_lane_backs(shown) {
	ctx.fillStyle = css(V.colour.lane);
	const from = Math.max(LEFT, x_of(0)), to = Math.min(V.width - 10, x_of(D.end_ns));
	for (const { y } of shown)
		ctx.fillRect(from, y, Math.max(0, to - from), bar_height());
}

function paint_shapes(shown) {
	const bar = bar_height(), follow = followed(), colours = colours_of_now().map(css);

	for (const { cpu, y } of shown) {
		const run = M.run[cpu];
		let done = LEFT;
		for (let i = Math.max(0, slice_at(cpu, V.t0)); i < run.n && run.start[i] < V.t1; i++) {
			if (M.tasks[run.task[i]].idle)
				continue;
			const from = Math.max(LEFT, x_of(run.start[i])), to = x_of(slice_end(cpu, i));
			if (to < done)
				continue;
			const wide = to - from, x = Math.max(from, done);
			ctx.fillStyle = colours[run.task[i]];
			ctx.fillRect(x, y, Math.max(1, Math.min(to, V.width - 10) - x - (wide > 4 ? 0.75 : 0)), bar);
			done = x + 1;
		}
	}
}

/* names in slices that have room for them */
function paint_names(shown) {
	const bar = bar_height(), follow = followed();

	if (bar < 10)
		return;
	ctx.textAlign = "left";
	ctx.textBaseline = "middle";
	for (const { cpu, y } of shown) {
		const run = M.run[cpu], least = 26 / plot_width() * (V.t1 - V.t0);
		let i = Math.max(0, slice_at(cpu, V.t0));
		const end = upper(run.start, run.n, V.t1);
		if (end - i > 3000)
			continue;
		for (; i < end; i++) {
			const task = M.tasks[run.task[i]];
			if (task.idle || slice_end(cpu, i) - run.start[i] < least)
				continue;
			const from = Math.max(LEFT, x_of(run.start[i])), to = Math.min(V.width - 10, x_of(slice_end(cpu, i)));
			const name = text_fit(task.comm, to - from - 8);
			if (!name)
				continue;
			ctx.fillStyle = follow && run.task[i] !== follow ? css(V.colour.quiet) : V.ink;
			ctx.fillText(name, from + 4, y + bar / 2 + 0.5);
		}
	}
}

/* ---- ops, irqs, waits ---- */

function spans_in_view(list) {
	const first = Math.max(0, upper(list.start, list.n, V.t0) - 1);
	return [first, upper(list.start, list.n, V.t1)];
}

function details_count(shown, lists_of) {
	let n = 0;
	for (const { cpu } of shown)
		for (const list of lists_of(cpu)) {
			const [from, to] = spans_in_view(list);
			n += to - from;
			if (n > DETAILS_MAX)
				return n;
		}
	return n;
}

const OP_HUES = new Map();

function op_colour(name) {
	if (!OP_HUES.has(name + V.dark))
		OP_HUES.set(name + V.dark, css(oklch(V.dark ? 0.52 : 0.72, 0.06, hash_of(name) % 360)));
	return OP_HUES.get(name + V.dark);
}

function paint_ops(shown) {
	const room = ops_room();

	if (!room || details_count(shown, cpu => M.ops[cpu]) > DETAILS_MAX)
		return;
	const top = bar_height() + 1;
	for (const { cpu, y } of shown) {
		const depths = M.ops[cpu].length, h = Math.min(13, room / Math.max(1, Math.min(depths, 3)) - 1);
		M.ops[cpu].slice(0, 3).forEach((list, depth) => {
			const [from, to] = spans_in_view(list);
			let done = LEFT;
			for (let i = from; i < to; i++) {
				const a = Math.max(LEFT, x_of(list.start[i])), b = Math.min(V.width - 10, x_of(list.end[i]));
				if (b < done)
					continue;
				const name = op_name(list.event[i]), at = y + top + depth * (h + 1);
				ctx.fillStyle = op_colour(name);
				ctx.fillRect(Math.max(a, done), at, Math.max(1, b - Math.max(a, done)), h);
				done = b;
				if (h >= 8 && text_fit(name, b - a - 6)) {
					ctx.fillStyle = V.ink;
					ctx.textAlign = "left";
					ctx.fillText(name, a + 3, at + h / 2 + 0.5);
				}
			}
		});
	}
}

const IRQ_COLOUR = { timer: "quiet", reschedule: "accent", irq_work: "preempt" };

function paint_irqs(shown) {
	if (V.lane_h < 12 || details_count(shown, cpu => M.irqs[cpu]) > DETAILS_MAX)
		return;
	for (const { cpu, y } of shown)
		M.irqs[cpu].forEach(list => {
			const [from, to] = spans_in_view(list);
			for (let i = from; i < to; i++) {
				const a = x_of(list.start[i]), b = x_of(list.end[i]);
				if (b < LEFT)
					continue;
				const vector = D.name(D.arg(list.event[i], "vector"));
				ctx.fillStyle = css(V.colour[IRQ_COLOUR[vector] || "text"]);
				ctx.globalAlpha = 0.75;
				ctx.fillRect(Math.max(LEFT, a), y, Math.max(1, b - Math.max(LEFT, a)), 3);
			}
		});
	ctx.globalAlpha = 1;
}

/* SCX_KICK_WAIT: the asker stands still */
function paint_waits(shown) {
	const bar = bar_height();

	ctx.strokeStyle = css(V.colour.wait);
	for (const { cpu, y } of shown) {
		const list = M.waits[cpu], [from, to] = spans_in_view(list);
		if (to - from > 2000)
			continue;
		for (let i = from; i < to; i++) {
			const a = Math.max(LEFT, x_of(list.start[i])), b = Math.min(V.width - 10, x_of(list.end[i]));
			if (b < LEFT)
				continue;
			ctx.save();
			ctx.beginPath();
			ctx.rect(a, y, Math.max(1.5, b - a), bar);
			ctx.clip();
			ctx.lineWidth = 1.5;
			ctx.beginPath();
			for (let x = a - bar; x < b + bar && x < V.width; x += 5) {
				ctx.moveTo(x, y + bar);
				ctx.lineTo(x + bar, y);
			}
			ctx.moveTo(a, y);
			ctx.lineTo(a, y + bar);
			ctx.stroke();
			ctx.restore();
		}
	}
}

/* ---- kicks ---- */

/* how many kicks of each kind are asked for, along the top */
function paint_strip() {
	const bins = Math.floor(plot_width() / 3), per = (V.t1 - V.t0) / bins;
	let most = 1;
	const counts = M.kick_times.map(times => {
		const found = new Uint32Array(bins);
		let last = upper(times, times.length, V.t0);
		for (let b = 0; b < bins; b++) {
			const next = upper(times, times.length, V.t0 + (b + 1) * per);
			found[b] = next - last;
			last = next;
		}
		return found;
	});

	for (let b = 0; b < bins; b++)
		most = Math.max(most, counts.reduce((sum, found) => sum + found[b], 0));
	const unit = Math.min(4, (STRIP - 4) / most);
	for (let b = 0; b < bins; b++) {
		let y = lanes_top() - 3;
		counts.forEach((found, flag) => {
			if (!found[b])
				return;
			const h = Math.max(1, found[b] * unit);
			ctx.fillStyle = V.flag[flag];
			ctx.fillRect(LEFT + b * 3, y - h, 2, h);
			y -= h;
		});
	}
	if (D.kick.n) {
		ctx.fillStyle = css(V.colour.quiet);
		ctx.textAlign = "right";
		ctx.textBaseline = "middle";
		ctx.fillText("kicks", LEFT - 10, lanes_top() - STRIP / 2);
	}
}

function kick_curve(k) {
	const kick = D.kick, from_lane = kick.asker[k] >= 0 ? M.lane_of[kick.asker[k]] : -1;
	const exists = kick.target[k] >= 0 && kick.target[k] < D.cpus.length;
	const to_lane = exists ? M.lane_of[kick.target[k]] : from_lane, bar = bar_height();

	if (from_lane < 0)
		return null;
	const x1 = x_of(kick.called[k]), x2 = x_of(kick.end[k]), y1 = lane_y(from_lane) + bar / 2;
	if (from_lane === to_lane) {
		const top = lane_y(from_lane), lift = Math.min(12, V.lane_h * 0.6);
		return [x1, top + bar * 0.25, x1, top - lift, x2, top - lift, x2, top + 1];
	}
	const down = to_lane > from_lane;
	const y2 = lane_y(to_lane) + (kick.fate[k] === FATE.ANSWERED ? (down ? 0 : bar) : bar / 2);
	const bow = Math.min(40, Math.max(0, (x2 - x1) / 2));
	return [x1, y1, x1 + bow, y1 + (y2 - y1) * 0.25, x2 - bow, y1 + (y2 - y1) * 0.75, x2, y2];
}

function arrow_head(x, y, angle, size) {
	ctx.save();
	ctx.translate(x, y);
	ctx.rotate(angle);
	ctx.beginPath();
	ctx.moveTo(0, 0);
	ctx.lineTo(-size, -size * 0.5);
	ctx.lineTo(-size, size * 0.5);
	ctx.closePath();
	ctx.fill();
	ctx.restore();
}

function paint_kick(k, curve, strong) {
	const kick = D.kick, [x1, y1, ax, ay, bx, by, x2, y2] = curve, colour = V.flag[kick_colour(kick.flags[k])];
	const size = V.lane_h >= 12 ? 6 : 4, fate = kick.fate[k];

	ctx.strokeStyle = ctx.fillStyle = colour;
	ctx.lineWidth = strong ? 2.5 : V.lane_h >= 12 ? 1.25 : 1;
	ctx.setLineDash(fate !== FATE.ANSWERED ? [2, 3] : kick.coalesced[k] ? [5, 3] : []);
	if (fate !== FATE.DROPPED) {
		ctx.beginPath();
		ctx.moveTo(x1, y1);
		ctx.bezierCurveTo(ax, ay, bx, by, x2, y2);
		ctx.stroke();
	}
	ctx.setLineDash([]);
	ctx.beginPath();
	ctx.arc(x1, y1, strong ? 3 : V.lane_h >= 12 ? 2 : 1.2, 0, 7);
	ctx.fill();
	if (fate === FATE.ANSWERED) {
		arrow_head(x2, y2, Math.atan2(y2 - by, x2 - bx || 1e-6), strong ? size + 2 : size);
	} else if (fate === FATE.SKIPPED) {
		ctx.beginPath();
		ctx.arc(x2, y2, size * 0.6, 0, 7);
		ctx.stroke();
	} else if (fate === FATE.DROPPED) {
		ctx.lineWidth = 2;
		ctx.beginPath();
		for (const side of [-1, 1]) {
			ctx.moveTo(x1 - size, y1 - side * size);
			ctx.lineTo(x1 + size, y1 + side * size);
		}
		ctx.stroke();
	}
}

function paint_kicks() {
	const found = kicks_between(V.t0, V.t1, KICKS_MAX), follow = followed();

	V.drawn = [];
	if (!found)
		return;
	ctx.globalAlpha = found.length > 250 ? 0.55 : 0.9;
	for (const k of found) {
		const curve = kick_curve(k);
		if (!curve)
			continue;
		V.drawn.push({ k, curve });
		if (follow && D.kick.task[k] !== follow)
			ctx.globalAlpha = 0.25;
		paint_kick(k, curve, V.hover && V.hover.kick === k);
	}
	ctx.globalAlpha = 1;
}

/* the steps of the one that is picked */
function kick_steps(k) {
	const kick = D.kick, d = kick.way[k], asker = kick.asker[k], target = kick.target[k];
	const steps = [{ ns: kick.called[k], cpu: asker, words: "call" }];

	if (d < 0)
		return steps;
	const way = D.way;
	for (const [ns, cpu, words] of [[way.work[d], asker, "irq work"], [way.at[d], asker, "looks"],
			[way.ipi[d], target, "IPI"], [way.answer[d], target, "schedule()"],
			[way.passed[d], target, "picked"], [way.wait_begin[d], asker, "waits"],
			[way.wait_end[d], asker, "goes on"]])
		if (ns !== NEVER && cpu >= 0)
			steps.push({ ns, cpu, words });
	return steps;
}

function paint_picked_kick() {
	if (!V.picked || !("kick" in V.picked))
		return;
	const k = V.picked.kick, curve = kick_curve(k), bar = bar_height();

	if (curve) {
		ctx.save();
		ctx.shadowColor = V.flag[kick_colour(D.kick.flags[k])];
		ctx.shadowBlur = 3;
		paint_kick(k, curve, true);
		ctx.restore();
	}
	const right = new Map();
	ctx.textBaseline = "bottom";
	ctx.textAlign = "left";
	for (const step of kick_steps(k)) {
		const x = x_of(step.ns), y = lane_y(M.lane_of[step.cpu]);
		ctx.strokeStyle = ctx.fillStyle = V.flag[kick_colour(D.kick.flags[k])];
		ctx.lineWidth = 1;
		ctx.beginPath();
		ctx.moveTo(x, y - 2);
		ctx.lineTo(x, y + bar + 2);
		ctx.stroke();
		if (x < (right.get(step.cpu) || 0) || V.lane_h < 10)
			continue;
		right.set(step.cpu, x + text_width(step.words) + 10);
		const w = text_width(step.words) + 6;
		ctx.fillStyle = css(V.colour.back);
		ctx.globalAlpha = 0.85;
		ctx.fillRect(x + 1, y - 14, w, 13);
		ctx.globalAlpha = 1;
		ctx.fillStyle = V.flag[kick_colour(D.kick.flags[k])];
		ctx.fillText(step.words, x + 4, y - 2);
	}
}

/* ---- the task that is followed ---- */

function paint_followed() {
	const index = followed();
	if (!index)
		return;
	const task = M.tasks[index], runs = task.runs, bar = bar_height();
	const start = n => M.run[runs.cpu[n]].start[runs.i[n]];
	let lo = 0, hi = runs.n, arrows = 0, last_x = -9;
	while (lo < hi) {
		const mid = lo + hi >>> 1;
		if (start(mid) < V.t0)
			lo = mid + 1;
		else
			hi = mid;
	}
	let count = 0;
	for (let n = Math.max(0, lo - 1); n < runs.n && start(n) < V.t1; n++)
		count++;
	for (let n = Math.max(0, lo - 1); n < runs.n && start(n) < V.t1; n++) {
		const cpu = runs.cpu[n], i = runs.i[n], y = lane_y(M.lane_of[cpu]);
		const a = Math.max(LEFT, x_of(start(n))), b = Math.min(V.width - 10, x_of(slice_end(cpu, i)));
		if (b < LEFT)
			continue;
		ctx.fillStyle = V.task_css[index];
		ctx.fillRect(a, y, Math.max(1.5, b - a), bar);
		if (b - a > 3 && bar > 4) {
			ctx.strokeStyle = css(V.colour.text);
			ctx.lineWidth = V.picked.cpu === cpu && V.picked.i === i ? 2 : 1;
			ctx.strokeRect(a + 0.5, y + 0.5, b - a - 1, bar - 1);
			if (bar >= 10 && text_fit(task.comm, b - a - 8)) {
				ctx.textAlign = "left";
				ctx.textBaseline = "middle";
				ctx.fillStyle = V.ink;
				ctx.fillText(task.comm, a + 4, y + bar / 2 + 0.5);
			}
		}
		if (count < 400)
			paint_wait_of(runs, n, a, y + bar / 2);
	}
}

/* from when it could run, and who woke it, to where it ran */
function paint_wait_of(runs, n, x, y) {
	const since = runs.since[n], wakeup = runs.wakeup[n];
	if (since === NEVER)
		return;
	const from = Math.max(LEFT, x_of(since));
	ctx.strokeStyle = ctx.fillStyle = css(V.colour.text);
	ctx.globalAlpha = 0.7;
	ctx.lineWidth = 1;
	ctx.setLineDash([1, 3]);
	ctx.beginPath();
	ctx.moveTo(from, y);
	ctx.lineTo(x, y);
	ctx.stroke();
	ctx.setLineDash([]);
	const waking = wakeup >= 0 ? M.wakings.get(wakeup) : undefined;
	if (waking !== undefined && D.cpu[waking] >= 0) {
		const wy = lane_y(M.lane_of[D.cpu[waking]]) + bar_height() / 2, wx = x_of(D.time[waking]);
		ctx.beginPath();
		ctx.moveTo(wx, wy);
		ctx.lineTo(from, y);
		ctx.stroke();
		ctx.beginPath();
		ctx.arc(wx, wy, 2.5, 0, 7);
		ctx.fill();
	}
	ctx.globalAlpha = 1;
}

/* ---- marks of the whole machine ---- */

function paint_marks() {
	let last = -99;

	ctx.textBaseline = "middle";
	ctx.textAlign = "left";
	for (const mark of M.marks) {
		const x = x_of(mark.time);
		if (x < LEFT - 1 || x > V.width - 10)
			continue;
		const colour = css(mark.bad ? V.colour.bad : V.colour.quiet);
		ctx.strokeStyle = colour;
		ctx.lineWidth = mark.bad ? 1.5 : 1;
		ctx.setLineDash(mark.bad ? [] : [3, 3]);
		if (!mark.bad && x - last < 3)
			continue;
		ctx.beginPath();
		ctx.moveTo(x, RULER - 4);
		ctx.lineTo(x, lanes_top() + lanes_height());
		ctx.stroke();
		ctx.setLineDash([]);
		const words = mark_words(mark), w = text_width(words) + 10;
		if (!mark.bad && x - last < 70)
			continue;
		last = x;
		if (mark.bad) {
			const left = Math.min(x, V.width - 10 - w);
			ctx.fillStyle = colour;
			ctx.beginPath();
			ctx.roundRect(left, RULER - 5, w, 16, 3);
			ctx.fill();
			ctx.fillStyle = "#fff";
			ctx.fillText(words, left + 5, RULER + 3.5);
			last = left + w;
		} else if (V.t1 - V.t0 < D.end_ns / 3) {
			ctx.fillStyle = colour;
			ctx.fillText(words, x + 4, RULER + 3);
		}
	}
}

/* ---- tracks beneath ---- */

function paint_track(track, top) {
	const width = Math.floor(plot_width()), per = (V.t1 - V.t0) / width, steps = track.steps;
	let i = upper(steps.time, steps.n, V.t0) - 1, value = i >= 0 ? steps.value[i] : 0, most = 1;
	const high = new Float64Array(width), low = new Float64Array(width);

	for (let px = 0; px < width; px++) {
		const to = V.t0 + (px + 1) * per;
		high[px] = low[px] = value;
		while (i + 1 < steps.n && steps.time[i + 1] < to) {
			value = steps.value[++i];
			high[px] = Math.max(high[px], value);
			low[px] = Math.min(low[px], value);
		}
		most = Math.max(most, high[px]);
	}
	const first = Math.max(0, Math.ceil(x_of(0) - LEFT)), last = Math.min(width, Math.floor(x_of(D.end_ns) - LEFT));
	ctx.fillStyle = css(mix(V.colour.lane, V.colour.back, 0.35));
	ctx.fillRect(LEFT, top, width, TRACK);
	/* whole pixels, and equal neighbours as one: a path of that many corners is slow to fill */
	for (const [values, part] of [[high, 0.45], [low, 0]]) {
		ctx.fillStyle = css(mix(V.colour.area, V.colour.back, part));
		for (let px = first, begin = first; px < last; px++) {
			if (px + 1 < last && values[px + 1] === values[px])
				continue;
			const h = Math.round(values[px] / most * (TRACK - 8));
			if (h)
				ctx.fillRect(LEFT + begin, top + TRACK - h, px + 1 - begin, h);
			begin = px + 1;
		}
	}
	ctx.fillStyle = css(V.colour.text);
	ctx.textAlign = "right";
	ctx.textBaseline = "middle";
	const words = track.name.split(" ");
	if (text_width(track.name) <= LEFT - 12) {
		ctx.fillText(track.name, LEFT - 10, top + TRACK / 2);
	} else {
		ctx.fillText(words.slice(0, -1).join(" "), LEFT - 10, top + TRACK / 2 - 7);
		ctx.fillText(words[words.length - 1], LEFT - 10, top + TRACK / 2 + 7);
	}
	ctx.fillStyle = css(V.colour.quiet);
	ctx.textAlign = "left";
	ctx.fillText(count_words(most), LEFT + 4, top + 8);
}

function paint_tracks() {
	let top = lanes_top() + lanes_height() + GAP;

	ctx.fillStyle = css(V.colour.back);
	ctx.fillRect(0, top - GAP, V.width, V.height);
	for (const track of tracks_shown()) {
		paint_track(track, top);
		top += TRACK + GAP;
	}
}

/* ---- the overview ---- */

function overview_make(canvas) {
	const width = canvas.width, height = canvas.height, back = document.createElement("canvas");
	const c = back.getContext("2d"), kicks = new Float64Array(width);
	const per = D.end_ns / width;
	let most = 1;

	back.width = width;
	back.height = height;
	c.fillStyle = css(V.colour.lane);
	c.fillRect(0, 0, width, height);
	c.fillStyle = css(V.colour.area);
	const last = D.cpus.map(() => 0);
	for (let px = 0; px < width; px++) {
		let busy = 0;
		for (let cpu = 0; cpu < D.cpus.length; cpu++) {
			const now = busy_until(cpu, (px + 1) * per);
			busy += now - last[cpu];
			last[cpu] = now;
		}
		const h = busy / per / D.cpus.length * (height - 4);
		c.fillRect(px, height - h, 1, h);
	}
	for (let k = 0; k < D.kick.n; k++)
		most = Math.max(most, ++kicks[Math.min(width - 1, Math.floor(D.kick.called[k] / per))]);
	c.fillStyle = css(V.colour.preempt);
	c.globalAlpha = 0.55;
	for (let px = 0; px < width; px++)
		if (kicks[px])
			c.fillRect(px, 0, 1, 2 + kicks[px] / most * height * 0.35);
	c.globalAlpha = 1;
	if (M.bad) {
		c.fillStyle = css(V.colour.bad);
		c.fillRect(M.bad.time / per - 1, 0, 2 * V.ratio, height);
	}
	return back;
}

function paint_overview() {
	const canvas = $("overview"), c = canvas.getContext("2d");
	const x = ns => ns / D.end_ns * canvas.width;

	if (!V.overview || V.overview.width !== canvas.width)
		V.overview = overview_make(canvas);
	c.drawImage(V.overview, 0, 0);
	const from = Math.max(0, x(V.t0)), to = Math.min(canvas.width, x(V.t1));
	c.fillStyle = css(V.colour.back);
	c.globalAlpha = 0.62;
	c.fillRect(0, 0, from, canvas.height);
	c.fillRect(to, 0, canvas.width - to, canvas.height);
	c.globalAlpha = 1;
	c.strokeStyle = css(V.colour.accent);
	c.lineWidth = 1.5 * V.ratio;
	c.strokeRect(from + 1, 1, Math.max(3, to - from - 2), canvas.height - 2);
}

/* ---- all of it ---- */

function count_in_view(shown) {
	let n = 0;
	for (const { cpu } of shown)
		n += upper(M.run[cpu].start, M.run[cpu].n, V.t1) - Math.max(0, slice_at(cpu, V.t0));
	return n;
}

function paint() {
	const shown = lanes_shown();

	ctx.setTransform(V.ratio, 0, 0, V.ratio, 0, 0);
	ctx.font = "11px " + V.font;
	ctx.fillStyle = css(V.colour.back);
	ctx.fillRect(0, 0, V.width, V.height);
	paint_ruler();
	ctx.save();
	ctx.beginPath();
	ctx.rect(0, lanes_top() - 14, V.width, lanes_height() + 14);
	ctx.clip();
	if (V.fold) {
		paint_row_labels();
	} else {
		paint_labels(shown);
		paint_groups();
	}
	ctx.beginPath();
	ctx.rect(LEFT, lanes_top() - 14, plot_width(), lanes_height() + 14);
	ctx.clip();
	if (V.fold)
		paint_heat();
	else
		paint_lanes(shown);
	ctx.restore();
	ctx.fillStyle = css(V.colour.back);
	ctx.fillRect(LEFT, RULER, plot_width(), STRIP - 1);
	paint_strip();
	paint_marks();
	paint_tracks();
	paint_scrollbar();
	paint_overview();
}

function paint_lanes(shown) {
	paint_lane_backs(shown);
	if (count_in_view(shown) > SHAPES_MAX)
		paint_rows(shown);
	else
		paint_shapes(shown);
	paint_names(shown);
	paint_irqs(shown);
	paint_ops(shown);
	paint_waits(shown);
	paint_followed();
	paint_told_waits();
	paint_kicks();
	paint_picked_kick();
}

function paint_scrollbar() {
	const room = lanes_height(), all = all_lanes_height();

	if (V.fold || all <= room)
		return;
	ctx.fillStyle = css(V.colour.quiet);
	ctx.globalAlpha = 0.5;
	ctx.beginPath();
	ctx.roundRect(V.width - 6, lanes_top() + V.scroll / all * room, 4, Math.max(20, room * room / all), 2);
	ctx.fill();
	ctx.globalAlpha = 1;
}

function size_canvases() {
	const box = $("chart-box"), canvas = $("chart"), small = $("overview");

	V.ratio = window.devicePixelRatio || 1;
	V.width = box.clientWidth;
	V.height = box.clientHeight;
	canvas.width = Math.round(V.width * V.ratio);
	canvas.height = Math.round(V.height * V.ratio);
	small.width = Math.round(small.clientWidth * V.ratio);
	small.height = Math.round(small.clientHeight * V.ratio);
	ctx = canvas.getContext("2d", { alpha: false });
	V.font = getComputedStyle(document.body).fontFamily;
	V.overview = null;
}
