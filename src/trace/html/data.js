/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * data.js - the page's data, as src/trace/html.c packed it, into typed arrays:
 *
 *	D.time[e], D.kind[e], D.cpu[e], D.task[e]	event e, in order of time
 *	D.arg(e, "slice")				a field of it
 *	D.kick.*, D.way.*				kicks, and their deliveries
 *	D.slices, D.spans, D.steps, D.notes		what became of the events, see model.js
 *
 * Numbers are doubles. Of those beyond 2^53 the last digits are lost; all ones, which is
 * what "for ever" is in the kernel, is Infinity.
 */
const BLOCK = { EVENTS: 1, KICKS: 2, DELIVERIES: 3, STORIES: 4, META: 5, SLICES: 6, SPANS: 7, STEPS: 8, NOTES: 9 };
const NEVER = Infinity;

let D = null;

async function inflate(text) {
	if (typeof DecompressionStream === "undefined")
		throw new Error("this browser is too old: it has no DecompressionStream");
	const raw = atob(text), bytes = new Uint8Array(raw.length);
	for (let i = 0; i < raw.length; i++)
		bytes[i] = raw.charCodeAt(i);
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
	return new Uint8Array(await new Response(stream).arrayBuffer());
}

class Varints {
	constructor(bytes, at = 0) {
		this.bytes = bytes;
		this.at = at;
	}

	uint() {
		const b = this.bytes;
		let byte = b[this.at++];
		if (byte < 0x80)
			return byte;
		let v = byte & 0x7f, unit = 128, n = 1;
		do {
			byte = b[this.at++];
			v += (byte & 0x7f) * unit;
			unit *= 128;
			n++;
		} while (byte >= 0x80);
		return n === 10 && v >= 18446744073709551615 ? Infinity : v;
	}

	int() {
		const v = this.uint();
		if (v < 2147483648)
			return v >>> 1 ^ -(v & 1);
		return v % 2 ? -(v + 1) / 2 : v / 2;
	}

	skip(n) {
		const b = this.bytes;
		for (; n > 0; n--)
			while (b[this.at++] >= 0x80)
				;
	}
}

function blocks_of(bytes) {
	const r = new Varints(bytes), found = [];

	while (r.at < bytes.length) {
		const kind = r.uint(), length = r.uint();
		found.push({ kind, at: r.at, length });
		r.at += length;
	}
	return found;
}

/* "task:task dsq:dsq" -> [{name, type}, ...] */
function fields_of(event) {
	return !event.fields ? [] : event.fields.split(" ").map(text => {
		const [name, type] = text.split(":");
		return { name, type };
	});
}

const SIGNED = new Set(["cpu", "int"]);
const WIDE = new Set(["int", "hex", "ns"]);

/* The columns that all events have; says where in each chunk the fields begin. */
function read_common(data, bytes, chunks) {
	let e = 0, time = 0;

	return chunks.map(chunk => {
		const r = new Varints(bytes, chunk.at), n = r.uint(), first = e;

		for (let i = 0; i < n; i++)
			data.time[first + i] = time += r.uint();
		for (let i = 0; i < n; i++) {
			const kind = r.uint();
			data.kind[first + i] = kind;
			data.row[first + i] = data.count[kind]++;
		}
		for (let i = 0; i < n; i++)
			data.cpu[first + i] = r.int();
		for (let i = 0; i < n; i++)
			data.task[first + i] = r.uint();
		e += n;
		return { first, n, at: r.at };
	});
}

function read_fields(data, bytes, chunks) {
	const done = new Uint32Array(data.kinds.length);

	data.column = data.kinds.map((kind, k) => kind.fields.map(field =>
		WIDE.has(field.type) ? new Float64Array(data.count[k]) : new Int32Array(data.count[k])));
	for (const chunk of chunks) {
		const r = new Varints(bytes, chunk.at), here = new Uint32Array(data.kinds.length);

		for (let e = chunk.first; e < chunk.first + chunk.n; e++)
			here[data.kind[e]]++;
		data.kinds.forEach((kind, k) => {
			kind.fields.forEach((field, f) => {
				const to = data.column[k][f], from = done[k];
				if (SIGNED.has(field.type))
					for (let i = 0; i < here[k]; i++)
						to[from + i] = r.int();
				else
					for (let i = 0; i < here[k]; i++)
						to[from + i] = r.uint();
			});
			done[k] += here[k];
		});
	}
}

