// Reads the rows that `ksync stream RIG --to ADDRESS` gives: pulse, devices, mean depth in the middle.
//
//     node examples/rows.js rows.sock
//     node examples/rows.js 127.0.0.1:9000 TOKEN
//     ksync stream rig.yaml --to - | node examples/rows.js -
"use strict";
const net = require("node:net");

const PREFIX = 16; // magic, bytes of the head (32 bits), bytes of the payload (64 bits), little-endian

function meanInTheMiddle(payload, [at, , width, height]) {
  // Images begin at multiples of 8 from a message's first byte, and `payload` at the first of its buffer.
  const image = new Uint16Array(payload, at, width * height);
  let sum = 0, known = 0;
  for (let y = Math.floor(height / 3); y < Math.floor((2 * height) / 3); y++)
    for (let x = Math.floor(width / 3); x < Math.floor((2 * width) / 3); x++) {
      const depth = image[y * width + x];
      if (depth) { sum += depth; known++; }
    }
  return known ? Math.floor(sum / known) : 0;
}

async function* messages(stream) {
  let parts = [], held = 0, wanted = PREFIX, prefix = null;
  for await (const part of stream) {
    parts.push(part);
    held += part.length;
    while (held >= wanted) {
      const all = parts.length > 1 ? Buffer.concat(parts) : parts[0];
      const taken = all.subarray(0, wanted);
      parts = [all.subarray(wanted)];
      held -= wanted;
      if (prefix === null) {
        if (taken.toString("latin1", 0, 4) !== "KSR1") throw new Error("this is no stream of rows, version 1");
        prefix = { head: taken.readUInt32LE(4), payload: Number(taken.readBigUInt64LE(8)) };
        wanted = prefix.head + prefix.payload;
      } else {
        const payload = new Uint8Array(taken.subarray(prefix.head)).buffer; // a copy, so that it is aligned
        yield { head: JSON.parse(taken.toString("utf8", 0, prefix.head)), payload };
        prefix = null;
        wanted = PREFIX;
      }
    }
  }
}

async function main(address, token) {
  const port = /^(.*):(\d+)$/.exec(address);
  const stream = address === "-" ? process.stdin : port ? net.connect(Number(port[2]), port[1]) : net.connect(address);
  if (port) stream.write(`${token}\n`);
  for await (const { head, payload } of messages(stream)) {
    if (head.kind === "end") return;
    if (head.kind !== "row") continue; // what else comes, of this version or a later one, is passed over
    const depths = head.devices.map((each) => `${each.name} ${each.depth ? meanInTheMiddle(payload, each.depth) : "-"}`);
    console.log([`${head.pulse} missed ${head.missed}`, ...depths].join(", "));
  }
  throw new Error("the stream ended too early");
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
