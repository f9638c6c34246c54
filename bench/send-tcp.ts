/** Sends a log file over one syslog connection: `node bench/send-tcp.ts PORT FILE`. Started by other benches. */
import { createReadStream } from 'node:fs';
import { connect } from 'node:net';
import { pipeline } from 'node:stream/promises';

const [port, file] = process.argv.slice(2) as [string, string];
await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), connect(Number(port), '127.0.0.1'));
process.exit(0);
