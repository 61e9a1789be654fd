// What the `.gitignore` files of a folder leave out, as Git has it, but that `?` is a letter and not a byte. Patterns are
// somebody else's, so that nothing here goes back and forth: each is matched in time that grows with its length and the
// path's, and no more.

/** A piece of a name: a letter, any letter, any number of them, or one of a class. */
type Piece = string | { any: true } | { many: true } | { among: string; not: boolean };

interface Rule {
  /** Names of the folder that it holds for. */
  base: string[];
  names: (Piece[] | "**")[];
  negated: boolean;
  folders: boolean;
}

export class Ignored {
  private readonly rules: Rule[];
  private readonly folders = new Map<string, boolean>();

  /** Texts of `.gitignore` files by path. */
  constructor(texts: Record<string, string>) {
    const depth = (path: string) => path.split("/").length;
    const paths = Object.keys(texts).sort((a, b) => depth(a) - depth(b));
    this.rules = paths.flatMap((path) => read(path.split("/").slice(0, -1), texts[path] ?? ""));
  }

  has(path: string): boolean {
    const names = path.split("/");
    for (let count = 1; count < names.length; count += 1) {
      const folder = names.slice(0, count);
      const key = folder.join("/");
      const is = this.folders.get(key) ?? this.says(folder, true);
      this.folders.set(key, is);
      // What is in such a folder cannot be taken in again.
      if (is) return true;
    }
    return this.says(names, false);
  }

  /** The last word on a path. */
  private says(names: string[], isFolder: boolean): boolean {
    const rule = this.rules.findLast(
      ({ base, names: wanted, folders }) =>
        (isFolder || !folders) &&
        base.every((name, index) => names[index] === name) &&
        matches(wanted, names.slice(base.length)),
    );
    return rule !== undefined && !rule.negated;
  }
}

function read(base: string[], text: string): Rule[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, sign, said = "", end] = /^(!?)(.*?)(\/?)\s*$/.exec(line.startsWith("#") ? "" : line) ?? [];
    if (said === "") return [];
    const names = said.replace(/^\//, "").split("/").map((name) => (name === "**" ? name : pieces(name)));
    const anywhere = said.includes("/") ? [] : (["**"] as const);
    return [{ base, names: [...anywhere, ...names], negated: sign === "!", folders: end === "/" }];
  });
}

function pieces(name: string): Piece[] {
  const found = name.match(/\\.|\[[!^]?\]?[^\]]*\]|[\s\S]/gu) ?? [];
  return found.map((piece): Piece => {
    if (piece === "*") return { many: true };
    if (piece === "?") return { any: true };
    if (piece.length > 2 && piece.startsWith("[")) {
      const [, not, among = ""] = /^\[([!^]?)(.*)\]$/s.exec(piece) ?? [];
      return { among, not: not !== "" };
    }
    return piece.length > 1 && piece.startsWith("\\") ? piece.slice(1) : piece;
  });
}

/** Whether names match, where `**` stands for any number of them; at the end for at least one. */
function matches(wanted: Rule["names"], names: string[]): boolean {
  // Which beginnings of the names the pattern matches so far.
  let ends = names.map(() => false);
  ends.unshift(true);
  for (const [index, one] of wanted.entries()) {
    const next = ends.map(() => false);
    let seen = false;
    for (let at = 0; at <= names.length; at += 1) {
      const before = at > 0 && ends[at - 1] === true;
      if (one === "**") {
        const isLast = index === wanted.length - 1;
        seen ||= isLast ? before : ends[at] === true;
        next[at] = seen;
      } else next[at] = before && matchesName(one, [...(names[at - 1] ?? "")]);
    }
    ends = next;
  }
  return ends[names.length] === true;
}

/** The same within a name: after a failure, only the last run is tried longer. */
function matchesName(wanted: Piece[], letters: string[]): boolean {
  let [at, piece, run, from] = [0, 0, -1, 0];
  while (at < letters.length) {
    const one = wanted[piece];
    if (one !== undefined && typeof one === "object" && "many" in one) [run, from, piece] = [piece, at, piece + 1];
    else if (one !== undefined && takes(one, letters[at] ?? "")) [at, piece] = [at + 1, piece + 1];
    else if (run >= 0) [from, at, piece] = [from + 1, from + 1, run + 1];
    else return false;
  }
  return wanted.slice(piece).every((one) => typeof one === "object" && "many" in one);
}

function takes(piece: Piece, letter: string): boolean {
  if (typeof piece === "string") return piece === letter;
  if (!("among" in piece)) return true;
  const letters = [...piece.among];
  const is = letters.some((one, index) =>
    letters[index + 1] === "-" && index + 2 < letters.length ? one <= letter && letter <= (letters[index + 2] ?? "") : one === letter,
  );
  return is !== piece.not;
}
