// Secrets for tests, made when they run: none is ever stored.

import { randomInt } from "node:crypto";

const pick = (letters, count) => Array.from({ length: count }, () => letters[randomInt(letters.length)]).join("");

/** The id of an access key of AWS, in its form. */
export const awsKey = () => ["AK", "IA", pick("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)].join("");

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A personal access token of GitHub, with its checksum. */
export function githubToken() {
  const random = pick(LETTERS, 30);
  let sum = crc32(random);
  let written = "";
  for (let digit = 0; digit < 6; digit += 1) {
    written = LETTERS[sum % 62] + written;
    sum = Math.floor(sum / 62);
  }
  return ["gh", "p_", random, written].join("");
}

function crc32(text) {
  let sum = ~0;
  for (const byte of Buffer.from(text)) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}
