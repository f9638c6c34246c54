import { connect } from 'node:net';

/**
 * Sends lines one after another, each when something came back since the last (or after a while), and gives all that was said.
 * Byte strings.
 */
export function talk(
  port: number,
  lines: readonly string[],
  { waitFirst = true, patience = 400 } = {},
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let said = '';
    const left = [...lines];
    let timer: NodeJS.Timeout | undefined;
    const next = (): void => {
      clearTimeout(timer);
      const line = left.shift();
      if (line !== undefined) socket.write(Buffer.from(line, 'latin1'));
      timer = setTimeout(line === undefined ? () => socket.destroy() : next, patience);
    };
    socket.on('connect', () => {
      if (!waitFirst) next();
    });
    socket.on('data', (bytes: Buffer) => {
      said += bytes.toString('latin1');
      clearTimeout(timer);
      timer = setTimeout(left.length > 0 ? next : () => socket.destroy(), left.length > 0 ? 20 : patience);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(said);
    });
  });
}
