// A graph in [data-graph] as a window that zooms and moves: by its buttons, by dragging, by Ctrl and the wheel, by two
// fingers, and by the arrows, + and -, 0 while the focus is in it. Without this script the whole graph is drawn, and it
// scrolls. Nothing is animated, so that there is no motion to reduce.

const LARGEST = 4;
// A letter is 13 units high (graphs.css); at this scale it has the 12 pixels that one can read.
const READABLE = 12 / 13;
const STEP = 60; // pixels that an arrow moves it
const CLICK = 5; // pixels that a press may wander and still be a click

class Graph {
  constructor(figure) {
    this.figure = figure;
    this.frame = figure.querySelector("[data-graph-frame]");
    this.svg = this.frame.querySelector("svg");
    const { width, height } = this.svg.viewBox.baseVal;
    Object.assign(this, { width, height, x: 0, y: 0, scale: 0, pointers: new Map(), wandered: 0 });
    figure.classList.add("is-moved");
    figure.querySelector("[data-graph-tools]").hidden = false;
    new ResizeObserver(() => this.fit()).observe(this.frame);
    this.listen();
  }

  // It opens with its whole width in the window, but on a phone as large as can be read: there it is moved sideways, and
  // the window is as high as the graph, so that one finger moves up and down the page.
  fit() {
    const wide = this.frame.clientWidth;
    // Its own height, which changes with what is shown, is none of its concern.
    if (!wide || wide === this.size?.wide) return;
    // Also for a window that was turned or drawn: what was as it opened goes on being so.
    const follows = !this.scale || this.scale === this.opened;
    this.opened = Math.max(wide / this.width, READABLE);
    this.size = { wide };
    this.stand(follows ? this.opened : this.scale);
  }

  // The window for a graph of this scale: as high as the graph, and where all its width is seen no higher than most of
  // the screen. It may be shown at another one.
  stand(scale, shown = scale) {
    const drawn = Math.min(scale, this.opened);
    const high = this.height * drawn;
    const cut = this.width * drawn > this.size.wide + 1;
    this.size.high = cut ? high : Math.min(high, Math.max(400, innerHeight * 0.8));
    this.svg.style.height = `${this.size.high}px`;
    this.scale = shown;
    this.show();
  }

  get smallest() {
    return Math.min(this.size.wide / this.width, this.size.high / this.height);
  }

  show() {
    const { wide, high } = this.size;
    this.scale = Math.min(Math.max(this.scale, this.smallest), LARGEST);
    const [seenWide, seenHigh] = [wide / this.scale, high / this.scale];
    this.x = within(this.x, this.width, seenWide);
    this.y = within(this.y, this.height, seenHigh);
    this.svg.setAttribute("viewBox", `${this.x} ${this.y} ${seenWide} ${seenHigh}`);
    this.frame.classList.toggle("is-wide", seenWide < this.width - 1);
    this.frame.classList.toggle("is-high", seenHigh < this.height - 1);
    this.figure.querySelector("[data-graph-size]").textContent = `${Math.round(this.scale * 100)} %`;
  }

  // By this factor, around a point of the window; what lies under it stays there.
  zoom(factor, left = this.size.wide / 2, top = this.size.high / 2) {
    const before = this.scale;
    const after = Math.min(Math.max(before * factor, this.smallest), LARGEST);
    this.x += left / before - left / after;
    this.y += top / before - top / after;
    this.scale = after;
    this.show();
  }

  move(right, down) {
    this.x += right / this.scale;
    this.y += down / this.scale;
    this.show();
  }

  whole() {
    // As small as it may be in the window that it has then.
    this.stand(this.size.wide / this.width, 0);
  }

  listen() {
    this.figure.addEventListener("click", (event) => {
      const button = event.target.closest("[data-graph-zoom], [data-graph-whole]");
      if (button?.dataset.graphZoom) this.zoom(Number(button.dataset.graphZoom));
      else if (button) this.whole();
    });
    this.frame.addEventListener("keydown", (event) => this.press(event));
    this.frame.addEventListener("wheel", (event) => this.roll(event), { passive: false });
    this.frame.addEventListener("pointerdown", (event) => this.grasp(event));
    this.frame.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) this.frame.addEventListener(end, (event) => this.letGo(event));
    // What was dragged is not followed (by Enter it may be: that is a click of no mouse), nor dragged away as a link.
    this.frame.addEventListener("dragstart", (event) => event.preventDefault());
    this.frame.addEventListener("click", (event) => this.isDrag(event) && event.preventDefault(), true);
    for (const kind of ["pointerover", "focusin"]) this.frame.addEventListener(kind, (event) => this.ask(event));
    for (const kind of ["pointerleave", "focusout"]) this.frame.addEventListener(kind, () => this.light(null));
    addEventListener("beforeprint", () => this.whole());
  }

  isDrag(event) {
    return event.detail > 0 && this.wandered > CLICK;
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
    if (by) this.move(...by);
    else if (event.key === "+" || event.key === "=") this.zoom(1.25);
    else if (event.key === "-") this.zoom(0.8);
    else if (event.key === "0") this.whole();
    else return;
    event.preventDefault();
  }

  roll(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY / 400), ...this.at(event));
  }

  at(event) {
    const { left, top } = this.frame.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  grasp(event) {
    if (event.button) return;
    this.pointers.set(event.pointerId, this.at(event));
    if (this.pointers.size === 1) this.wandered = 0;
  }

  drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = this.at(event);
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    this.wandered += Math.hypot(now[0] - before[0], now[1] - before[1]);
    this.pointers.set(event.pointerId, now);
    if (others.length) {
      const apart = (place) => Math.hypot(place[0] - others[0][0], place[1] - others[0][1]) || 1;
      this.zoom(apart(now) / apart(before), (now[0] + others[0][0]) / 2, (now[1] + others[0][1]) / 2);
    } else if (this.wandered > CLICK) {
      // Only what is dragged is held, since a held pointer clicks on nothing within.
      this.frame.setPointerCapture(event.pointerId);
      this.frame.classList.add("is-dragged");
      this.move(before[0] - now[0], before[1] - now[1]);
    }
  }

  letGo(event) {
    this.pointers.delete(event.pointerId);
    if (!this.pointers.size) this.frame.classList.remove("is-dragged");
  }

  ask(event) {
    const node = event.target.closest("[data-node]");
    this.light(node?.dataset.node ?? null);
    if (event.type === "focusin" && node) this.reveal(node);
  }

  light(key) {
    this.figure.classList.toggle("is-asked", key !== null);
    for (const edge of this.svg.querySelectorAll("[data-from]")) {
      edge.classList.toggle("is-joined", edge.dataset.from === key || edge.dataset.to === key);
    }
  }

  // The box that has got the focus comes into the window.
  reveal(node) {
    const box = node.getBoundingClientRect();
    const frame = this.frame.getBoundingClientRect();
    const out = (low, high, from, to) => (low < from ? low - from - 8 : high > to ? high - to + 8 : 0);
    this.move(out(box.left, box.right, frame.left, frame.right), out(box.top, box.bottom, frame.top, frame.bottom));
    // The browser may have scrolled to where the box was.
    node.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

// Where a window of this length begins: the graph fills it, and what is smaller stands in its middle.
function within(begins, whole, seen) {
  return seen >= whole ? (whole - seen) / 2 : Math.min(Math.max(begins, 0), whole - seen);
}

document.querySelectorAll("[data-graph]").forEach((figure) => new Graph(figure));
