/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * view.js - what is in view, what is followed, and the colours. The view's state is in
 * the address too (#from=3ms&to=5ms&kick=12), so that a moment can be shared.
 */
const $ = id => document.getElementById(id);
const LEFT = 92, RULER = 24, STRIP = 18, TRACK = 46, GAP = 8, LANES_MIN = 3, LANES_MAX = 116;

const V = {
	t0: 0, t1: 1, scroll: 0, lane_h: 20, width: 0, height: 0, ratio: 1,
	picked: null,		/* {task, cpu, i}, {kick}, {event} or null */
	lane: 0,		/* where the keyboard is */
	keyboard: false,
	dark: false, due: false, moving: null, drawn: [], hover: null,
};

/* ---- places ---- */

const plot_width = () => Math.max(50, V.width - LEFT - 10);
const x_of = ns => LEFT + (ns - V.t0) / (V.t1 - V.t0) * plot_width();
const time_at = x => V.t0 + (x - LEFT) / plot_width() * (V.t1 - V.t0);
const lanes_top = () => RULER + STRIP;
const tracks_height = () => tracks_shown().length * (TRACK + GAP) + GAP;
const lanes_height = () => Math.max(40, V.height - lanes_top() - tracks_height());
const lane_y = lane => lanes_top() + lane_offset(lane) - V.scroll;

/* groups stand apart */
function lane_offset(lane) {
	return lane * V.lane_h + V.gaps[lane] * group_gap();
}
const group_gap = () => V.lane_h >= 12 ? 7 : V.lane_h >= 6 ? 4 : 2;
const all_lanes_height = () => lane_offset(M.lanes.length - 1) + V.lane_h;

function lane_at(y) {
	let lo = 0, hi = M.lanes.length - 1;
	while (lo < hi) {
		const mid = lo + hi + 1 >> 1;
		if (lane_y(mid) <= y)
			lo = mid;
		else
			hi = mid - 1;
	}
	return y >= lane_y(lo) && y < lane_y(lo) + V.lane_h ? lo : -1;
}

/* the queues that are worth a track, besides the runnable tasks: the longest ones */
function tracks_shown() {
	if (!V.tracks) {
		const queues = [...M.dsqs].map(([name, steps]) => {
			let top = 0;
			for (let i = 0; i < steps.n; i++)
				top = Math.max(top, steps.value[i]);
			return { name: name === "local" ? "local DSQs" : "DSQ " + name, steps, top };
		});
		queues.sort((a, b) => b.top - a.top);
		let top = 0;
		for (let i = 0; i < M.runnable.n; i++)
			top = Math.max(top, M.runnable.value[i]);
		V.tracks = [{ name: "waiting to run", steps: M.runnable, top }].concat(queues.slice(0, 2));
	}
	return V.tracks;
}

/* ---- moving ---- */

function clamp_view(t0, t1) {
	const all = Math.max(1, D.end_ns), length = Math.min(Math.max(t1 - t0, 50), all * 1.02);
	const middle = (t0 + t1) / 2, margin = length * 0.02;

	t0 = Math.min(Math.max(middle - length / 2, -margin), all + margin - length);
	return [t0, t0 + length];
}

function view_set(t0, t1) {
	[V.t0, V.t1] = clamp_view(t0, t1);
	redraw();
	remember();
}

const still = matchMedia("(prefers-reduced-motion: reduce)");

/* the same, seen to move */
function view_move(t0, t1) {
	const [to0, to1] = clamp_view(t0, t1), from0 = V.t0, from1 = V.t1, begin = performance.now();

	cancelAnimationFrame(V.moving);
	if (still.matches || V.instant) {
		view_set(to0, to1);
		return;
	}
	const step = now => {
		const part = Math.min(1, Math.max(0, (now - begin) / 180)), eased = 1 - (1 - part) ** 3;
		view_set(from0 + (to0 - from0) * eased, from1 + (to1 - from1) * eased);
		V.moving = part < 1 ? requestAnimationFrame(step) : null;
	};
	V.moving = requestAnimationFrame(step);
}

function zoom(factor, middle) {
	const at = middle === undefined ? (V.t0 + V.t1) / 2 : middle;
	return [at - (at - V.t0) * factor, at + (V.t1 - at) * factor];
}

/* bring the moment into view, and the lane */
function show(from, to, lane) {
	const length = V.t1 - V.t0, need = (to - from) * 1.3;

	if (from < V.t0 + length * 0.05 || to > V.t1 - length * 0.05 || need < length / 400) {
		const wide = need < length / 400 ? Math.max(need * 12, 2000) : Math.max(length, need);
		view_move((from + to) / 2 - wide / 2, (from + to) / 2 + wide / 2);
	}
	if (lane !== undefined)
		show_lane(lane);
	redraw();
}

function show_lane(lane) {
	if (V.fold)
		fold_set(0);
	const top = lane_offset(lane), room = lanes_height();
	V.lane = lane;
	if (top < V.scroll)
		scroll_to(top - V.lane_h);
	else if (top + V.lane_h > V.scroll + room)
		scroll_to(top + 2 * V.lane_h - room);
}

function scroll_to(y) {
	V.scroll = Math.max(0, Math.min(y, all_lanes_height() - lanes_height()));
	redraw();
}

function lane_height_set(h) {
	V.lane_h_chosen = true;
	const middle = (V.scroll + lanes_height() / 2) / all_lanes_height();
	V.lane_h = Math.max(LANES_MIN, Math.min(LANES_MAX, h));
	scroll_to(middle * all_lanes_height() - lanes_height() / 2);
}

/* lanes as high as fit */
function lanes_fit() {
	const room = lanes_height() - 4;
	V.lane_h = LANES_MAX;
	while (V.lane_h > LANES_MIN && all_lanes_height() > room)
		V.lane_h -= V.lane_h > 12 ? 1 : 0.25;
	V.scroll = 0;
}

function redraw() {
	if (V.due)
		return;
	V.due = true;
	requestAnimationFrame(() => {
		V.due = false;
		paint();
	});
}

/* ---- the address ---- */

let remember_at = 0;

function address() {
	const parts = [];
	if (V.t1 - V.t0 < D.end_ns)
		parts.push("from=" + Math.round(V.t0) + "ns", "to=" + Math.round(V.t1) + "ns");
	if (V.picked && "kick" in V.picked)
		parts.push("kick=" + (V.picked.kick + 1));
	else if (V.picked && "wait" in V.picked)
		parts.push("wait=" + (V.picked.wait + 1));
	else if (V.picked && "task" in V.picked)
		parts.push("task=" + encodeURIComponent(M.tasks[V.picked.task].name));
	if (V.theme)
		parts.push("theme=" + V.theme);
	return "#" + parts.join("&");
}

function remember() {
	if (V.testing)
		return;
	clearTimeout(remember_at);
	remember_at = setTimeout(() => {
		try {
			history.replaceState(null, "", address());
		} catch (e) {
			/* some browsers do not let files do that */
		}
	}, 300);
}

/* ---- colours ---- */

function oklch(l, c, h) {
	const a = c * Math.cos(h * Math.PI / 180), b = c * Math.sin(h * Math.PI / 180);
	const cube = v => v * v * v;
	const x = cube(l + 0.3963377774 * a + 0.2158037573 * b);
	const y = cube(l - 0.1055613458 * a - 0.0638541728 * b);
	const z = cube(l - 0.0894841775 * a - 1.2914855480 * b);
	return [4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z,
		-1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z,
		-0.0041960863 * x - 0.7034186147 * y + 1.7076147010 * z].map(v => {
		v = Math.min(1, Math.max(0, v));
		return Math.round(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055));
	});
}

