// Who is in a tree: identities, credentials and endpoints, with who answers for them.

import type { Span } from "../../../../plugin/js/hallpass";
import type { Held, Said } from "../protocol";
import { range } from "./diagnostics";
import type { Ground } from "./ground";
import { plain } from "./words";

interface At { path: string; span: Span }

/** What is read here of the inventory's schema. */
interface Entry {
  class: string;
  id: string;
  kind: string;
  accountable: boolean;
  owner?: Said | null;
  purpose?: Said | null;
  until?: Said | null;
  revocation?: Said | null;
  lifetimes?: string[];
  rights?: { actions: string[]; resources: string[] }[];
  places?: At[];
  uses?: (At & { how: string })[];
}

export type Known = Entry & Required<Pick<Entry, "lifetimes" | "rights" | "places" | "uses">>;

const asked = new WeakMap<Ground, { of: unknown; entries: Known[] }>();

/** The entries of a ground, asked for once after each check; paths as the editor knows them. */
export function entries(ground: Ground): Known[] {
  const known = asked.get(ground);
  if (known && known.of === ground.answer) return known.entries;
  const told = ground.inventory() as { entries?: Entry[] };
  const here = <A extends At>(at: A): A => ({ ...at, path: ground.pathOf(at.path) });
  const made = (told.entries ?? []).map((entry) => ({
    ...entry,
    lifetimes: entry.lifetimes ?? [],
    rights: entry.rights ?? [],
    places: (entry.places ?? []).map(here),
    uses: (entry.uses ?? []).map(here),
  }));
  asked.set(ground, { of: ground.answer, entries: made });
  return made;
}

/** The questions of an audit, and what the tree says to them. */
export function questions(entry: Known): [question: string, answer: string | undefined][] {
  const listed: [string, string][] = [
    ["lifetime", entry.lifetimes.join(", ")],
    ["may", entry.rights.map((right) => right.actions.join(", ")).join("; ")],
  ];
  return [
    ["owner", entry.owner?.is],
    ["why", entry.purpose?.is],
    ["until", entry.until?.is],
    ["switched off by", entry.revocation?.is],
    ...listed.filter(([, answer]) => answer !== ""),
  ];
}

export function held(ground: Ground): Held[] {
  const location = (at: At) => ({ uri: ground.address(at.path), range: range(ground, at.path, at.span) });
  const said = (answer: Said | null | undefined) => (answer ? { is: plain(answer.is), by: answer.by } : null);
  return entries(ground).map((entry) => ({
    class: entry.class,
    id: plain(entry.id),
    kind: plain(entry.kind),
    accountable: entry.accountable,
    owner: said(entry.owner),
    purpose: said(entry.purpose),
    until: said(entry.until),
    revocation: said(entry.revocation),
    lifetimes: entry.lifetimes.map(plain),
    rights: entry.rights.map((right) => plain(`${right.actions.join(", ")} on ${right.resources.join(", ") || "everything"}`)),
    places: entry.places.filter((at) => ground.has(at.path)).map(location),
    uses: entry.uses.filter((use) => ground.has(use.path)).map((use) => ({ how: plain(use.how), at: location(use) })),
  }));
}
