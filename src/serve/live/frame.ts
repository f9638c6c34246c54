/**
 * One unmasked WebSocket text frame (RFC 6455 section 5.2). Frames of a server are the same for every client, so a message is
 * framed once and the same bytes go to all of them.
 */
export function textFrame(text: string): Buffer {
  const bytes = Buffer.byteLength(text, 'utf8');
  const head = bytes < 126 ? 2 : bytes < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + bytes);
  frame[0] = 0x81;
  if (head === 2) frame[1] = bytes;
  else if (head === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(bytes, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(bytes), 2);
  }
  frame.write(text, head, 'utf8');
  return frame;
}
