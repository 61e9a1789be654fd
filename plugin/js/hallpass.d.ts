/**
 * A half-open range of offsets, from 0: bytes of the text in UTF-8, or UTF-16 code units, as strings are indexed
 * (`Options.offsets`).
 */
export interface Span { start: number; end: number }
export type Severity = "info" | "low" | "medium" | "high" | "critical";
export type Confidence = "low" | "medium" | "high";
/**
 * Files by path from the root, with `/`: not empty, not absolute, and without `.` and `..` in it. Bytes need not be UTF-8; halves of
 * surrogate pairs in texts are replaced, as by `TextEncoder`.
 */
export type Files = Record<string, string | Uint8Array> | Map<string, string | Uint8Array>;

export interface Spot { path: string; span: Span }
export interface RelatedSpot extends Spot { note: string }
export interface Edit extends Spot { replacement: string }
/** `mends`: the place of the finding that it mends; fixes of one place are alternatives, best first. */
export interface Fix { title: string; safety: "safe" | "unsafe"; edits: Edit[]; mends: Spot }

export interface Finding extends Spot {
  rule: string;
  severity: Severity;
  confidence: Confidence;
  route: string;
  message: string;
  help?: string;
  related?: RelatedSpot[];
  places?: Spot[];
  fixes?: Fix[];
  place_id: string;
  content_id: string;
  subjects?: string[];
  /** What waivers and baselines bind. */
  fingerprint: string;
}

export interface Coverage {
  path: string;
  status: "checked" | "skipped" | "failed";
  why?: string;
  at?: Span;
  must_check: boolean;
  dialects?: string[];
  unknown?: { span: Span; why: string }[];
  silent?: Record<string, number>;
}

export interface Options {
  /** The date that expiries are held against, `YYYY-MM-DD`; today in UTC unless given. */
  today?: string;
  /** Text of `hallpass.toml`. */
  config?: string;
  /** Texts of the files that it extends, by path from the root. */
  extended?: Record<string, string>;
  select?: string[];
  ignore?: string[];
  /** Whether rules in preview run as well. */
  preview?: boolean;
  /** Key of the fingerprints: `HALLPASS_KEY` or the root commit, for those of the binary; `hallpass` unless given. */
  key?: string;
  /** Files of detectors in the format of gitleaks, by path; one may extend another by its path. */
  detectors?: Record<string, string>;
  /** Whether the files given are the whole tree (the default for all but `check`): rules of absence run only then. */
  whole?: boolean;
  /** What offsets count: `utf-8` (the default) or `utf-16`. */
  offsets?: "utf-8" | "utf-16";
}

export interface Answer {
  findings: Finding[];
  waived: { fingerprint: string; by: string }[];
  coverage: Coverage[];
  /** Rules of absence that did not run, because the files are not the whole tree. */
  notJudged: string[];
  /** Constructs in `detectors` that are not honoured, and what happens instead; names of rules that have another. */
  troubles: string[];
}

/** What to mend: every safe fix, unless said otherwise. */
export interface Mending {
  /** Fixes that may need work elsewhere as well. */
  unsafe?: boolean;
  /** Only findings with these fingerprints. */
  only?: string[];
}

export interface Mended {
  /** The text of each file that changed. */
  files: Record<string, string>;
  /** The same as edits of the files as they were, none over another, by path and place. */
  edits: Edit[];
  /** Fingerprints of the findings whose fixes are made. */
  mended: string[];
  /** Files that stay as they are although they have fixes: with them, the file would not be sound. */
  left: { path: string; why: string }[];
}

/** What is wrong with options: in a file that they hold and where, or with an empty path. */
export interface Problem { path: string; span?: Span; message: string }

/** Who answers for a waiver, why, and until which day (`YYYY-MM-DD`). */
export interface Terms { owner: string; reason: string; until: string }

/** `preview`: it runs only where it is asked for. `page`: Markdown. */
export interface Rule {
  id: string;
  title: string;
  severity: Severity;
  confidence: Confidence;
  waivable: boolean;
  preview: boolean;
  since: string;
  /** Other names that are accepted. */
  aliases: string[];
  frameworks: { name: string; id: string }[];
  page: string;
}

/*
 * Every function is a call into WebAssembly and returns when it is done: off the main thread, use a worker. An argument of
 * another type is thrown as a `TypeError` that names it, a path that is none as an `Error`; both leave all as it was. What is thrown
 * as `WebAssembly.RuntimeError` is a fault of ours, after which the instance answers nothing more: make another.
 */

/** Builds every table now, so that the first check is as fast as the rest. */
export function warm(): void;
/** Checks one file; rules that need the whole tree do not run. Throws on options that have problems. */
export function check(path: string, text: string, options?: Options): Answer;
/** Checks several files as one tree. Throws on options that have problems. */
export function checkTree(files: Files, options?: Options): Answer;
/** The facts of a tree, one object per unit, with offsets in UTF-8; the schema is `hallpass schema facts`. */
export function facts(files: Files, options?: Options): unknown[];
/** Every identity, credential and endpoint of a tree; the schema is `hallpass schema inventory`. */
export function inventory(files: Files, options?: Options): unknown;
/** Makes fixes, as far as they do not overlap and each file stays sound; the files given stay as they are. */
export function fix(files: Files, options?: Options, wanted?: Mending): Mended;
/**
 * Why edits of one file must not be made, whatever their `path`: nothing if they change what they touch and nothing else of the
 * document. `fix` makes no others; this is for edits that are made one by one. `offsets`: as in `Options`.
 */
export function prove(path: string, text: string, edits: Edit[], offsets?: "utf-8" | "utf-16"): string | undefined;
/** Everything that is wrong with options that others throw on; nothing of options that hold. */
export function problems(options?: Options): Problem[];
/** A rule's page in Markdown, by its id or another of its names. */
export function explain(rule: string): string | undefined;
/** Every rule. */
export function rules(): Rule[];
/** JSON schema of `config`, `facts` or `inventory`. */
export function schema(name: string): unknown;
/**
 * What a path alone says of a file. `mustCheck`: leaving it out is a finding. `grouped`: it may belong to a larger unit, so
 * that its neighbours are wanted as well.
 */
export function recognise(path: string): { mustCheck: boolean; grouped: boolean };

/**
 * A tree that is kept, for editors: a check reads again only units of which a file changed. Its configuration is
 * `Options.config`, whatever files it holds.
 */
export class Tree {
  /** Throws on options that have problems. */
  constructor(options?: Options);
  /** Gives up the memory. */
  free(): void;
  /** Other options from now on. Throws on options that have problems, and keeps those that it had. */
  configure(options: Options): void;
  /** Puts a file, in place of what was at its path. */
  set(path: string, content: string | Uint8Array): void;
  /** Takes a file away. Whether there was one. */
  delete(path: string): boolean;
  check(): Answer;
  facts(): unknown[];
  inventory(): unknown;
  fix(wanted?: Mending): Mended;
  /**
   * What waives a finding of the last check: a comment where it stands, if one holds there; else a row at the end of
   * `hallpass.toml`, as it is in `Options.config`. Nothing if neither holds. It was tried on this tree.
   */
  waive(fingerprint: string, terms: Terms): Edit[] | undefined;
}
