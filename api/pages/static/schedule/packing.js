// Bars on as few lanes as there is room for: those that collide first, so that none of them is ever left out.

// things: [{from, to, weight}] with moments in milliseconds; wide(thing): how long it is drawn at least; most: lanes.
// Gives [{thing, lane}] in the order of time, and how many found no lane.
export function packed(things, wide, most) {
  const lanes = [];
  const placed = [];
  const order = [...things].sort((a, b) => b.weight - a.weight || a.from - b.from || (a.id < b.id ? -1 : 1));
  let hidden = 0;
  for (const thing of order) {
    const end = Math.max(thing.to, thing.from + wide(thing));
    let lane = lanes.findIndex((some) => some.every(([from, to]) => end <= from || thing.from >= to));
    if (lane < 0 && lanes.length < most) lane = lanes.push([]) - 1;
    if (lane < 0) hidden += 1;
    else {
      lanes[lane].push([thing.from, end]);
      placed.push({ thing, lane, end });
    }
  }
  placed.sort((a, b) => a.thing.from - b.thing.from || a.lane - b.lane);
  return { placed, lanes: lanes.length, hidden };
}
