// SPDX-License-Identifier: EUPL-1.2
// What a map is given to draw; asked for while the library that draws it is still on its way.

import { fetchMarkers, markersOfRows } from "./markers.js";
import { fetchShapes } from "./shapes.js";

/** The markers of an element's address, within a box where one is given, else of the rows of its table. */
export function readMarkers({ dataset }, box = "") {
  if (!dataset.markers) return markersOfRows(document.querySelector(dataset.table ?? "#none"));
  const address = new URL(dataset.markers, location.href);
  if (box) address.searchParams.set("box", box);
  return fetchMarkers(address);
}

/** Markers and shapes. */
export function readAll(element) {
  return Promise.all([readMarkers(element), fetchShapes(element)]);
}
