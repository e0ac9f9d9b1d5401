// SPDX-License-Identifier: GPL-2.0-only
// The page of kickstand results --html: groups or runs as points, d3 draws. A point is chosen by a
// click, or by its line of the table, and says the command that repeats it.
'use strict';
var data = JSON.parse(document.getElementById('data').textContent);
var figures = data.figures, groups = data.groups, axes = data.axes;
var width = 900, height = 460, left = 90, right = 180, top_ = 14, bottom = 44;
var svg = d3.select('svg'), colours = d3.scale.category10(), chosen = null;

d3.select('h1').text(data.name);
d3.select('#common').text(data.common);

function value(n, figure) {
	if (n === null)
		return '-';
	if (!figure.time)
		return d3.format('.4s')(n);
	return n < 1e3 ? n.toFixed(0) + ' ns' : n < 1e6 ? (n / 1e3).toPrecision(4) + ' us' :
		n < 1e9 ? (n / 1e6).toPrecision(4) + ' ms' : (n / 1e9).toPrecision(4) + ' s';
}

function choices(id, names, first) {
	var s = d3.select(id);
	s.selectAll('option').data(names).enter().append('option')
		.attr('value', function (d, i) { return i; }).text(String);
	s.property('value', first).on('change', draw);
}
choices('#x', figures.map(function (f) { return f.path; }), 0);
choices('#y', figures.map(function (f) { return f.path; }), Math.min(1, figures.length - 1));
choices('#colour', axes.length ? axes : ['scheduler'], 0);
d3.selectAll('#each, #log').on('change', draw);

function name(g) {
	return axes.map(function (a) { return g.axis[a] || '-'; }).join(', ');
}

// {x, y, group, seed}: what is drawn
function points(x, y) {
	var some = d3.select('#each').property('checked') ?
		data.runs.map(function (r) { return { group: r[0], seed: r[1], x: r[2 + x], y: r[2 + y] }; }) :
		groups.map(function (g, i) {
			var a = g.cell[x], b = g.cell[y];
			return { group: i, seed: g.seed, x: a && a.mean, y: b && b.mean, spread: a && b && [a, b] };
		});
	return some.filter(function (p) { return p.x !== null && p.y !== null; });
}

function scale(range, values) {
	var log = d3.select('#log').property('checked') && d3.min(values) > 0;
	var s = (log ? d3.scale.log() : d3.scale.linear()).range(range), ends = d3.extent(values);
	return s.domain(ends[0] === ends[1] ? [ends[0] * .9, ends[1] * 1.1 + 1] : ends).nice();
}

function choose(p) {
	var g = groups[p.group];
	chosen = p.group;
	d3.select('#command').text(g.command.replace(/ --seed \d+/, ' --seed ' + p.seed));
	d3.selectAll('.point').classed('chosen', function (d) { return d.group === chosen; });
	d3.selectAll('tbody tr').classed('chosen', function (d) { return d === g; });
}

function axis(s, orient, figure, place) {
	var a = d3.svg.axis().scale(s).orient(orient).ticks(6).tickFormat(function (n) { return value(n, figure); });
	return svg.append('g').attr('class', 'axis').attr('transform', place).call(a);
}

function draw() {
	var x = +d3.select('#x').property('value'), y = +d3.select('#y').property('value');
	var by = axes[+d3.select('#colour').property('value')] || 'scheduler', some = points(x, y);
	var sx = scale([left, width - right], some.map(function (p) { return p.x; }));
	var sy = scale([height - bottom, top_], some.map(function (p) { return p.y; }));
	var colour = function (p) { return colours(groups[p.group].axis[by]); };
	var front, legend;

	svg.selectAll('*').remove();
	axis(sx, 'bottom', figures[x], 'translate(0,' + (height - bottom) + ')').append('text')
		.attr('x', width - right).attr('y', 36).style('text-anchor', 'end').text(figures[x].path);
	axis(sy, 'left', figures[y], 'translate(' + left + ',0)').append('text')
		.attr('x', 6).attr('y', top_).style('text-anchor', 'start').text(figures[y].path);
	svg.selectAll('.spread').data(some.filter(function (p) { return p.spread; })).enter().append('path')
		.attr('class', 'spread').attr('stroke', colour).attr('d', function (p) {
			var a = p.spread[0], b = p.spread[1];
			return 'M' + sx(Math.max(a.mean - a.half, sx.domain()[0])) + ' ' + sy(b.mean) +
				'H' + sx(Math.min(a.mean + a.half, sx.domain()[1])) + 'M' + sx(a.mean) + ' ' +
				sy(Math.max(b.mean - b.half, sy.domain()[0])) +
				'V' + sy(Math.min(b.mean + b.half, sy.domain()[1]));
		});
	front = some.filter(function (p) { return groups[p.group].front && p.spread; })
		.sort(function (a, b) { return a.x - b.x; });
	svg.append('path').attr('class', 'front').attr('d', front.length > 1 ? d3.svg.line()
		.x(function (p) { return sx(p.x); }).y(function (p) { return sy(p.y); })(front) : null);
	svg.selectAll('.point').data(some).enter().append('circle').attr('class', 'point')
		.classed('bad', function (p) { return groups[p.group].bad > 0; })
		.attr('cx', function (p) { return sx(p.x); }).attr('cy', function (p) { return sy(p.y); })
		.attr('r', 5).attr('fill', colour).on('click', choose)
		.append('title').text(function (p) {
			return name(groups[p.group]) + '\n' + value(p.x, figures[x]) + ', ' + value(p.y, figures[y]);
		});
	legend = svg.selectAll('.legend').data(d3.set(groups.map(function (g) { return g.axis[by]; })).values())
		.enter().append('g').attr('transform', function (d, i) {
			return 'translate(' + (width - right + 24) + ',' + (top_ + 16 * i + 6) + ')';
		});
	legend.append('circle').attr('r', 5).attr('fill', function (d) { return colours(d); });
	legend.append('text').attr('x', 10).attr('y', 4).text(function (d) { return d || '-'; });
}

function table() {
	var head = axes.concat(['runs', 'bad'], figures.map(function (f) { return f.path.split('.').slice(-2).join('.'); }));
	var cells = function (g) {
		return axes.map(function (a) { return g.axis[a]; }).concat([g.nr, g.bad],
			g.cell.map(function (c) { return c ? c.mean : null; }));
	};
	var rows, up = true;

	d3.select('thead tr').selectAll('th').data(head).enter().append('th').text(String)
		.classed('word', function (d, i) { return i < axes.length; })
		.on('click', function (d, i) {
			up = !up;
			rows.sort(function (a, b) { return (up ? d3.descending : d3.ascending)(cells(a)[i], cells(b)[i]); });
		});
	rows = d3.select('tbody').selectAll('tr').data(groups).enter().append('tr')
		.classed('bad', function (g) { return g.bad > 0; })
		.on('click', function (g) { choose({ group: groups.indexOf(g), seed: g.seed }); });
	rows.selectAll('td').data(cells).enter().append('td')
		.classed('word', function (d, i) { return i < axes.length; })
		.text(function (d, i) {
			var f = figures[i - axes.length - 2];
			return f ? value(d, f) : d === '' ? '-' : d;
		});
}
draw();
table();
