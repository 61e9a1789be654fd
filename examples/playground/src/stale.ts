// What was said of a file when it could last be read: while it cannot, that stays, where its text has moved to, and says
// that it is old.
import type { Answer, Finding, Span, Spot } from "hallpass";

/** `stale`: it is about an earlier text, and nothing can be done about it now. */
export type Shown = Finding & { stale?: true };

const MARK = "(before the last edits, which cannot be read yet) ";

/** What to show: what was found, and of what was shown before whatever stands in files that cannot be read now. */
export function withStale(before: readonly Shown[], { findings, coverage }: Answer, moved: (spot: Spot) => Span): Shown[] {
  const unread = new Set(coverage.filter(({ status }) => status === "failed").map(({ path }) => path));
  const known = new Set(findings.map(({ fingerprint }) => fingerprint));
  const move = <S extends Spot>(spot: S): S => ({ ...spot, span: moved(spot) });
  const old = before
    // That a file cannot be read is said of each text anew.
    .filter(({ path, rule, fingerprint }) => unread.has(path) && !known.has(fingerprint) && rule !== "governance/not-checked")
    .map(({ fixes: _, ...one }): Shown => {
      const { related, places } = one;
      return {
        ...move(one),
        ...(related && { related: related.map(move) }),
        ...(places && { places: places.map(move) }),
        message: one.stale ? one.message : MARK + one.message,
        stale: true,
      };
    });
  return old.length ? [...findings, ...old].sort(byPlace) : findings;
}

function byPlace(a: Spot, b: Spot): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.span.start - b.span.start;
}
