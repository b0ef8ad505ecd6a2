// What an edit makes of the spans, purely. Spans are {source: [[start, end], …], cue: …, content: …} in code points, end
// exclusive, in order; each function gives new ones and leaves the old as they are. The server has the last word.

export const ROLES = ["source", "cue", "content"];

const overlaps = ([a, aEnd], [b, bEnd]) => a < bEnd && b < aEnd;
const meets = ([a, aEnd], [b, bEnd]) => a <= bEnd && b <= aEnd;
const inOrder = (ranges) => [...ranges].sort((one, other) => one[0] - other[0] || one[1] - other[1]);

// The ranges and one more; those that it meets become one with it.
export function union(ranges, range) {
  const met = ranges.filter((each) => meets(each, range));
  const whole = [Math.min(range[0], ...met.map((each) => each[0])), Math.max(range[1], ...met.map((each) => each[1]))];
  return inOrder([...ranges.filter((each) => !meets(each, range)), whole]);
}

// The ranges without these points: a range around them becomes two.
export function subtract(ranges, [start, end]) {
  return ranges.flatMap((each) => (overlaps(each, [start, end])
    ? [[each[0], start], [end, each[1]]].filter(([from, to]) => from < to)
    : [each]));
}

// The words get the role. A cue is one span, and shares no word with the others.
export function mark(spans, role, range) {
  const after = { ...spans };
  if (role === "cue") {
    after.source = subtract(spans.source, range);
    after.content = subtract(spans.content, range);
    after.cue = union(spans.cue, range).filter((each) => overlaps(each, range));
  } else {
    after.cue = subtract(spans.cue, range);
    after[role] = union(spans[role], range);
  }
  return after;
}

// The words belong to no span any more; the span around them is split.
export function cut(spans, range) {
  return Object.fromEntries(ROLES.map((role) => [role, subtract(spans[role], range)]));
}

// Each span that holds one of these words is gone.
export function remove(spans, range) {
  return Object.fromEntries(ROLES.map((role) => [role, spans[role].filter((each) => !overlaps(each, range))]));
}

// The spans of one role that the words touch become one; a single one is joined with the next of its role, or the last.
export function join(spans, range) {
  const after = { ...spans };
  for (const role of ROLES) {
    const touched = spans[role].filter((each) => overlaps(each, range));
    if (touched.length === 1) {
      const at = spans[role].indexOf(touched[0]);
      const beside = spans[role][at + 1] ?? spans[role][at - 1];
      if (beside) touched.push(beside);
    }
    if (touched.length > 1) {
      const ends = touched.flat();
      after[role] = union(spans[role], [Math.min(...ends), Math.max(...ends)]);
    }
  }
  return after;
}

// A span gets other ends, another role, or both.
export function replace(spans, role, range, newRole, newRange) {
  const without = { ...spans, [role]: spans[role].filter((each) => String(each) !== String(range)) };
  return mark(without, newRole, newRange);
}

// All spans in the order of the text, as [role, [start, end]].
export function listed(spans) {
  return ROLES.flatMap((role) => spans[role].map((range) => [role, range]))
    .sort((one, other) => one[1][0] - other[1][0] || other[1][1] - one[1][1]);
}

// What happened to something, to be undone and done again without limit.
export class History {
  constructor(now, past = [], future = []) {
    Object.assign(this, { now, past, future });
  }

  put(next) {
    if (JSON.stringify(next) === JSON.stringify(this.now)) return false;
    this.past.push(this.now);
    this.now = next;
    this.future = [];
    return true;
  }

  undo() {
    if (!this.past.length) return false;
    this.future.push(this.now);
    this.now = this.past.pop();
    return true;
  }

  redo() {
    if (!this.future.length) return false;
    this.past.push(this.now);
    this.now = this.future.pop();
    return true;
  }
}
