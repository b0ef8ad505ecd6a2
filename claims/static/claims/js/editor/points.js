// Code points and UTF-16: the desk counts the first, JavaScript strings are made of the second, and an emoji is one of the
// one and two of the other. Every conversion of the editor is here.

// The UTF-16 index in text at which the code point with number `point` begins; text's length for what lies behind it.
export function toUnits(text, point) {
  if (isNarrow(text)) return Math.min(point, text.length);
  let unit = 0;
  for (let count = 0; count < point && unit < text.length; count += 1) unit += text.codePointAt(unit) > 0xffff ? 2 : 1;
  return unit;
}

// How many code points begin before the UTF-16 index; in the middle of a character that is the number of that one.
export function toPoints(text, unit) {
  if (isNarrow(text)) return Math.min(unit, text.length);
  let count = 0;
  let at = 0;
  while (at < text.length) {
    const width = text.codePointAt(at) > 0xffff ? 2 : 1;
    if (at + width > unit) break;
    at += width;
    count += 1;
  }
  return count;
}

// How many code points a text has.
export function length(text) {
  return toPoints(text, text.length);
}

// Most texts have no character beyond the first plane: there both counts are the same.
function isNarrow(text) {
  return !/[\ud800-\udfff]/.test(text);
}
