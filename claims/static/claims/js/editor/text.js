// The article's text in the page: its paragraphs by code points, marks drawn over them, and the selection in words.

import { Points, length } from "./points.js";

const LETTER = /[\p{L}\p{M}\p{N}]/u;

class Paragraph {
  constructor(element) {
    this.element = element;
    this.start = Number(element.dataset.start);
    this.text = element.textContent;
    this.points = new Points(this.text);
    this.end = this.start + this.points.length;
    // Characters that are shown by name stand in elements of their own, which every drawing puts back.
    this.unseen = new Map([...element.querySelectorAll(".unseen")].map((each) => [this.unitsBefore(each), each]));
    this.segments = {};
  }

  unitsBefore(node, offset = 0) {
    const before = document.createRange();
    before.setStart(this.element, 0);
    before.setEnd(node, offset);
    return before.toString().length;
  }

  units(point) {
    return this.points.toUnits(point - this.start);
  }

  point(units) {
    return this.start + this.points.toPoints(units);
  }

  // Words, sentences or characters as [start, end] in code points, without those that are blank.
  parts(segmenter) {
    const { granularity } = segmenter.resolvedOptions();
    if (!this.segments[granularity]) {
      let at = this.start;
      const parts = [];
      // Counted along: to count from the paragraph's begin each time would take the square of its length.
      for (const { segment } of segmenter.segment(this.text)) {
        const end = at + length(segment);
        // Blanks are single code points.
        if (segment.trim()) {
          parts.push([at + segment.length - segment.trimStart().length, end - segment.length + segment.trimEnd().length]);
        }
        at = end;
      }
      this.segments[granularity] = parts;
    }
    return this.segments[granularity];
  }

  // Where the letters end between which the point lies, before or behind it; else the point itself.
  lettersEnd(point, step, segmenter) {
    const [start, end] = this.parts(segmenter).find(([from, to]) => from < point && point < to) ?? [point, point];
    const word = [...this.text.slice(this.units(start), this.units(end))];
    let at = point - start;
    while (at > 0 && at < word.length && LETTER.test(word[at - 1]) && LETTER.test(word[at])) at += step;
    return start + at;
  }

  // The marks as flat pieces: HTML cannot cross, and neither do these.
  draw(marks) {
    const here = marks.filter(({ start, end }) => start < this.end && end > this.start);
    const cuts = here.flatMap(({ start, end }) => [Math.max(start, this.start), Math.min(end, this.end)]);
    const edges = [...new Set([this.start, this.end, ...cuts])].sort((one, other) => one - other);
    const drawn = edges.slice(0, -1).map((from, n) => {
      const looks = here.filter(({ start, end }) => start < edges[n + 1] && end > from).map(({ look }) => look);
      return [this.units(from), this.units(edges[n + 1]), [...new Set(looks)].sort().join(" ")];
    });
    const picture = JSON.stringify(drawn);
    if (picture === this.picture) return;
    this.picture = picture;
    this.element.replaceChildren(...drawn.map(([from, to, look]) => this.piece(from, to, look)));
  }

  piece(from, to, look) {
    const piece = document.createElement(look.includes("mine") ? "mark" : "span");
    piece.className = look;
    let at = from;
    for (const [unit, element] of this.unseen) {
      if (unit < from || unit >= to) continue;
      piece.append(this.text.slice(at, unit), element.cloneNode(true));
      at = unit + element.textContent.length;
    }
    piece.append(this.text.slice(at, to));
    return piece;
  }

  // [node, offset] of a place in the page.
  place(point) {
    let left = this.units(point);
    const walker = document.createTreeWalker(this.element, NodeFilter.SHOW_TEXT);
    let node = walker.nextNode();
    while (node && left > node.length) {
      left -= node.length;
      node = walker.nextNode();
    }
    return node ? [node, left] : [this.element, 0];
  }
}

export class Text {
  constructor(root) {
    this.root = root;
    // Without these the script ends here, and the page keeps its plain form.
    this.segmenters = Object.fromEntries(["word", "sentence", "grapheme"].map((granularity) => [
      granularity, new Intl.Segmenter(root.lang || undefined, { granularity }),
    ]));
    this.paragraphs = [...root.querySelectorAll("p[data-start]")].map((each) => new Paragraph(each));
    // Drawn by mouse, a stretch goes to the ends of words: half of one is hardly ever meant. Keys go by characters too.
    root.addEventListener("pointerdown", ({ pointerType }) => {
      if (pointerType !== "mouse") return;
      addEventListener("pointerup", () => {
        const drawn = this.selected();
        if (!drawn) return;
        this.select(this.whole(drawn));
        // The browser tells of it later, and a key may come before that.
        document.dispatchEvent(new Event("selectionchange"));
      }, { once: true });
    });
  }

