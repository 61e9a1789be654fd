// Files as they are on disk, and what an editor shows of them: their text without the mark of its encoding.

export type Content = string | Uint8Array;

/** Marks of encodings that editors go by, and how each is decoded; what is UTF-8 stays in bytes. */
const MARKS: [mark: number[], encoding: string | undefined][] = [
  [[0xef, 0xbb, 0xbf], undefined],
  [[0xff, 0xfe], "utf-16le"],
  [[0xfe, 0xff], "utf-16be"],
];

export function shown(bytes: Uint8Array): Content {
  const [mark, encoding] = MARKS.find(([mark]) => mark.every((byte, index) => bytes[index] === byte)) ?? [[], undefined];
  const rest = bytes.subarray(mark.length);
  return encoding ? new TextDecoder(encoding, { ignoreBOM: true }).decode(rest) : rest;
}

export function text(content: Content): string {
  return typeof content === "string" ? content : new TextDecoder("utf-8", { ignoreBOM: true }).decode(content);
}
