// SPDX-License-Identifier: EUPL-1.2
// One chart: what it shows, its buttons, and when it asks again.
import { fetchSeries, toColumns } from "./series.js";
import { makePlot, show } from "./plot.js";
import { toMoment } from "./words.js";

const SECONDS = { day: 86400, week: 7 * 86400, month: 30 * 86400, year: 365 * 86400, all: null };
const NARROWEST = 60;
const now = () => Date.now() / 1000;

export class Figure {
  constructor(element) {
    this.element = element;
    this.key = element.dataset.key;
    this.view = null; // The section that was zoomed to: [from, to].
    this.asked = 0;
  }

  /** Draw for the first time, over a range. */
  async draw(range) {
    this.range = range;
    const plot = this.element.querySelector(".plot");
    this.element.classList.add("is-drawn");
    this.readout = document.createElement("div");
    this.readout.className = "readout no-print";
    this.readout.setAttribute("aria-hidden", "true");
    this.controls = document.getElementById("chart-controls").content.cloneNode(true).firstElementChild;
    this.controls.setAttribute("aria-describedby", `title-${this.key}`);
    plot.after(this.readout, this.controls);
    this.controls.addEventListener("click", (event) => this.move(event.target.closest("[data-do]")?.dataset.do));
    this.plot = makePlot(plot, this.readout, this.element.dataset.unit, (from, to) => this.zoom(from, to));
    await this.load();
  }

  /** Show another range. */
  reach(range) {
    this.range = range;
    this.view = null;
    return this.load();
  }

  /** Something has changed; a section of the past stays as it is. */
  renew() {
    return this.view && this.view[1] < now() - NARROWEST ? null : this.load();
  }

  zoom(from, to) {
    const middle = (from + to) / 2;
    const half = Math.max(NARROWEST, to - from) / 2;
    const over = Math.max(0, middle + half - now());
    this.view = [middle - half - over, middle + half - over];
    return this.load();
  }

  move(what) {
    if (!what || !this.shown) return;
    const [from, to] = this.view ?? this.shown;
    const width = to - from;
    if (what === "in") this.zoom(from + width / 4, to - width / 4);
    if (what === "out") this.zoom(from - width / 2, to + width / 2);
    if (what === "left") this.zoom(from - width / 2, to - width / 2);
    if (what === "right") this.zoom(from + width / 2, to + width / 2);
    if (what === "all") this.reach(this.range);
  }

  async load() {
    const asked = ++this.asked;
    const length = SECONDS[this.range];
    const [from, to] = this.view ?? [length ? now() - length : null, null];
    const points = Math.min(2000, Math.max(100, Math.round(this.plot.width / 2)));
    let series;
    try {
      series = await fetchSeries(this.element.dataset, { from, to }, points);
    } catch {
      if (asked === this.asked) this.fail();
      return;
    }
    if (asked !== this.asked) return; // A later question was answered already, or will be.
    this.failed?.remove();
    this.present(series, from, to);
  }

  present(series, from, to) {
    const columns = toColumns(series.points, Number(this.element.dataset.scale));
    const first = from ?? series.points[0]?.[0] ?? now() - SECONDS.day;
    const last = to ?? Math.max(now(), series.newest?.[0] ?? 0, first + NARROWEST);
    this.shown = [first, last];
    show(this.plot, columns, first, last, series.width === "PT0S");
    this.controls.querySelector(".view").textContent = this.view ? `${toMoment(first)} – ${toMoment(last)}` : "";
    this.element.dataset.points = series.points.length;
  }

  fail() {
    this.failed?.remove();
    this.failed = document.getElementById("chart-failed").content.cloneNode(true).firstElementChild;
    this.controls.after(this.failed);
  }
}
