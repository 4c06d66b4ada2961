// SPDX-License-Identifier: EUPL-1.2
// Markers as the server sends them, in columns, and as a map takes them.

const DEGREE = 1e5;

/**
 * The markers of an address: `places` [[longitude, latitude]], of each the `seqs` and the `types` as an index into
 * `kinds`, how a type is marked; `tooMany` where there are more than are sent; `text` is equal where all of it is.
 */
export async function fetchMarkers(address) {
  const answer = await fetch(address, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`The markers answer ${answer.status}`);
  const text = await answer.text();
  const { count, limit, seq, lon, lat, type, marks } = JSON.parse(text);
  const [longitudes, latitudes] = [sums(lon), sums(lat)];
  const places = longitudes.map((longitude, index) => [longitude / DEGREE, latitudes[index] / DEGREE]);
  return { places, seqs: sums(seq), types: type, kinds: marks, tooMany: count > limit, text };
}

/** The markers that the rows of a table name, where no address does. */
export function markersOfRows(table) {
  const rows = table ? [...table.querySelectorAll("[data-at]")] : [];
  const [places, types, kinds] = [[], [], new Map()];
  for (const { dataset } of rows) {
    const [path, tone] = [dataset.path ?? "M-7,0a7,7 0 1,0 14,0a7,7 0 1,0 -14,0z", Number(dataset.tone ?? 0)];
    if (!kinds.has(path + tone)) kinds.set(path + tone, { path, tone, index: kinds.size });
    places.push(dataset.at.split(",").map(Number));
    types.push(kinds.get(path + tone).index);
  }
  const ids = rows.map(({ dataset }) => dataset.id);
  return { places, types, ids, kinds: [...kinds.values()], text: JSON.stringify([places, types, ids]) };
}

/** GeoJSON of markers, but for those that `without` holds: what is drawn as an area or a line needs no marker. */
export function toFeatures({ places, seqs, ids, types }, without = new Set()) {
  const features = [];
  for (const [index, coordinates] of places.entries()) {
    const s = seqs ? seqs[index] : ids[index];
    if (without.has(s)) continue;
    features.push({ type: "Feature", properties: { s, k: types[index] }, geometry: { type: "Point", coordinates } });
  }
  return { type: "FeatureCollection", features };
}

/** The numbers of which a column holds the first and the differences. */
function sums(differences) {
  let sum = 0;
  return differences.map((difference) => (sum += difference));
}
