// SPDX-License-Identifier: EUPL-1.2
// Markers as the server sends them, in columns, and as a map takes them.

import { placeOf } from "./rows.js";

const DEGREE = 1e5;
// How markers look, {path, tone}. One has the same number as long as the page is open, whichever types come and go:
// pictures are kept by it.
const known = [];

export const lookOf = (number) => known[number];

/**
 * The markers of an address: `places` [[longitude, latitude]], of each the `seqs` and the number of its look; `tooMany`
 * where there are more than are sent; `text` is equal where all of it is.
 */
export async function fetchMarkers(address) {
  const answer = await fetch(address, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`The markers answer ${answer.status}`);
  const text = await answer.text();
  const { count, limit, seq, lon, lat, type, marks } = JSON.parse(text);
  const [longitudes, latitudes] = [sums(lon), sums(lat)];
  const places = longitudes.map((longitude, index) => [longitude / DEGREE, latitudes[index] / DEGREE]);
  const numbers = marks.map(numberOf);
  return { places, seqs: sums(seq), looks: type.map((index) => numbers[index]), tooMany: count > limit, text };
}

/** The markers that rows name, where no address does. */
export function markersOfRows(rows) {
  const places = rows.map(placeOf);
  const looks = rows.map(({ dataset }) => numberOf({ path: dataset.path, tone: Number(dataset.tone) }));
  const ids = rows.map(({ dataset }) => dataset.id);
  return { places, looks, ids, text: JSON.stringify([places, looks, ids]) };
}

/** GeoJSON of markers, but for those that `without` holds: what is drawn as an area or a line needs no marker. */
export function toFeatures({ places, seqs, ids, looks }, without) {
  const features = [];
  for (const [index, coordinates] of places.entries()) {
    const s = seqs ? seqs[index] : ids[index];
    if (without.has(s)) continue;
    features.push({ type: "Feature", properties: { s, k: looks[index] }, geometry: { type: "Point", coordinates } });
  }
  return { type: "FeatureCollection", features };
}

function numberOf({ path, tone }) {
  const number = known.findIndex((look) => look.path === path && look.tone === tone);
  return number < 0 ? known.push({ path, tone }) - 1 : number;
}

/** The numbers of which a column holds the first and the differences. */
function sums(differences) {
  let sum = 0;
  return differences.map((difference) => (sum += difference));
}