const css = rgb => `rgb(${rgb[0]},${rgb[1]},${rgb[2]})`;
const mix = (a, b, part) => a.map((v, i) => Math.round(v + (b[i] - v) * part));
const KERNEL = /^(init|kthreadd|migration|kworker|ksoftirqd|rcu|kickstand|watchdog|cpuhp|sched_ext)/;

function hash_of(text) {
	let h = 2166136261;
	for (let i = 0; i < text.length; i++)
		h = Math.imul(h ^ text.charCodeAt(i), 16777619) >>> 0;
	return h;
}

/*
 * Tasks of one name share a hue, their numbers a shade of it: that of the name's hash, or the
 * next that is far enough from the others. svg.c chooses the same.
 */
function hues_make() {
	const taken = new Map(), slots = 15;
	const apart = (a, b) => Math.min((a - b + slots) % slots, (b - a + slots) % slots);
	const stems = new Set(M.tasks.slice(1).filter(task => !task.idle && task.runs.n && !KERNEL.test(task.comm))
		.map(task => task.stem));
	for (const stem of [...stems].sort()) {
		const wanted = hash_of(stem) % slots, used = [...taken.values()];
		let slot = wanted;
		/* as far from the others as there is room: the wanted one if it is */
		for (let room = 3; room >= 0; room--) {
			let n = 0;
			while (n < slots && used.some(other => apart(other, (wanted + n) % slots) < room))
				n++;
			slot = (wanted + n) % slots;
			if (n < slots)
				break;
		}
		taken.set(stem, slot);
	}
	return new Map([...taken].map(([stem, slot]) => [stem, slot * 360 / slots + 18]));
}

function colours_make() {
	const style = getComputedStyle(document.documentElement);
	const value = name => style.getPropertyValue("--" + name).trim();
	const rgb = name => {
		const hex = value(name).slice(1);
		return [0, 2, 4].map(i => parseInt(hex.slice(i, i + 2), 16));
	};
	const hues = hues_make();

	V.colour = {};
	for (const name of ["back", "lane", "text", "quiet", "line", "accent", "bad", "plain", "idle",
			    "preempt", "wait", "area"])
		V.colour[name] = rgb(name);
	V.flag = FLAG_WORDS.map(word => css(V.colour[word]));
	V.task_rgb = M.tasks.map((task, index) => {
		if (!index || task.idle)
			return V.colour.lane;
		const number = +(/(\d+)$/.exec(task.comm) || [0, 0])[1], shade = (number % 5 - 2) * 0.022;
		if (!hues.has(task.stem))
			return V.dark ? oklch(0.5 + shade, 0.012, 260) : oklch(0.76 + shade, 0.012, 260);
		return V.dark ? oklch(0.6 + shade, 0.085, hues.get(task.stem)) :
			oklch(0.8 + shade, 0.085, hues.get(task.stem));
	});
	V.task_css = V.task_rgb.map(css);
	V.ink = V.dark ? "#0d0f12" : "#1d2126";
	V.overview = null;
}

function theme_set(theme) {
	V.theme = theme;
	document.documentElement.dataset.theme = theme || "";
	V.dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
	document.documentElement.classList.toggle("dark", V.dark);
	colours_make();
	redraw();
}
