// SPDX-License-Identifier: EUPL-1.2
// What is asked of GeoJSON in several places.

export const EMPTY = { type: "FeatureCollection", features: [] };

/** All positions of coordinates, however deep they lie, as [longitude, latitude]. */
export function flatten(coordinates) {
  return typeof coordinates[0] === "number" ? [coordinates.slice(0, 2)] : coordinates.flatMap(flatten);
}

/** How far positions reach along an axis. */
export function extent(positions, axis) {
  const side = positions.map((position) => position[axis]);
  return side.reduce((one, other) => Math.max(one, other)) - side.reduce((one, other) => Math.min(one, other));
}
