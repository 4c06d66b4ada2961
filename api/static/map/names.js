// SPDX-License-Identifier: EUPL-1.2
// Where the names of areas stand: once for each, well inside of it, however a map is cut into tiles.

import { extent } from "./geometry.js";

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufefc]/;

/** Points with the names of the areas among features; `drawn` where the name is written from right to left. */
export function namesOf({ features }) {
  const named = features.filter(({ properties, geometry }) => properties.label && geometry.type.endsWith("Polygon"));
  return { type: "FeatureCollection", features: named.map(({ properties, geometry }) => nameOf(properties.label, geometry)) };
}

function nameOf(label, { type, coordinates }) {
  const polygons = type === "Polygon" ? [coordinates] : coordinates;
  const largest = polygons.reduce((one, other) => (extent(other[0], 0) > extent(one[0], 0) ? other : one));
  const properties = RIGHT_TO_LEFT.test(label) ? { drawn: label } : { label };
  return { type: "Feature", properties, geometry: { type: "Point", coordinates: insideOf(largest) } };
}

/** The middle of the widest part of a polygon at half of its height. */
function insideOf(rings) {
  const heights = rings[0].map(([, y]) => y);
  // Not exactly the middle: a line through corners would cross the edges there twice.
  const level = heights.reduce((one, other) => Math.min(one, other)) + extent(rings[0], 1) * 0.4999;
  const crossings = rings.flatMap((ring) => crossingsOf(ring, level)).sort((one, other) => one - other);
  let best = [rings[0][0][0], rings[0][0][0]];
  for (let index = 0; index + 1 < crossings.length; index += 2) {
    if (crossings[index + 1] - crossings[index] > best[1] - best[0]) best = [crossings[index], crossings[index + 1]];
  }
  return [(best[0] + best[1]) / 2, level];
}

function crossingsOf(ring, level) {
  return ring.slice(1).flatMap(([x, y], index) => {
    const [fromX, fromY] = ring[index];
    return fromY > level === y > level ? [] : [fromX + ((level - fromY) / (y - fromY)) * (x - fromX)];
  });
}
