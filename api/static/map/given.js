// SPDX-License-Identifier: EUPL-1.2
// What a map is given to draw; asked for while the library that draws it is still on its way.

import { fetchMarkers, markersOfRows } from "./markers.js";
import { rowsOf, tableOf } from "./rows.js";
import { fetchShapes } from "./shapes.js";

/** The markers of an element's address, within a box where one is given, else of the rows of its table. */
export function readMarkers(element, box = "") {
  const { markers } = element.dataset;
  if (!markers) return markersOfRows(rowsOf(tableOf(element)));
  const address = new URL(markers, location.href);
  if (box) address.searchParams.set("box", box);
  return fetchMarkers(address);
}

/** What the map says, in the language of the page. */
export function wordsOf({ dataset }) {
  return JSON.parse(dataset.words ?? "{}");
}

/** Markers and shapes. */
export function readAll(element) {
  return Promise.all([readMarkers(element), fetchShapes(element)]);
}
