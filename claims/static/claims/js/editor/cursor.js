// Which words are selected, and how keys move that: from the part of the text where it began to the one it went to.

export class Cursor {
  constructor(text) {
    Object.assign(this, { text, anchor: null, focus: null });
  }

  get range() {
    return this.anchor && [Math.min(this.anchor[0], this.focus[0]), Math.max(this.anchor[1], this.focus[1])];
  }

  // A stretch with nothing between its ends to go by, as the pointer selects it.
  put([start, end]) {
    this.anchor = [start, start];
    this.focus = [end, end];
  }

  swap() {
    [this.anchor, this.focus] = [this.focus, this.anchor];
  }

  // Goes on by a word, a sentence or a character, or extends to it; false where the text ends.
  go(forward, granularity, extend) {
    const { text, anchor, focus, range } = this;
    let part;
    if (!extend) {
      part = forward ? text.after(range[1], granularity) : text.before(range[0], granularity);
    } else if (focus[1] >= anchor[1] && focus[0] >= anchor[0]) {
      part = forward ? text.after(focus[1], granularity) : text.before(focus[1] - 1, granularity);
    } else {
      part = forward ? text.after(focus[0] + 1, granularity) : text.before(focus[0], granularity);
    }
    return this.to(part, extend);
  }

  line(forward, extend) {
    return this.to(this.text.partAt(this.text.line(this.focus[0], forward), "word"), extend);
  }

  // To the first or the last word of the paragraph.
  edge(last, extend) {
    const parts = this.text.at(this.focus[0]).parts(this.text.segmenters.word);
    return this.to(last ? parts.at(-1) : parts[0], extend);
  }

  to(part, extend) {
    if (!part) return false;
    if (!extend) this.anchor = part;
    this.focus = part;
    return true;
  }

  // The whole stretch goes on: both ends by one part.
  shift(forward, granularity) {
    const [start, end] = this.range;
    const first = forward ? this.text.after(start + 1, granularity) : this.text.before(start, granularity);
    const last = forward ? this.text.after(end, granularity) : this.text.before(end - 1, granularity);
    if (!first || !last) return false;
    this.put([first[0], last[1]]);
    return true;
  }
}

// In a field, undoing is the browser's own as long as somebody types there.
export function undoing(undo, redo) {
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || !["z", "y"].includes(event.key.toLowerCase())) return;
    event.stopImmediatePropagation();
    if (event.target.matches("input, textarea")) return;
    event.preventDefault();
    (event.key.toLowerCase() === "y" || event.shiftKey ? redo : undo)();
  }, true);
}
