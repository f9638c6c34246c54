import { appendFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Program, removeFolder, startProgram, waitFor } from '../program.ts';

export interface CrashReport {
  rounds: number;
  /** Webhook posts that were answered with 200, and lines written to the followed file. */
  acknowledged: number;
  fileLines: number;
  tcpSent: number;
  stored: number;
  /** Tokens that are missing or stored more than once. Must be empty. */
  lost: string[];
  doubled: string[];
}

/**
 * Kills the program with SIGKILL at random moments under load by webhook, file and TCP, `rounds` times over one data
 * folder, then reads everything back: what was acknowledged is there, nothing is there twice.
 *
 * @param random 0…1, for the moment of each kill.
 */
export async function runCrashRounds(
  rounds: number,
  random: () => number,
  tell: (line: string) => void = () => {},
): Promise<CrashReport> {
  const folder = mkdtempSync(join(tmpdir(), 'phosor-crash-'));
  const dataDir = join(folder, 'data');
  const watched = join(folder, 'logs');
  mkdirSync(watched);
  const file = join(watched, 'app.log');
  writeFileSync(file, '');
  const env = {
    PHOSOR_FILE_ROOTS: watched,
    PHOSOR_SYSLOG_RATE: '0',
    PHOSOR_WEBHOOK_RATE: '0',
    PHOSOR_API_RATE: '0',
  };
  const acknowledged = new Set<string>();
  let fileLines = 0;
  let tcpSent = 0;
  let posts = 0;
  let program = await startProgram({ dataDir, env });
  await program.api('/api/sources/file/add', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ filepath: file }),
  });

  for (let round = 1; round <= rounds; round += 1) {
    const load = startLoad(program, {
      post: async (api) => {
        const token = `w${posts++}x`;
        const response = await api('/api/webhook/crash', {
          method: 'POST',
          body: JSON.stringify({ message: `token ${token}` }),
        });
        if (response.status === 200) acknowledged.add(token);
      },
      append: () => {
        let text = '';
        for (let i = 0; i < 20; i += 1) text += `Nov 20 12:00:00 host app[1]: token f${fileLines++}x\n`;
        appendFileSync(file, text);
      },
      send: (socket) => socket.write(`<14>Nov 20 12:00:00 host app: token t${tcpSent++}x\n`),
    });
    await new Promise((done) => setTimeout(done, 300 + random() * 1500));
    await program.kill();
    await load.stop();
    program = await startProgram({ dataDir, env });
    tell(`round ${round}: ${acknowledged.size} acknowledged, ${fileLines} file lines, ${tcpSent} sent over TCP`);
  }

  const counts = await waitFor(
    'the followed file to be read to its end',
    async () => {
      const found = await readBack(program);
      return found.has(`f${fileLines - 1}x`) ? found : null;
    },
    60_000,
  );
  await program.stop();
  removeFolder(folder);
  const lost = [...acknowledged].filter((token) => !counts.has(token));
  for (let i = 0; i < fileLines; i += 1) if (!counts.has(`f${i}x`)) lost.push(`f${i}x`);
  const doubled = [...counts].filter(([, count]) => count > 1).map(([token]) => token);
  return { rounds, acknowledged: acknowledged.size, fileLines, tcpSent, stored: counts.size, lost, doubled };
}

interface Load {
  post: (api: Program['api']) => Promise<void>;
  append: () => void;
  send: (socket: Socket) => void;
}

function startLoad(program: Program, load: Load): { stop: () => Promise<void> } {
  let isOver = false;
  const posters = Array.from({ length: 4 }, async () => {
    while (!isOver) {
      try {
        await load.post(program.api);
      } catch {
        // The program is gone: an answer that never came is no acknowledgement.
        await new Promise((done) => setTimeout(done, 20));
      }
    }
  });
  const socket = connect(program.syslogPort, '127.0.0.1');
  socket.on('error', () => {});
  const timer = setInterval(() => {
    load.append();
    if (socket.writable) for (let i = 0; i < 10; i += 1) load.send(socket);
  }, 5);
  return {
    stop: async () => {
      isOver = true;
      clearInterval(timer);
      socket.destroy();
      await Promise.all(posters);
    },
  };
}

/** How often each token is stored. */
async function readBack(program: Program): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = await program.api(
      `/api/events?limit=1000${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    if (!page.ok) throw new Error(`GET /api/events: ${page.status} ${await page.text()}`);
    const { events, next } = (await page.json()) as { events: { raw: string }[]; next: string | null };
    for (const { raw } of events) {
      const token = /token ([wft]\d+x)/.exec(raw)?.[1];
      if (token !== undefined) counts.set(token, (counts.get(token) ?? 0) + 1);
    }
    cursor = next;
  }
  return counts;
}
