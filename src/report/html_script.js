"use strict";
/* Hovering and zoom. The page is whole without it: this only reads what the charts carry in their data attributes. */
(function () {
	const WIDTH = 10000, HEIGHT = 100; /* of a plot over time */
	const SVG = "http://www.w3.org/2000/svg";
	const span = Number(document.body.dataset.span) || 1; /* ns */
	const tip = document.getElementById("tip");
	const plots = Array.from(document.querySelectorAll("svg[data-lane]"));
	const timed = Array.from(document.querySelectorAll(".time svg.plot"));
	const axes = Array.from(document.querySelectorAll(".time svg.axis"));
	let view = { from: 0, to: span };

	function numbers(text) {
		return text ? text.split(",").map(Number) : [];
	}

	/* As the page's own numbers: three digits and a unit. */
	function duration(ns) {
		const units = [["s", 1e9], ["ms", 1e6], ["us", 1e3]];
		for (const [name, size] of units)
			if (Math.abs(ns) >= size)
				return Number((ns / size).toPrecision(4)) + " " + name;
		return Math.round(ns) + " ns";
	}

	/* ---- what lies under the pointer ---- */

	const data = new Map();
	for (const plot of plots) {
		const set = plot.dataset;
		const of = { kind: set.lane, label: plot.getAttribute("aria-label") };
		for (const name of ["running", "stealing", "parked", "max", "low", "counts"])
			if (set[name] !== undefined)
				of[name] = numbers(set[name]);
		of.from = Number(set.from);
		of.width = Number(set.width);
		of.to = Number(set.to);
		data.set(plot, of);
	}

	function bucketOf(of, share) {
		if (of.kind === "histogram") {
			const value = Math.pow(2, of.from + share * (of.to - of.from));
			let i = 0;
			while (i < of.counts.length && of.low[i + 1] <= value)
				i++;
			return i < of.counts.length && value >= of.low[i] ? i : -1;
		}
		const time = view.from + share * (view.to - view.from);
		const i = Math.floor((time - of.from) / of.width);
		return i >= 0 && i < (of.running || of.max).length ? i : -1;
	}

	function percent(thousandths) {
		return (thousandths / 10).toFixed(1) + " %";
	}

	function words(of, i, share) {
		if (of.kind === "histogram") {
			if (i < 0)
				return "";
			const total = of.counts.reduce((a, b) => a + b, 0);
			return duration(of.low[i]) + " to " + duration(of.low[i + 1]) + "\n" +
				of.counts[i].toLocaleString("en") + " (" + percent(1000 * of.counts[i] / total) + ")";
		}
		const time = "at " + duration(view.from + share * (view.to - view.from));
		const name = of.label.split(":")[0];
		if (of.kind === "queue")
			return name + " " + time + "\n" + (i < 0 ? "empty" : "at most " + of.max[i].toLocaleString("en") + " waited");
		if (i < 0)
			return name + " " + time + "\nidle";
		return name + " " + time + "\nrunning " + percent(of.running[i]) + "\nstealing " + percent(of.stealing[i]) +
			"\nparked " + percent(of.parked[i]);
	}

	function hide() {
		tip.hidden = true;
		for (const line of document.querySelectorAll(".cursor"))
			line.remove();
	}

	function cursor(plot, share) {
		for (const line of document.querySelectorAll(".cursor"))
			line.remove();
		const box = plot.viewBox.baseVal;
		for (const other of timed.includes(plot) ? timed : [plot]) {
			const line = document.createElementNS(SVG, "path");
			line.setAttribute("class", "cursor");
			line.setAttribute("d", "M" + (box.x + share * box.width) + " 0V" + box.height);
			other.append(line);
		}
	}

	function show(plot, share, x, y) {
		const of = data.get(plot);
		const said = words(of, bucketOf(of, share), share);
		cursor(plot, share);
		tip.textContent = said;
		tip.hidden = !said;
		const box = tip.getBoundingClientRect();
		tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - box.width - 4)) + "px";
		tip.style.top = (y + 18 + box.height < innerHeight ? y + 18 : y - box.height - 10) + "px";
	}

	function shareAt(plot, clientX) {
		const box = plot.getBoundingClientRect();
		return Math.min(1, Math.max(0, (clientX - box.left) / box.width));
	}

	/* ---- zoom ---- */

	function tickWords(ns, step) {
		const units = [["s", 1e9], ["ms", 1e6], ["us", 1e3], ["ns", 1]];
		const [name, size] = units.find(([, size]) => ns >= size) || units[3];
		const digits = Math.max(0, Math.ceil(-Math.log10(step / size) - 1e-9));
		return ns === 0 ? "0" : Number((ns / size).toFixed(digits)) + " " + name;
	}

	function stepOf(width) {
		for (let ten = 1; ; ten *= 10)
			for (const digit of [1, 2, 5])
				if (width / (ten * digit) <= 6)
					return ten * digit;
	}

	function drawAxes() {
		const width = view.to - view.from, step = stepOf(width);
		for (const axis of axes) {
			axis.replaceChildren();
			for (let i = Math.ceil(view.from / step); i * step <= view.from + width * 0.97; i++) {
				const text = document.createElementNS(SVG, "text");
				const share = (i * step - view.from) / width;
				text.setAttribute("x", share * 100 + "%");
				text.setAttribute("y", "14");
				if (share < 0.02)
					text.setAttribute("class", "first");
				text.textContent = tickWords(i * step, step);
				axis.append(text);
			}
		}
	}

	const tools = [];
	function look(from, to) {
		const least = Math.min(span, Math.max(100, span / 4096));
		const width = Math.min(span, Math.max(least, to - from));
		const start = Math.min(span - width, Math.max(0, (from + to - width) / 2));
		view = { from: start, to: start + width };
		for (const plot of timed)
			plot.setAttribute("viewBox", start / span * WIDTH + " 0 " + width / span * WIDTH + " " + HEIGHT);
		drawAxes();
		hide();
		for (const tool of tools) {
			tool.whole.disabled = tool.out.disabled = width === span;
			tool.said.textContent = width < span ? duration(view.from) + " to " + duration(view.to) :
				matchMedia("(pointer: fine)").matches ? "drag over a chart to zoom in" : "";
		}
	}

	function zoom(factor, share) {
		const at = view.from + share * (view.to - view.from), width = (view.to - view.from) * factor;
		look(at - share * width, at + (1 - share) * width);
	}

	function button(bar, text, label, action) {
		const made = document.createElement("button");
		made.type = "button";
		made.textContent = text;
		made.setAttribute("aria-label", label);
		made.addEventListener("click", action);
		bar.append(made);
		return made;
	}

	for (const chart of document.querySelectorAll(".chart.time")) {
		const bar = document.createElement("div");
		const move = (view_share) => look(view.from + view_share * (view.to - view.from),
			view.to + view_share * (view.to - view.from));
		bar.className = "tools";
		button(bar, "+", "Zoom in", () => zoom(0.5, 0.5));
		const out = button(bar, "\u2212", "Zoom out", () => zoom(2, 0.5));
		button(bar, "\u2190", "Earlier", () => move(-0.5));
		button(bar, "\u2192", "Later", () => move(0.5));
		const whole = button(bar, "All", "Show the whole trace", () => look(0, span));
		const said = document.createElement("span");
		said.setAttribute("role", "status");
		bar.append(said);
		tools.push({ out, whole, said });
		chart.before(bar);
	}

	/* ---- pointer and keys ---- */

	let drag = null;
	function dragTo(plot, clientX) {
		const box = plot.viewBox.baseVal, a = drag.share, b = shareAt(plot, clientX);
		drag.rect.setAttribute("x", box.x + Math.min(a, b) * box.width);
		drag.rect.setAttribute("width", Math.abs(a - b) * box.width);
		drag.to = b;
	}
	for (const plot of plots) {
		const isTimed = timed.includes(plot);
		plot.addEventListener("pointermove", (event) => {
			show(plot, shareAt(plot, event.clientX), event.clientX, event.clientY);
			if (drag && drag.plot === plot)
				dragTo(plot, event.clientX);
		});
		plot.addEventListener("pointerleave", hide);
		plot.addEventListener("blur", hide);
		plot.tabIndex = 0;
		let share = 0.5;
		plot.addEventListener("keydown", (event) => {
			const step = { ArrowLeft: -1 / 64, ArrowRight: 1 / 64 }[event.key];
			if (event.key === "Escape")
				hide();
			else if (isTimed && event.key === "+")
				zoom(0.5, share);
			else if (isTimed && event.key === "-")
				zoom(2, share);
			if (!step)
				return;
			event.preventDefault();
			share = Math.min(1, Math.max(0, share + step));
			const box = plot.getBoundingClientRect();
			show(plot, share, box.left + share * box.width, box.bottom - 10);
		});
		if (!isTimed)
			continue;
		plot.addEventListener("pointerdown", (event) => {
			if (event.pointerType === "touch" || event.button !== 0)
				return;
			const rect = document.createElementNS(SVG, "rect");
			rect.setAttribute("class", "selection");
			rect.setAttribute("height", HEIGHT);
			plot.append(rect);
			drag = { plot, rect, share: shareAt(plot, event.clientX), to: null };
			plot.setPointerCapture(event.pointerId);
			event.preventDefault();
		});
		const end = () => {
			if (!drag || drag.plot !== plot)
				return;
			const { share: a, to: b, rect } = drag, width = view.to - view.from;
			rect.remove();
			drag = null;
			if (b !== null && Math.abs(a - b) > 0.01)
				look(view.from + Math.min(a, b) * width, view.from + Math.max(a, b) * width);
		};
		plot.addEventListener("pointerup", end);
		plot.addEventListener("pointercancel", end);
		plot.addEventListener("wheel", (event) => {
			if (!event.ctrlKey && !event.metaKey)
				return;
			event.preventDefault();
			zoom(event.deltaY > 0 ? 1.25 : 0.8, shareAt(plot, event.clientX));
		}, { passive: false });
	}

	/* A link to a story opens it. */
	function open() {
		const story = location.hash.startsWith("#story-") && document.getElementById(location.hash.slice(1));
		if (story)
			story.querySelector("details").open = true;
	}
	addEventListener("hashchange", open);
	open();
	if (axes.length > 0)
		look(0, span);
})();
