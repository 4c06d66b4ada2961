// SPDX-License-Identifier: EUPL-1.2
// Draws the pictures of markers: a shape for each type, as the server names it, in the tone of that shape.

const SIZE = 26;
const REACH = 12;

/** Let a map draw pictures when it needs them: `mark:<index of the kind>:<scheme>`. */
export function drawPictures(map, kinds, colours) {
  const ratio = Math.max(2, Math.ceil(devicePixelRatio));
  map.setMissingStyleImageResolver((id) => {
    const [what, index] = id.split(":");
    const kind = kinds()[Number(index)];
    if (what === "mark" && kind && !map.hasImage(id)) {
      map.addImage(id, drawMark(kind, colours(), ratio), { pixelRatio: ratio });
    }
  });
}

function drawMark({ path, tone }, colours, ratio) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIZE * ratio, height: SIZE * ratio });
  const pen = canvas.getContext("2d");
  pen.scale((ratio * SIZE) / (2 * REACH), (ratio * SIZE) / (2 * REACH));
  pen.translate(REACH, REACH);
  const shape = new Path2D(path);
  pen.lineJoin = "round";
  pen.strokeStyle = colours.halo;
  pen.lineWidth = 3;
  pen.stroke(shape);
  pen.fillStyle = colours.tones[tone];
  pen.fill(shape, "evenodd");
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}