  at(point) {
    return this.paragraphs.find((each) => point < each.end) ?? this.paragraphs.at(-1);
  }

  // What the paragraphs have of a range, each with the points from and to which it goes.
  pieces([start, end]) {
    return this.paragraphs.filter((each) => each.start < end && each.end > start).map((each) => {
      const [from, to] = [Math.max(start, each.start), Math.min(end, each.end)];
      return { from, to, text: each.text.slice(each.units(from), each.units(to)) };
    });
  }

  words(range) {
    return this.pieces(range).map(({ text }) => text).join(" ");
  }

  // Its words in so few that they can be listened to.
  brief(range) {
    const all = this.words(range).replace(/\s+/gu, " ");
    return all.length > 160 ? `${all.slice(0, 80)} … ${all.slice(-60)}` : all;
  }

  // The range without blanks at its ends; null where nothing is left. What lies outside stays as it is.
  trimmed([start, end]) {
    if (start < this.paragraphs[0].start || end > this.paragraphs.at(-1).end) return [start, end];
    const pieces = this.pieces([start, end]).filter(({ text }) => text.trim()).map(({ text, from, to }) => [
      from + text.length - text.trimStart().length, to - text.length + text.trimEnd().length,
    ]);
    return pieces.length ? [pieces[0][0], pieces.at(-1)[1]] : null;
  }

  // The range with the rest of the words that it cuts; "Putin" stays as it is in "Putin's".
  whole([start, end]) {
    const { word } = this.segmenters;
    return [this.at(start).lettersEnd(start, -1, word), this.at(end).lettersEnd(end, 1, word)];
  }

  // The first part that begins at `point` or later.
  after(point, granularity) {
    for (const paragraph of this.paragraphs) {
      if (paragraph.end <= point) continue;
      const found = paragraph.parts(this.segmenters[granularity]).find(([start]) => start >= point);
      if (found) return found;
    }
    return null;
  }

  // The last part that ends at `point` or earlier.
  before(point, granularity) {
    for (const paragraph of [...this.paragraphs].reverse()) {
      if (paragraph.start >= point) continue;
      const found = paragraph.parts(this.segmenters[granularity]).findLast(([, end]) => end <= point);
      if (found) return found;
    }
    return null;
  }

  partAt(point, granularity) {
    const here = this.at(point).parts(this.segmenters[granularity]);
    return here.find(([, end]) => end > point) ?? here.at(-1) ?? null;
  }

  draw(marks) {
    this.paragraphs.forEach((each) => each.draw(marks));
  }

  // Shows a range as the browser's own selection, which also copies and is spoken.
  select([start, end]) {
    const [first, from] = this.at(start).place(start);
    const last = this.paragraphs.find((each) => end <= each.end) ?? this.paragraphs.at(-1);
    const [node, to] = last.place(end);
    const selection = getSelection();
    if (selection.anchorNode === first && selection.anchorOffset === from
      && selection.focusNode === node && selection.focusOffset === to) return;
    selection.setBaseAndExtent(first, from, node, to);
  }

  // The range that is selected in the page; null without one, or where it leaves the text.
  selected() {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return null;
    const { startContainer, startOffset, endContainer, endOffset } = selection.getRangeAt(0);
    const start = this.pointOf(startContainer, startOffset);
    const end = this.pointOf(endContainer, endOffset);
    return start !== null && end !== null && start < end ? [start, end] : null;
  }

  pointOf(node, offset) {
    const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
    if (!this.root.contains(element)) return null;
    const inside = element.closest("p[data-start]");
    if (!inside) {
      // Between two paragraphs: a selection of whole ones ends there.
      const next = node.childNodes[offset];
      const found = this.paragraphs.find((each) => next && (next === each.element
        || next.compareDocumentPosition(each.element) & Node.DOCUMENT_POSITION_FOLLOWING));
      return found ? found.start : this.paragraphs.at(-1).end;
    }
    const paragraph = this.paragraphs.find((each) => each.element === inside);
    return paragraph.point(paragraph.unitsBefore(node, offset));
  }

  // The point one line above or below the one given, by the browser's own layout.
  line(point, forward) {
    const [node, offset] = this.at(point).place(point);
    const selection = getSelection();
    selection.collapse(node, offset);
    selection.modify("move", forward ? "forward" : "backward", "line");
    const found = selection.focusNode && this.pointOf(selection.focusNode, selection.focusOffset);
    return found ?? point;
  }

  isRightToLeft(point) {
    return getComputedStyle(this.at(point).element).direction === "rtl";
  }

  show([start]) {
    const [node] = this.at(start).place(start);
    node.parentElement.scrollIntoView({ block: "nearest" });
  }
}
