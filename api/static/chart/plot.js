// SPDX-License-Identifier: EUPL-1.2
// The picture of a chart: a band from the lowest to the highest value, and the line of means.
import { toMoment, toNumber, toTick, toTimes, toTownDate } from "./words.js";

const HEIGHT = 240;
const PAPER = { "--accent": "#000", "--quiet": "#333", "--line": "#bbb" };
const paper = matchMedia("print");
const colour = (name) => (paper.matches ? PAPER[name] : getComputedStyle(document.documentElement).getPropertyValue(name).trim());
const drawn = new Set();

for (const query of [paper, matchMedia("(prefers-color-scheme: dark)")]) {
  query.addEventListener("change", () => drawn.forEach((plot) => plot.redraw(false, true)));
}

/** Draw into an element; `onZoom` is told which section was drawn up with the pointer. */
export function makePlot(element, readout, unit, onZoom) {
  const line = { stroke: () => colour("--accent"), width: 2, spanGaps: false, points: { show: (self) => self.marked } };
  const edge = { stroke: () => "transparent", width: 0, points: { show: false } };
  const plot = new uPlot({
    width: element.clientWidth, height: HEIGHT, tzDate: toTownDate, legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { size: 8 } },
    scales: { x: { time: true, range: (self) => self.wanted ?? [0, 1] }, y: { range: toRange } },
    axes: [timeAxis(), numberAxis()],
    series: [{}, line, { ...edge }, { ...edge }],
    bands: [{ series: [2, 3], fill: () => `color-mix(in srgb, ${colour("--accent")} 22%, transparent)` }],
    hooks: { setSelect: [(self) => select(self, onZoom)], setCursor: [(self) => tell(self, readout, unit)] },
  }, [[], [], [], []], element);
  drawn.add(plot);
  new ResizeObserver(() => {
    if (element.clientWidth && element.clientWidth !== plot.width) plot.setSize({ width: element.clientWidth, height: HEIGHT });
  }).observe(element);
  return plot;
}

/** Show columns between two times; few numbers are marked one by one. */
export function show(plot, columns, from, to, isSingle) {
  plot.wanted = [from, to];
  plot.marked = isSingle && columns[0].length < 60;
  plot.setData(columns);
}

function toRange(_, low, high) {
  if (low == null) return [0, 1];
  if (low === high) return [low - Math.max(1, Math.abs(low) * 0.1), high + Math.max(1, Math.abs(high) * 0.1)];
  return uPlot.rangeNum(low, high, { min: { pad: 0.1, soft: 0, mode: low >= 0 ? 2 : 3 }, max: { pad: 0.1, soft: 0, mode: 3 } });
}

function timeAxis() {
  return { ...axis(), size: 44, space: 70, values: (_, splits, _axis, _space, step) => toTimes(splits, step) };
}

function numberAxis() {
  const size = (_, values) => 16 + 7.5 * Math.max(3, ...(values ?? []).map((value) => String(value).length));
  return { ...axis(), size, values: (_, splits) => splits.map(toTick) };
}

function axis() {
  const grid = { stroke: () => colour("--line"), width: 1 };
  return { stroke: () => colour("--quiet"), font: "12px system-ui, sans-serif", grid, ticks: grid };
}

function select(plot, onZoom) {
  const { left, width } = plot.select;
  if (width < 5) return;
  const [from, to] = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
  plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  onZoom(from, to);
}

function tell(plot, readout, unit) {
  const index = plot.cursor.idx;
  const [times, means, highs, lows] = plot.data;
  if (index == null || means[index] == null) {
    readout.textContent = "";
    return;
  }
  const span = lows[index] === highs[index] ? "" : ` (${toNumber(lows[index])} – ${toNumber(highs[index])})`;
  readout.textContent = `${toMoment(times[index])}: ${toNumber(means[index], unit)}${span}`;
}
