// SPDX-License-Identifier: EUPL-1.2
// What lies on the ground of a map: districts, water, green, streets, railways, and the place of a single entity.

import { EMPTY, extent, flatten } from "./geometry.js";

const SMALL = 0.003;
const LOOKS = [
  ["water", /water|river|lake|stream|canal|sea|harbo/i],
  ["green", /garden|park(?!ing)|forest|green|wood|meadow|flower/i],
  ["rail", /rail|tram|metro|subway/i],
];

/** The features of the address or the geometry that an element names. */
export async function fetchShapes(element) {
  const { shapes, geometry } = element.dataset;
  if (geometry) return toShapes([{ type: "Feature", properties: {}, geometry: JSON.parse(geometry) }]);
  if (!shapes) return EMPTY;
  const answer = await fetch(shapes, { headers: { accept: "application/geo+json" } });
  return answer.ok ? toShapes((await answer.json()).features) : EMPTY;
}

/** The numbers of those that are large enough to be seen as what they are; the others, and points, need a marker, too. */
export function seenWithoutMarker({ features }) {
  return new Set(features.filter((one) => !one.geometry.type.endsWith("Point") && isLarge(one)).map(({ properties }) => properties.seq));
}

/** All positions of features. */
export function pointsOf({ features }) {
  return features.flatMap(({ geometry }) => flatten(geometry.coordinates));
}

function toShapes(features) {
  return { type: "FeatureCollection", features: features.map(({ geometry, properties }) => ({ type: "Feature", geometry, properties: look(properties) })) };
}

function look({ seq, type = "", label = {} }) {
  const name = type.split(/[/#:]/).at(-1);
  const language = document.documentElement.lang;
  const text = label[language] ?? label["@none"] ?? label.en ?? Object.values(label)[0] ?? "";
  return { seq, label: text, look: LOOKS.find(([, words]) => words.test(name))?.[0] ?? "" };
}

function isLarge({ geometry }) {
  const points = flatten(geometry.coordinates);
  return Math.max(extent(points, 0), extent(points, 1)) > SMALL;
}
