// SPDX-License-Identifier: EUPL-1.2
// Asks `/series` for what a chart shows, and makes columns of it: times, means, highest, lowest.
const NOTHING = { width: "PT0S", points: [], newest: null };

export async function fetchSeries({ entity, attribute, dataset }, { from, to }, points) {
  const asked = new URLSearchParams({ entity, attribute, points });
  if (dataset) asked.set("dataset", dataset);
  if (from != null) asked.set("from", toText(from));
  if (to != null) asked.set("to", toText(to));
  const response = await fetch(`/series?${asked}`);
  if (response.status === 404) return NOTHING; // Its history is gone, or has not begun.
  if (!response.ok) throw new Error(`/series answers with ${response.status}`);
  return response.json();
}

const toText = (time) => new Date(Math.floor(time * 1000)).toISOString();

/** Columns for uPlot. Where something was silent for much longer than usual, the line is broken. */
export function toColumns(points, scale) {
  const columns = [[], [], [], []];
  const gap = usualGap(points) * 4;
  points.forEach(([start, low, mean, high], index) => {
    const before = points[index - 1]?.[0];
    if (before != null && start - before > gap) push(columns, (start + before) / 2, null, null, null);
    push(columns, start, mean * scale, high * scale, low * scale);
  });
  return columns;
}

function push(columns, ...values) {
  values.forEach((value, index) => columns[index].push(value));
}

function usualGap(points) {
  const gaps = points.slice(1).map(([start], index) => start - points[index][0]).sort((one, other) => one - other);
  return gaps.length > 3 ? gaps[gaps.length >> 1] : Infinity;
}
