// The frame in which a drawing is seen: zoom, drag, pinch, a small map.
"use strict";
(() => {
  const MAP_WIDTH = 150;
  const MAP_HEIGHT = 110;

  class Frame {
    // `boxes()`: what the map shows, each with x, y, width, height, heat.
    constructor(view, svg, map, boxes, seen) {
      Object.assign(this, { view, svg, map, boxes, seen, scale: 1, width: 1, height: 1 });
      let asked = false;
      const later = () => {
        if (asked) return;
        asked = true;
        requestAnimationFrame(() => { asked = false; this.look(); });
      };
      view.addEventListener("scroll", later, { passive: true });
      new ResizeObserver(later).observe(view);
      view.addEventListener("wheel", (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        const frame = view.getBoundingClientRect();
        this.zoom(this.scale * (event.deltaY < 0 ? 1.1 : 1 / 1.1), event.clientX - frame.left, event.clientY - frame.top);
      }, { passive: false });
      this.drag();
      this.pinch();
      map?.addEventListener("pointerdown", (event) => {
        map.setPointerCapture(event.pointerId);
        this.goTo(event);
      });
      map?.addEventListener("pointermove", (event) => { if (event.buttons) this.goTo(event); });
    }

    size(width, height) {
      [this.width, this.height] = [width, height];
      this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      this.apply();
    }

    apply() {
      this.svg.setAttribute("width", this.width * this.scale);
      this.svg.setAttribute("height", this.height * this.scale);
    }

    zoom(next, x = this.view.clientWidth / 2, y = this.view.clientHeight / 2) {
      next = Math.min(3, Math.max(0.04, next));
      const [left, top] = [(this.view.scrollLeft + x) / this.scale, (this.view.scrollTop + y) / this.scale];
      this.scale = next;
      this.apply();
      this.view.scrollLeft = left * next - x;
      this.view.scrollTop = top * next - y;
      this.look();
    }

    // The scale at which all is seen.
    get whole() {
      // Where the frame is as high as what is in it, up to a limit, the limit counts.
      const limit = parseFloat(getComputedStyle(this.view).maxHeight);
      const high = Number.isNaN(limit) ? this.view.clientHeight : limit;
      return Math.min(1, (this.view.clientWidth - 4) / this.width, (high - 4) / this.height);
    }

    fit() {
      this.zoom(this.whole);
      this.view.scrollTop = 0;
      this.view.scrollLeft = 0;
    }

    // Scrolls so that a box is seen, in the middle where it was not.
    show(x, y, width, height) {
      const { view, scale } = this;
      const inside = x * scale >= view.scrollLeft && (x + width) * scale <= view.scrollLeft + view.clientWidth
        && y * scale >= view.scrollTop && (y + height) * scale <= view.scrollTop + view.clientHeight;
      if (inside) return;
      view.scrollLeft = (x + width / 2) * scale - view.clientWidth / 2;
      view.scrollTop = (y + height / 2) * scale - view.clientHeight / 2;
      this.look();
    }

    look() {
      const { view, scale } = this;
      const margin = 300;
      this.seen({
        left: view.scrollLeft / scale - margin, right: (view.scrollLeft + view.clientWidth) / scale + margin,
        top: view.scrollTop / scale - margin, bottom: (view.scrollTop + view.clientHeight) / scale + margin,
      });
      this.drawMap();
    }

    drag() {
      const { view } = this;
      let from = null;
      view.addEventListener("pointerdown", (event) => {
        if (event.pointerType !== "mouse" || event.button !== 0) return;
        from = { x: event.clientX, y: event.clientY, left: view.scrollLeft, top: view.scrollTop, moved: false };
      });
      addEventListener("pointermove", (event) => {
        if (!from) return;
        const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
        if (Math.abs(dx) + Math.abs(dy) > 4) { from.moved = true; view.classList.add("dragging"); }
        if (from.moved) { view.scrollLeft = from.left - dx; view.scrollTop = from.top - dy; }
      });
      addEventListener("pointerup", () => { setTimeout(() => { from = null; }, 0); view.classList.remove("dragging"); });
      view.addEventListener("click", (event) => { if (from?.moved) { event.preventDefault(); event.stopPropagation(); } }, true);
    }

    pinch() {
      const { view } = this;
      let start = null;
      const apart = ([a, b]) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
      view.addEventListener("touchstart", (event) => {
        if (event.touches.length === 2) start = { apart: apart(event.touches), scale: this.scale };
      }, { passive: true });
      view.addEventListener("touchmove", (event) => {
        if (!start || event.touches.length !== 2) return;
        event.preventDefault();
        const frame = view.getBoundingClientRect();
        const [a, b] = event.touches;
        this.zoom(start.scale * apart(event.touches) / start.apart, (a.clientX + b.clientX) / 2 - frame.left, (a.clientY + b.clientY) / 2 - frame.top);
      }, { passive: false });
      view.addEventListener("touchend", () => { start = null; });
    }

    goTo(event) {
      const frame = this.map.getBoundingClientRect();
      const { view, scale } = this;
      view.scrollLeft = (event.clientX - frame.left) / this.mapScale * scale - view.clientWidth / 2;
      view.scrollTop = (event.clientY - frame.top) / this.mapScale * scale - view.clientHeight / 2;
    }

    drawMap() {
      const { map, view, scale } = this;
      if (!map) return;
      const over = this.width * scale > view.clientWidth * 1.05 || this.height * scale > view.clientHeight * 1.05;
      map.hidden = !over || view.clientWidth < 420;
      if (map.hidden) return;
      const ratio = Math.min(MAP_WIDTH / this.width, MAP_HEIGHT / this.height);
      this.mapScale = ratio;
      const sharp = devicePixelRatio || 1;
      [map.width, map.height] = [Math.ceil(this.width * ratio * sharp), Math.ceil(this.height * ratio * sharp)];
      map.style.width = `${Math.ceil(this.width * ratio)}px`;
      map.style.height = `${Math.ceil(this.height * ratio)}px`;
      const context = map.getContext("2d");
      const style = getComputedStyle(map);
      const [dim, heat, accent] = ["--dim", "--heat", "--accent"].map((name) => style.getPropertyValue(name));
      context.scale(sharp, sharp);
      for (const box of this.boxes()) {
        context.globalAlpha = box.heat ? 0.35 + box.heat / 14 : 0.35;
        context.fillStyle = box.heat ? heat : dim;
        context.fillRect(box.x * ratio, box.y * ratio, Math.max(1, box.width * ratio), Math.max(1, box.height * ratio));
      }
      context.globalAlpha = 1;
      context.strokeStyle = accent;
      context.lineWidth = 1.5;
      context.strokeRect(view.scrollLeft / scale * ratio, view.scrollTop / scale * ratio, view.clientWidth / scale * ratio, view.clientHeight / scale * ratio);
    }
  }

  window.distkey.Frame = Frame;
})();
