// What was said of a document when it could last be read: while it cannot, that stays, at the places to which the text moved.

import type { Span } from "../../../../plugin/js/hallpass";

/** Put before what is old. */
export const MARK = "(before the last edits) ";

/** How places move from one text to another that begins and ends alike. */
export function shift(old: string, now: string): (span: Span) => Span {
  const least = Math.min(old.length, now.length);
  let start = 0;
  while (start < least && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < least - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  const moved = (offset: number): number => {
    if (offset <= start) return offset;
    if (offset >= old.length - end) return offset + now.length - old.length;
    // Inside of what was edited.
    return Math.min(offset, now.length - end);
  };
  return (span) => {
    const from = moved(span.start);
    return { start: from, end: Math.max(from, moved(span.end)) };
  };
}
