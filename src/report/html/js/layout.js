// Where boxes stand. Of a box's inputs the one with most below it goes on straight down, so that a
// left-deep plan is a spine at the left; the other stands to the right. So a plan of n boxes is at most
// log2(n) + 1 columns wide, but for steps with many inputs, which stand to the right in a pile.
"use strict";
(() => {
  const WIDTH = 262;
  const GAP_X = 46;
  const GAP_Y = 26;
  const MARGIN = 16;

  // `root`: { height, children, order of children as they are printed }. Sets x and y of every box that
  // is shown, and returns the size of the drawing and the boxes, each before its inputs.
  function layout(roots) {
    const boxes = [];
    const open = [...roots].reverse();
    while (open.length) {
      const box = open.pop();
      boxes.push(box);
      for (let at = box.children.length - 1; at >= 0; at -= 1) open.push(box.children[at]);
    }
    // From the inputs up: what stands below a box, and how far down it first reaches to the right.
    for (let at = boxes.length - 1; at >= 0; at -= 1) {
      const box = boxes[at];
      box.below = 1 + box.children.reduce((sum, child) => sum + child.below, 0);
      box.spine = null;
      box.right = box.children;
      if (box.children.length === 1 || box.children.length === 2) {
        const [first, second] = box.children;
        box.spine = second && second.below > first.below ? second : first;
        box.right = box.children.filter((child) => child !== box.spine);
      }
      let pile = 0;
      for (const child of box.right) {
        child.dy = pile;
        pile += child.tall + GAP_Y;
      }
      const beside = box.right.length ? pile - GAP_Y : 0;
      box.tall = Math.max(box.height, beside);
      box.reach = box.right.length ? 0 : Infinity;
      if (box.spine) {
        const free = box.right.length ? beside + GAP_Y - box.spine.reach : 0;
        box.spine.dy = Math.max(box.height + GAP_Y, free);
        box.tall = Math.max(box.tall, box.spine.dy + box.spine.tall);
        if (!box.right.length) box.reach = box.spine.dy + box.spine.reach;
      }
    }
    let [width, height] = [0, MARGIN];
    for (const root of roots) {
      root.x = MARGIN;
      root.y = height;
      height += root.tall + GAP_Y;
    }
    for (const box of boxes) {
      for (const child of box.right) child.x = box.x + WIDTH + GAP_X;
      if (box.spine) box.spine.x = box.x;
      for (const child of box.children) child.y = box.y + child.dy;
      width = Math.max(width, box.x + WIDTH);
    }
    return { boxes, width: width + MARGIN, height: height - GAP_Y + MARGIN };
  }

  // The line from a box to the one that it feeds, and where its label stands.
  function line(box, parent) {
    if (parent.spine === box) {
      const x = box.x + 28;
      return { path: `M${x} ${box.y}V${parent.y + parent.height}`, x: x + 9, y: box.y - 9, anchor: "start" };
    }
    const y = box.y + 20;
    const start = parent.y + 20;
    const [from, to] = [parent.x + WIDTH, box.x];
    const middle = from + GAP_X / 2 - 6;
    const path = box.dy === 0 ? `M${to} ${y}H${from}` : `M${to} ${y}H${middle}V${start}H${from}`;
    return { path, x: (box.dy === 0 ? (from + to) / 2 : (middle + to) / 2 + 1), y: y - 7, anchor: "middle" };
  }

  Object.assign(window.distkey, { layout, line, BOX_WIDTH: WIDTH });
})();
