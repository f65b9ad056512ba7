// Reads JSON texts with JSON.parse and says what each means, in a form that other readers can give as well.
// stdin: one text a line, in base64. stdout: one line each, `null` when it is refused.
"use strict";

const units = (text) => Array.from({ length: text.length }, (_, i) => text.charCodeAt(i).toString(16).padStart(4, "0")).join("");

function double(number) {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(number);
  return bytes.toString("hex");
}

function meaning(value) {
  if (value === null) return ["null"];
  if (typeof value === "boolean") return ["bool", value];
  if (typeof value === "number") return ["number", double(value)];
  if (typeof value === "string") return ["string", units(value)];
  if (Array.isArray(value)) return ["array", value.map(meaning)];
  // Sorted: JavaScript moves keys like "1" to the front.
  return ["object", Object.keys(value).map((key) => [units(key), meaning(value[key])])
    .sort((one, other) => (one[0] < other[0] ? -1 : 1))];
}

function read(line) {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(line, "base64"));
    return meaning(JSON.parse(text));
  } catch {
    return null;
  }
}

const lines = require("fs").readFileSync(0, "latin1").split("\n");
process.stdout.write(lines.slice(0, -1).map((line) => JSON.stringify(read(line)) + "\n").join(""));
