// SPDX-License-Identifier: EUPL-1.2
// Keeps a map and the table beside it in step: a row that has the focus is shown on the map, and the other way round.

import { move } from "./choice.js";
import { EMPTY } from "./geometry.js";
import { placeOf, rowsOf, tableOf } from "./rows.js";

/** Connect the map of an element with the table that it names. */
export function keepInStep({ element, map, signal }) {
  const find = () => tableOf(element);
  let chosen = null;

  function mark(at) {
    if (signal.aborted) return; // A popup is closed by its map that goes.
    const point = at && { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: at } };
    map.getSource("chosen").setData(point ?? EMPTY);
  }

  function choose(id) {
    chosen = id;
    if (id === null) mark(null);
    const row = markChosen();
    if (row) scrollWithin(row);
  }

  function markChosen() {
    const rows = rowsOf(find());
    for (const row of rows) row.removeAttribute("aria-current");
    const row = rows.find(({ dataset }) => dataset.id === chosen);
    row?.setAttribute("aria-current", "true");
    return row;
  }

  document.addEventListener("focusin", ({ target }) => {
    const row = find()?.contains(target) ? target.closest("[data-at]") : null;
    if (!row) return;
    const at = placeOf(row);
    choose(row.dataset.id);
    mark(at);
    if (!isWellInside(map, at)) move(map, { center: at });
  }, { signal });
  const look = () => markNear(find(), map);
  map.on("moveend", (event) => {
    look();
    if (event.originalEvent || event.byReader) tellBox(element, map);
  });
  document.addEventListener("htmx:afterSettle", () => {
    look();
    markChosen();
  }, { signal });
  look();
  return { mark, choose, tell: () => tellBox(element, map) };
}

/** Mark the rows whose places are in sight, where not all are. */
function markNear(table, map) {
  const rows = rowsOf(table);
  const bounds = map.getBounds();
  const inside = rows.map((row) => bounds.contains(placeOf(row)));
  const tells = inside.includes(false);
  rows.forEach((row, index) => row.classList.toggle("is-near", tells && inside[index]));
}

/** Say where the reader looks, to a field that the list of places is asked with. */
function tellBox(element, map) {
  const field = document.querySelector(element.dataset.box ?? "#none");
  const box = boxInSight(map);
  if (!field || field.value === box) return;
  field.value = box;
  document.dispatchEvent(new CustomEvent("allmende:moved"));
}

/** What is in sight, as `west,south,east,north`; the whole world is not more than that. */
export function boxInSight(map) {
  const bounds = map.getBounds();
  const within = (number, most) => Math.max(-most, Math.min(most, number)).toFixed(5);
  return [
    within(bounds.getWest(), 180), within(bounds.getSouth(), 90), within(bounds.getEast(), 180), within(bounds.getNorth(), 90),
  ].join(",");
}

function isWellInside(map, at) {
  const { x, y } = map.project(at);
  const { width, height } = map.getCanvas().getBoundingClientRect();
  return x > 30 && y > 30 && x < width - 30 && y < height - 30;
}

/** Scroll a list that scrolls by itself; the page stays where it is, so that the map stays in sight. */
function scrollWithin(row) {
  const list = row.closest(".scrolls");
  if (!list) return;
  const [of, at] = [list.getBoundingClientRect(), row.getBoundingClientRect()];
  if (at.top < of.top || at.bottom > of.bottom) list.scrollTop += at.top - of.top - of.height / 3;
}
