// Code points and UTF-16: the desk counts the first, JavaScript strings are made of the second, and an emoji is one of the
// one and two of the other. Every conversion of the editor is here.

// How many code points a text has.
export function length(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

// One text by both counts; each question costs next to nothing, however long the text is.
export class Points {
  constructor(text) {
    // Most texts have no character beyond the first plane: there both counts are the same.
    if (/[\ud800-\udfff]/.test(text)) {
      const begins = [];
      let at = 0;
      for (const character of text) {
        begins.push(at);
        at += character.length;
      }
      begins.push(at);
      this.begins = Uint32Array.from(begins);
    }
    this.length = this.begins ? this.begins.length - 1 : text.length;
  }

  // The UTF-16 index at which the code point with this number begins; the text's end for what lies behind it.
  toUnits(point) {
    const within = Math.min(Math.max(point, 0), this.length);
    return this.begins ? this.begins[within] : within;
  }

  // How many code points begin before the UTF-16 index; in the middle of a character that is the number of that one.
  toPoints(unit) {
    if (!this.begins) return Math.min(unit, this.length);
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.begins[middle] <= unit) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
