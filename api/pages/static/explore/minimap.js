// The whole picture in a corner, with a frame around what is in sight; a click goes there.
import { colours, paintOf } from "./scene.js";

const SIZE = { width: 176, height: 104 };

export function paintMinimap(canvas, scene, sight) {
  const ratio = devicePixelRatio || 1;
  const scale = scaleOf(scene);
  const size = { width: Math.ceil(scene.width * scale), height: Math.ceil(scene.height * scale) };
  for (const side of ["width", "height"]) {
    canvas[side] = size[side] * ratio;
    canvas.style[side] = `${size[side]}px`;
  }
  const pen = canvas.getContext("2d");
  const colour = colours();
  pen.setTransform(ratio * scale, 0, 0, ratio * scale, 0, 0);
  pen.fillStyle = colour("lane");
  for (const lane of scene.lanes) pen.fillRect(lane.x, 0, lane.width, scene.height);
  for (const box of scene.boxes) {
    const paint = paintOf(box);
    pen.fillStyle = colour(paint === "plain" || paint === "unaffected" ? "edge" : paint.replace("_", "-"));
    pen.fillRect(box.x - box.w / 2, box.y - box.h / 2, box.w, box.h);
  }
  pen.strokeStyle = colour("accent");
  pen.lineWidth = 1.6 / scale;
  pen.strokeRect(-sight.pan.x / sight.zoom, -sight.pan.y / sight.zoom, sight.width / sight.zoom,
    sight.height / sight.zoom);
}

const scaleOf = (scene) => Math.min(SIZE.width / scene.width, SIZE.height / scene.height);

// Where in the picture somebody clicked.
export function placeOf(event, scene) {
  const edge = event.currentTarget.getBoundingClientRect();
  const scale = scaleOf(scene);
  return { x: (event.clientX - edge.left) / scale, y: (event.clientY - edge.top) / scale };
}

// Whether all is in sight anyway.
export function isSmall(scene, sight) {
  return scene.width * sight.zoom <= sight.width + 2 && scene.height * sight.zoom <= sight.height + 2;
}
