// SPDX-License-Identifier: EUPL-1.2
// The ground below markers where no map of the town is known: a soft outline around all points, and where to look first.

const ROOM = 0.09;
const LEAST = 0.004;

/** The box [west, south, east, north] of most points: few far away ones do not make a town small. */
export function boxOf(points) {
  if (points.length === 0) return null;
  const cut = points.length < 50 ? 0 : Math.floor(points.length * 0.01);
  const side = (axis) => points.map((point) => point[axis]).sort((one, other) => one - other);
  const [x, y] = [side(0), side(1)];
  const last = points.length - 1 - cut;
  return [x[cut], y[cut], x[last], y[last]];
}

/** A box with room around it, also around a single point. */
export function widen(box) {
  const [west, south, east, north] = box;
  const room = roomOf(box);
  return [
    [Math.max(west - room * 1.4, -180), Math.max(south - room, -85)],
    [Math.min(east + room * 1.4, 180), Math.min(north + room, 85)],
  ];
}

function roomOf([west, south, east, north]) {
  return Math.max((east - west) * ROOM, (north - south) * ROOM, LEAST);
}

/** A polygon around the points, its corners rounded; null where there are none. */
export function outlineOf(points) {
  const box = boxOf(points);
  if (box === null) return null;
  const room = roomOf(box);
  const inside = points.filter(([x, y]) => x >= box[0] - room && x <= box[2] + room && y >= box[1] - room && y <= box[3] + room);
  const around = inside.length > 2000 ? hullOf(inside) : inside;
  const stretch = 1 / Math.max(Math.cos((box[1] * Math.PI) / 180), 0.1);
  const grown = around.flatMap(([x, y]) => circle(x, y, room, stretch));
  const ring = round(round(hullOf(grown)));
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [[...ring, ring[0]]] } };
}

function circle(x, y, room, stretch) {
  return Array.from({ length: 12 }, (_, step) => {
    const angle = (step * Math.PI) / 6;
    return [x + room * stretch * Math.cos(angle), y + room * Math.sin(angle)];
  });
}

/** The convex hull (Andrew's monotone chain), without the first point again at the end. */
export function hullOf(points) {
  const sorted = [...points].sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  const half = (ordered) => {
    const chain = [];
    for (const point of ordered) {
      while (chain.length > 1 && turn(chain.at(-2), chain.at(-1), point) <= 0) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  return sorted.length < 3 ? sorted : [...half(sorted), ...half(sorted.reverse())];
}

function turn(from, over, to) {
  return (over[0] - from[0]) * (to[1] - from[1]) - (over[1] - from[1]) * (to[0] - from[0]);
}

/** Cut the corners of a ring (Chaikin). */
function round(ring) {
  return ring.flatMap(([x, y], index) => {
    const [nextX, nextY] = ring[(index + 1) % ring.length];
    return [
      [x * 0.75 + nextX * 0.25, y * 0.75 + nextY * 0.25],
      [x * 0.25 + nextX * 0.75, y * 0.25 + nextY * 0.75],
    ];
  });
}
