// ---- a zip of many files (APPNOTE.TXT 4.3), packed by the browser -------------------------------------------------------

const CRC = Uint32Array.from({length: 256}, (_, number) => {
  let sum = number;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  return sum;
});
function crc32(bytes) {
  let sum = -1;
  for (let at = 0; at < bytes.length; at++) sum = CRC[(sum ^ bytes[at]) & 255] ^ (sum >>> 8);
  return ~sum >>> 0;
}

const PACKED = /\.(xlsx|xlsm|zip|docx|msg|jpe?g|png)$|\/$/i; // and folders
async function deflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// The day and time as MS-DOS wrote them, from 1980 on in steps of two seconds.
function stamp(modified) {
  const date = new Date(Math.max(modified || 0, new Date(1980, 0, 1)));
  const time = (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
  return [time, ((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate()];
}

// The parts of a Blob. `entries` is a list of [name, bytes, when it was changed].
async function zip(entries) {
  const parts = [], directory = [], MOST = 0xffffffff;
  let offset = 0;
  const record = (sizes) => {
    const bytes = new Uint8Array(sizes.reduce((sum, [size]) => sum + size, 0)), view = new DataView(bytes.buffer);
    let at = 0;
    for (const [size, value] of sizes) { if (size === 2) view.setUint16(at, value, true); else view.setUint32(at, value, true); at += size; }
    return bytes;
  };
  for (const [name, bytes, modified] of entries) {
    const text = new TextEncoder().encode(name), small = PACKED.test(name) ? bytes : await deflated(bytes);
    const method = small === bytes ? 0 : 8, [time, day] = stamp(modified);
    const common = [[2, 20], [2, 0x0800], [2, method], [2, time], [2, day], [4, crc32(bytes)], [4, small.length], [4, bytes.length], [2, text.length], [2, 0]];
    directory.push(record([[4, 0x02014b50], [2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]]), text);
    parts.push(record([[4, 0x04034b50], ...common]), text, small);
    offset += 30 + text.length + small.length;
    if (offset > MOST || entries.length > 0xffff) throw new Error('it is too large for one zip');
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = record([[4, 0x06054b50], [2, 0], [2, 0], [2, entries.length], [2, entries.length], [4, size], [4, offset], [2, 0]]);
  return new Blob([...parts, ...directory, end], {type: 'application/zip'});
}
