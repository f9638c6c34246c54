import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../src/package.ts';
import { type Program, removeFolder, startProgram, waitFor } from '../program.ts';
import { each, failure } from './attack-lines.ts';
import { getJson, type Json, post } from './client.ts';

/* What clients written for PhantomNet rely on about packets, and the wire beside it, asked of the real program over HTTP. */

const sample = readFileSync(join(packageRoot, 'src/wire/samples/mixed.pcap'));
let program: Program;

beforeAll(async () => {
  // A program that is not there: everything but live capture works.
  program = await startProgram({ env: { PHOSOR_CAPTURE: 'true', PHOSOR_CAPTURE_PROGRAM: '/nowhere/tcpdump' } });
}, 90_000);

afterAll(async () => {
  await program?.stop();
  if (program) removeFolder(program.dataDir);
});

const upload = (name: string, body = sample): Promise<Response> =>
  program.api(`/api/network/imports?name=${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.tcpdump.pcap' },
    body,
  });

const imported = async (): Promise<Json> => {
  const [newest] = await getJson(program, '/api/network/imports');
  return newest?.state === 'running' ? null : newest;
};

test('without a program that captures, it is said what to do, and the rest runs', async () => {
  const status: Json = await waitFor('the state of the capture', async (): Promise<Json> => {
    const found = await getJson(program, '/api/network');
    return found.state === 'unavailable' ? found : null;
  });
  expect(status.detail).toContain('/nowhere/tcpdump');
  expect(status.hint).toContain('apt install tcpdump');
  expect((await getJson(program, '/api/network/flows')).flows).toEqual([]);
});

test('a capture becomes events, and the same one again adds none', async () => {
  const first = await upload('mixed.pcap');
  expect(first.status).toBe(202);
  const done: Json = await waitFor('the end of the import', imported);
  expect(done).toMatchObject({ state: 'done', detail: null });
  expect(done.counts.flows).toBeGreaterThan(50);
  const total = async (): Promise<number> =>
    (await getJson(program, '/api/events/top?field=source&source=pcap_mixed.pcap'))[0]?.count ?? 0;
  expect(await total()).toBe(done.records);
  expect((await upload('mixed.pcap')).status).toBe(202);
  await waitFor('the end of the import', imported);
  expect(await total()).toBe(done.records);
  const { events } = await getJson(program, '/api/events?event_type=tls.hello&limit=1');
  expect(events[0]).toMatchObject({ source_type: 'capture', fields: { server_name: 'wire.example' } });
  // Conversations of a file are looked at like those of a capture.
  const stored = await getJson(program, '/api/network/flows?span=all&address=198.51.100.7&limit=5');
  expect(stored).toMatchObject({ all: true, more: { talkers: 0 } });
  expect(stored.looked).toBeGreaterThan(20);
  expect(stored.flows).toHaveLength(5);
  expect(stored.pairs[0]).toMatchObject({ src_ip: '198.51.100.7', dst_ip: '198.51.100.10' });
  expect((await getJson(program, '/api/network/flows?span=hour')).looked).toBe(0);
});

test('N-006, N-024: every packet of the log has a score, a level, a decision and its reasons', async () => {
  expect((await fetch(`${program.address}/analyze-traffic`)).status).toBe(401);
  const answer = await getJson(program, '/analyze-traffic');
  expect(answer.status).toBe('success');
  expect(answer.count).toBe(answer.data.length);
  expect(answer.count).toBeGreaterThan(10);
  for (const { packet_info, ai_analysis } of answer.data) {
    expect(packet_info).toMatchObject({
      proto: expect.any(String),
      length: expect.any(Number),
      location: expect.any(String),
    });
    expect(['LOW', 'MEDIUM', 'HIGH']).toContain(ai_analysis.threat_level);
    expect(['ALLOW', 'ALERT', 'BLOCK']).toContain(ai_analysis.decision);
    const sum = ai_analysis.reasons.reduce((points: number, reason: Json) => points + reason.points, 0);
    expect(sum).toBeGreaterThanOrEqual(ai_analysis.threat_score);
    expect(ai_analysis.threat_score > 0).toBe(sum > 0);
  }
});

/** The sample as if it had been captured just now. */
function sampleOfNow(): Buffer<ArrayBuffer> {
  const bytes = Buffer.from(sample);
  const shift = Math.floor(Date.now() / 1000) - lastSecond(bytes);
  for (let at = 24; at + 16 <= bytes.length; at += 16 + bytes.readUInt32LE(at + 8))
    bytes.writeUInt32LE(bytes.readUInt32LE(at) + shift, at);
  return bytes;
}

function lastSecond(bytes: Buffer): number {
  let last = 0;
  for (let at = 24; at + 16 <= bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) last = bytes.readUInt32LE(at);
  return last;
}

test('N-023: a packet has its score, level, decision and place within 5 s, and so has what becomes known of its source', async () => {
  const source = '198.51.100.7';
  type Packet = { id: string; time: string; score: Json };
  const newest = async (): Promise<Packet[]> =>
    (await getJson(program, `/api/network/packets?source=${source}&limit=20`)).packets;
  const since = Date.now() - 60_000;
  const began = performance.now();
  expect((await upload('now.pcap', sampleOfNow())).status).toBe(202);
  const [before] = await waitFor('packets with a score', async () => {
    const packets = (await newest()).filter(({ time }) => Date.parse(time) > since);
    return packets.length > 0 ? packets : null;
  });
  expect(performance.now() - began).toBeLessThan(5000);
  const shown = (await getJson(program, '/analyze-traffic?limit=500')).data;
  const same = shown.find(({ packet_info }: Json) => packet_info.id === before?.id);
  expect(same.packet_info.location).toEqual(expect.any(String));
  expect(same.ai_analysis).toMatchObject({
    threat_score: expect.any(Number),
    threat_level: expect.stringMatching(/^(LOW|MEDIUM|HIGH)$/),
    decision: expect.stringMatching(/^(ALLOW|ALERT|BLOCK)$/),
  });
  expect(before?.score.parts.find(({ part }: Json) => part === 'behaviour').points).toBeLessThan(35);

  // Its source guesses passwords: an alert, and failed logins.
  const told = performance.now();
  const lines = each(30, (i) => failure(`user${i}`, source, 30 - i));
  const sent = await program.api('/api/webhook/sshd', {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: lines.join('\n'),
  });
  expect(sent.ok).toBe(true);
  const after = await waitFor('the alert in the score of the same packet', async () => {
    const found = (await newest()).find(({ id }) => id === before?.id);
    const points = (name: string): number => found?.score.parts.find(({ part }: Json) => part === name)?.points ?? 0;
    return points('rules') > 0 && points('behaviour') >= 20 ? found : null;
  });
  expect(performance.now() - told).toBeLessThan(5000);
  expect(after?.score.score).toBeGreaterThan(before?.score.score);
  expect(after?.score.parts.find(({ part }: Json) => part === 'rules').reasons[0].text).toMatch(
    /\((low|medium|high|critical)/,
  );
  // PhantomNet's list says the same.
  const listed = await getJson(program, '/api/events?threat=ALL&protocol=TCP&limit=500');
  expect(listed.filter(({ ip }: Json) => ip === source).map(({ score }: Json) => score)).toContain(after?.score.score);
});

test('what is no capture is refused with a sentence; filters cannot become options of a program', async () => {
  const response = await program.api('/api/network/imports?name=x.pcap', {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: 'GET / HTTP/1.1',
  });
  expect(response.status).toBe(202);
  const failed: Json = await waitFor('the end of the import', imported);
  expect(failed).toMatchObject({ name: 'x.pcap', state: 'failed' });
  expect(failed.detail).toMatch(/neither pcap nor pcapng/);
  for (const body of [{ filter: '-w /tmp/x' }, { interface: '-i' }, { interface: 'a b' }]) {
    const answer = await post(program, '/api/network/capture', body).catch((error: Error) => ({ code: error.message }));
    expect(JSON.stringify(answer)).toContain('SETTING_REFUSED');
  }
});

test('N-007 an address is blocked as a simulation until enforcement is switched on; N-008 a score with its words', async () => {
  const block = '/active-defense/block/203.0.113.9';
  expect((await fetch(program.address + block, { method: 'POST' })).status).toBe(401);
  const blocked = await program.api(block, { method: 'POST' });
  expect([200, 202]).toContain(blocked.status);
  expect(await blocked.json()).toMatchObject({ status: 'simulated', ip: '203.0.113.9' });
  const [decision] = (await getJson(program, '/api/decisions')).decisions;
  expect(decision).toMatchObject({ target: '203.0.113.9', kind: 'block', state: 'dry-run' });

  const packet = { src_ip: '1.2.3.4', dst_ip: '10.0.0.1', dst_port: 22, protocol: 'TCP', length: 60 };
  const asked = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(packet) };
  expect((await fetch(`${program.address}/api/v1/analyze/threat-score`, asked)).status).toBe(401);
  const score = (await (await program.api('/api/v1/analyze/threat-score', asked)).json()) as Json;
  expect(score.score).toBeGreaterThanOrEqual(0);
  expect(score.score).toBeLessThanOrEqual(100);
  // N-025's thresholds.
  expect(score.decision).toBe(score.score >= 80 ? 'BLOCK' : score.score >= 50 ? 'ALERT' : 'ALLOW');
  expect(score.threat_level).toBe(score.score >= 75 ? 'HIGH' : score.score >= 40 ? 'MEDIUM' : 'LOW');
  expect(score.confidence).toBeGreaterThan(0);
});

/* PhantomNet's views, where they are here, and what each of them asks for again and again. */
test.each([
  ['Dashboard', '/', ['/api/overview', '/api/analytics/trends']],
  ['Events', '/search', ['/api/events?threat=ALL&protocol=ALL&limit=100']],
  ['Threat analysis', '/network?tab=packets', ['/analyze-traffic', '/api/network/packets', '/api/analytics/ssh']],
  ['Honeypots', '/decoys', ['/api/honeypots/status', '/api/decoys', '/api/analytics/http']],
])('N-026: the view %s is at %s, and what it polls answers', async (_, view, polled) => {
  const page = await fetch(`${program.address}${view}`, { headers: { accept: 'text/html' } });
  expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
  expect(await page.text()).toContain('<div id="root">');
  for (const path of polled) {
    expect((await fetch(program.address + path)).status, path).toBe(401);
    const answer = await program.api(path);
    expect([answer.status, answer.headers.get('content-type')], path).toEqual([
      200,
      expect.stringContaining('application/json'),
    ]);
  }
});