function read_kicks(bytes, blocks, n) {
	const kick = { n };

	for (const name of ["called", "end"])
		kick[name] = new Float64Array(n);
	for (const name of ["asker", "target", "flags", "op", "prog", "insn", "task", "fate", "outcome",
			    "coalesced", "way", "marks", "sched"])
		kick[name] = new Int32Array(n);
	let k = 0;
	for (const block of blocks) {
		const r = new Varints(bytes, block.at);
		for (let left = r.uint(); left > 0; left--, k++) {
			kick.called[k] = r.uint();
			kick.asker[k] = r.int();
			kick.target[k] = r.int();
			for (const name of ["flags", "op", "prog", "insn", "task", "fate", "outcome",
					    "coalesced"])
				kick[name][k] = r.uint();
			kick.way[k] = r.uint() - 1;
			kick.marks[k] = r.uint();
			kick.sched[k] = r.uint();
		}
	}
	return kick;
}

function read_ways(bytes, blocks) {
	const n = blocks.reduce((sum, block) => sum + new Varints(bytes, block.at).uint(), 0);
	const times = ["work", "ipi", "answer", "passed", "wait_begin", "wait_end"];
	const way = { n, at: new Float64Array(n), first: new Int32Array(n), nr: new Int32Array(n),
		pass: new Int32Array(n) };

	for (const name of times)
		way[name] = new Float64Array(n);
	let d = 0;
	for (const block of blocks) {
		const r = new Varints(bytes, block.at);
		for (let left = r.uint(); left > 0; left--, d++) {
			way.at[d] = r.uint();
			way.first[d] = r.uint() - 1;
			way.nr[d] = r.uint();
			for (const name of times) {
				const after = r.int();
				way[name][d] = !after ? NEVER : way.at[d] + (after > 0 ? after - 1 : after);
			}
			way.pass[d] = r.uint() - 1;
		}
	}
	return way;
}

/* Rows by columns, the first of them numbers of events, each told from the row before on. */
function read_table(bytes, blocks, names) {
	const n = blocks.reduce((sum, block) => sum + new Varints(bytes, block.at).uint(), 0);
	const table = { n, event: new Int32Array(n) };

	for (const name of names)
		table[name] = new Int32Array(n);
	let first = 0, event = 0;
	for (const block of blocks) {
		const r = new Varints(bytes, block.at), end = first + r.uint();
		for (let i = first; i < end; i++)
			table.event[i] = event += r.int();
		for (const name of names) {
			const to = table[name];
			for (let i = first; i < end; i++)
				to[i] = r.uint();
		}
		first = end;
	}
	return table;
}

/* Stories are text, long, and wanted one at a time: they stay bytes until then. */
function story_reader(bytes, blocks) {
	const utf8 = new TextDecoder();
	const per_block = 1024;

	return k => {
		const block = blocks[Math.floor(k / per_block)];
		let at = block.at;
		for (let skip = k % per_block; skip > 0; skip--)
			at = bytes.indexOf(0, at) + 1;
		return utf8.decode(bytes.subarray(at, bytes.indexOf(0, at)));
	};
}

function decode(bytes) {
	const blocks = blocks_of(bytes), of = kind => blocks.filter(block => block.kind === kind);
	const meta = of(BLOCK.META)[0];
	const data = JSON.parse(new TextDecoder().decode(bytes.subarray(meta.at, meta.at + meta.length)));
	const n = data.nr_events;

	data.n = n;
	data.kinds = data.events.map(event => ({ name: event.name, about: event.about,
		fields: fields_of(event) }));
	data.time = new Float64Array(n);
	data.kind = new Uint8Array(n);
	data.cpu = new Int16Array(n);
	data.task = new Int32Array(n);
	data.row = new Uint32Array(n);
	data.count = new Uint32Array(data.kinds.length);
	read_fields(data, bytes, read_common(data, bytes, of(BLOCK.EVENTS)));
	data.kick = read_kicks(bytes, of(BLOCK.KICKS), data.nr_kicks);
	data.way = read_ways(bytes, of(BLOCK.DELIVERIES));
	data.slices = read_table(bytes, of(BLOCK.SLICES), ["task", "how", "back"]);
	data.spans = read_table(bytes, of(BLOCK.SPANS), ["what", "length", "of"]);
	data.steps = read_table(bytes, of(BLOCK.STEPS), ["queue", "value"]);
	data.notes = read_table(bytes, of(BLOCK.NOTES), ["what", "of"]);
	data.story = story_reader(bytes, of(BLOCK.STORIES));
	data.name = number => number ? data.strings[number - 1] : "";
	data.id = Object.fromEntries(data.kinds.map((kind, k) => [kind.name, k]));
	const named = data.kinds.map((kind, k) => Object.fromEntries(kind.fields.map((field, f) =>
		[field.name, data.column[k][f]])));
	data.arg = (e, name) => named[data.kind[e]][name][data.row[e]];
	return data;
}
