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

// Returns what reads a stream piece by piece: told a number of bytes, it gives as many.
function reader(stream) {
  const parts = stream[Symbol.asyncIterator]();
  let rest = Buffer.alloc(0);
  return async (nbytes) => {
    const held = [rest];
    for (let count = rest.length; count < nbytes; count += held.at(-1).length) {
      const { value, done } = await parts.next();
      if (done) throw new Error("the stream ended too early");
      held.push(value);
    }
    const all = Buffer.concat(held);
    rest = all.subarray(nbytes);
    return all.subarray(0, nbytes);
  };
}

async function main(address, token) {
  const port = /^(.*):(\d+)$/.exec(address);
  const stream = address === "-" ? process.stdin : port ? net.connect(Number(port[2]), port[1]) : net.connect(address);
  if (port) stream.write(`${token}\n`);
  const read = reader(stream);
  for (;;) {
    const prefix = await read(PREFIX);
    if (prefix.toString("latin1", 0, 4) !== "KSR1") throw new Error("this is no stream of rows, version 1");
    const head = JSON.parse(await read(prefix.readUInt32LE(4)));
    const bytes = await read(Number(prefix.readBigUInt64LE(8)));
    const payload = new Uint8Array(bytes).buffer; // a copy, so that it is aligned
    if (head.kind === "end") return stream.destroy();
    if (head.kind !== "row") continue; // what else comes, of this version or a later one, is passed over
    const depths = head.devices.map((each) => `${each.name} ${each.depth ? meanInTheMiddle(payload, each.depth) : "-"}`);
    console.log([`${head.pulse} missed ${head.missed}`, ...depths].join(", "));
  }
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
