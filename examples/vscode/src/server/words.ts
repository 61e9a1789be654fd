// Words of somebody else, as they may be shown. Names in files, and so in messages, are an attacker's to choose.

/** What steers a display: control characters, what reorders text, what has no width. */
const STEERING = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
/** Whatever could mean something to Markdown: it may be escaped wherever it stands. */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;

/** One line that steers nothing. */
export function plain(text: string): string {
  return text.replace(/\t/g, " ").replace(STEERING, "\ufffd");
}

/** Several lines that steer nothing. */
export function lines(text: string): string {
  return text.split(/\r?\n/).map(plain).join("\n");
}

/** Code in a line of Markdown. */
export function code(text: string): string {
  const said = plain(text);
  const longest = Math.max(0, ...(said.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest > 0 || said === "" ? `${fence} ${said} ${fence}` : `${fence}${said}${fence}`;
}

/** Words in Markdown: what they quote is code, and nothing else is markup. */
export function words(text: string): string {
  const parts = plain(text).trim().split("`");
  if (parts.length % 2 === 0) return escaped(plain(text).trim());
  return parts.map((part, index) => (index % 2 === 1 ? code(part) : escaped(part))).join("");
}

function escaped(text: string): string {
  return text.replace(PUNCTUATION, "\\$&");
}
