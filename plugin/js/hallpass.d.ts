/** A half-open range of byte offsets (UTF-8), from 0. */
export interface Span { start: number; end: number }
export type Severity = "info" | "low" | "medium" | "high" | "critical";
export type Confidence = "low" | "medium" | "high";

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
  /** The date that expiries are held against, `YYYY-MM-DD`. */
  today: string;
  /** Text of `hallpass.toml`. */
  config?: string;
  /** Texts of the files that it extends, by path from the root. */
  extended?: Record<string, string>;
  select?: string[];
  ignore?: string[];
  /** Whether rules in preview run as well. */
  preview?: boolean;
  key?: string;
  /** Files of detectors in the format of gitleaks, by path; one may extend another by its path. */
  detectors?: Record<string, string>;
  /** Whether the files given are the whole tree (the default for `checkTree`). */
  whole?: boolean;
}

export interface Answer {
  findings: Finding[];
  waived: { fingerprint: string; by: string }[];
  coverage: Coverage[];
  notJudged: string[];
  /** Constructs in `detectors` that are not honoured, and what happens instead; names of rules that have another. */
  troubles: string[];
}

/** `preview`: it runs only where it is asked for. */
export interface Rule { id: string; title: string; severity: Severity; preview: boolean; page: string }

/** Checks several files as one tree. Throws on a configuration that has problems. */
export function checkTree(files: Record<string, string | Uint8Array>, options: Options): Answer;
/** Checks one file; rules that need the whole tree do not run. */
export function check(path: string, text: string, options: Options): Answer;
/** The facts of a tree, one object per unit; the schema is `hallpass schema facts`. */
export function facts(files: Record<string, string | Uint8Array>, options: Options): unknown[];
/** Every identity, credential and endpoint of a tree; the schema is `hallpass schema inventory`. */
export function inventory(files: Record<string, string | Uint8Array>, options: Options): unknown;
/** A rule's page in Markdown. */
export function explain(rule: string): string | undefined;
/** Every rule. */
export function rules(): Rule[];
