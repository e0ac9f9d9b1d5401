/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waits.js - the longest waits (D.waits): each a dashed line in the lane where its task
 * was last, with the name of the queue; when it is picked, the CPUs that idled beside it
 * are marked, and at the side is what kickstand why says of it.
 *
 *	D.waits[i]	{task, since, until, open, cpu, queue, idle: [cpu], story}
 */
const wait_words = i => `${M.tasks[D.waits[i].task].name} waits in ${D.waits[i].queue}`;
const wait_link = i => link("why it waited", () => pick_wait(i), wait_words(i));

function pick_wait(i) {
	const wait = D.waits[i], margin = (wait.until - wait.since) * 0.05;
	pick({ wait: i });
	view_move(wait.since - margin, wait.until + margin);
	if (wait.cpu >= 0)
		show_lane(M.lane_of[wait.cpu]);
	say(wait_words(i));
}

/* the wait that is told of this task, -1: none */
const wait_of = index => D.waits.findIndex(wait => wait.task === index);

/* ---- drawn ---- */

function wait_line(i) {
	const wait = D.waits[i];
	if (wait.cpu < 0)
		return null;
	const y = lane_y(M.lane_of[wait.cpu]) + bar_height() - 2;
	return { y, a: Math.max(LEFT, x_of(wait.since)), b: Math.min(V.width - 10, x_of(wait.until)) };
}

/* which told wait is drawn there */
function wait_under(x, y) {
	for (let i = 0; i < D.waits.length; i++) {
		const at = wait_line(i);
		if (at && Math.abs(y - at.y) <= 3 && x >= at.a && x <= at.b)
			return i;
	}
	return -1;
}

/* idle slices of a CPU within the wait */
function paint_idle_beside(wait, cpu) {
	const run = M.run[cpu], y = lane_y(M.lane_of[cpu]), bar = bar_height();
	let last = -9;

	for (let i = Math.max(0, slice_at(cpu, Math.max(wait.since, V.t0))); i < run.n; i++) {
		if (run.start[i] > Math.min(wait.until, V.t1))
			break;
		if (!M.tasks[run.task[i]].idle)
			continue;
		const a = x_of(Math.max(run.start[i], wait.since, V.t0));
		const b = x_of(Math.min(slice_end(cpu, i), wait.until, V.t1));
		if (b <= last + 0.5)
			continue;
		ctx.fillRect(Math.max(a, last), y, Math.max(1, b - Math.max(a, last)), bar);
		last = b;
	}
}

function paint_told_waits() {
	const picked = V.picked && "wait" in V.picked ? V.picked.wait : -1;

	if (picked >= 0) {
		ctx.fillStyle = css(V.colour.wait);
		ctx.globalAlpha = 0.3;
		for (const cpu of D.waits[picked].idle)
			paint_idle_beside(D.waits[picked], cpu);
		ctx.globalAlpha = 1;
	}
	for (let i = 0; i < D.waits.length; i++) {
		const at = wait_line(i);
		if (!at || at.b < at.a)
			continue;
		ctx.strokeStyle = css(V.colour.wait);
		ctx.lineWidth = i === picked ? 3 : 1.5;
		ctx.setLineDash([5, 3]);
		ctx.beginPath();
		ctx.moveTo(at.a, at.y);
		ctx.lineTo(at.b, at.y);
		ctx.stroke();
		ctx.setLineDash([]);
		if (i === picked)
			paint_wait_name(wait_words(i), at);
	}
}

function paint_wait_name(words, { a, y }) {
	const wide = text_width(words) + 8;
	ctx.fillStyle = css(V.colour.back);
	ctx.globalAlpha = 0.85;
	ctx.fillRect(a + 2, y - 16, wide, 13);
	ctx.globalAlpha = 1;
	ctx.fillStyle = css(V.colour.text);
	ctx.textAlign = "left";
	ctx.textBaseline = "middle";
	ctx.fillText(words, a + 6, y - 9);
}

/* ---- told ---- */

/* the story's last part: what it comes to, and what is missing */
function wait_parts(story) {
	const parts = story.trim().split("\n\n");
	const at = parts.findIndex(part => /^(Nobody|CPUs? |ops\.|For |The trace)/.test(part) &&
		!/Meanwhile:\n/.test(part));
	return { facts: parts.slice(1, at).join("\n\n"),
		comes_to: parts.slice(at).map(part => part.replace(/\n/g, " ")) };
}

function wait_panel(i) {
	const wait = D.waits[i], { facts: rows, comes_to } = wait_parts(wait.story);

	return [el("h2", {}, chip(wait.task), M.tasks[wait.task].name + " waits"),
		steps_bar(`of the ${count_words(D.waits.length)} longest waits`),
		facts(["in", wait.queue], ["from", moment_words(wait.since)],
			["until", wait.open ? "the end of the trace" : moment_words(wait.until)],
			["for", (wait.open ? "at least " : "") + span_words(wait.until - wait.since)],
			["task", [M.tasks[wait.task].runs.n ? task_link(wait.task, wait.until) : "it never ran"]]),
		...comes_to.map(words => el("p", { class: "warning" }, words)),
		el("section", {}, el("h3", {}, "Where it was, and what the CPUs did"),
			el("pre", { tabindex: 0, class: "told" }, rows))];
}

function waits_panel() {
	return [el("p", {}, "Of each task the longest wait, if it is at least 1 ms long; the longest first."),
		table(["task", "waited", "in", ""], D.waits.map((wait, i) => [
			el("span", {}, chip(wait.task), M.tasks[wait.task].name),
			(wait.open ? "≥ " : "") + short_words(wait.until - wait.since), wait.queue, wait_link(i)]), "Waits")];
}
