// Secrets for tests, made when they run: none is ever stored.

import { randomInt } from "node:crypto";

const pick = (letters, count) => Array.from({ length: count }, () => letters[randomInt(letters.length)]).join("");

/** The id of an access key of AWS, in its form. */
export const awsKey = () => ["AK", "IA", pick("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)].join("");
