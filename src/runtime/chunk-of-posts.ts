import type { ChunkMessage, SourceInfo } from '../model/index.ts';
import { recordHeaderBytes, writeRecordHeader } from '../model/index.ts';

/** What one HTTP request hands in: its source and one or more bodies. */
export interface Post {
  origin: SourceInfo;
  receivedAt: number;
  bodies: readonly Buffer[];
  /** Number of the first body in what it was taken from; absent: it has no place, and ids are random. */
  first?: number;
}

/** Puts the requests of one turn of the event loop into one chunk, so that they share one sync. */
export function chunkOfPosts(posts: readonly Post[], ack: number): ChunkMessage {
  let bytes = 0;
  let records = 0;
  for (const post of posts) {
    for (const body of post.bodies) bytes += recordHeaderBytes + body.length;
    records += post.bodies.length;
  }
  const buffer = new ArrayBuffer(bytes);
  const view = new DataView(buffer);
  const target = new Uint8Array(buffer);
  const sources: SourceInfo[] = [];
  let at = 0;
  for (const post of posts) {
    sources.push(post.origin);
    let position = post.first ?? -1;
    for (const body of post.bodies) {
      writeRecordHeader(view, at, body.length, sources.length - 1, post.receivedAt, position);
      if (post.first !== undefined) position += 1;
      target.set(body, at + recordHeaderBytes);
      at += recordHeaderBytes + body.length;
    }
  }
  return { type: 'chunk', buffer, bytes, records, sources, positions: [], ack };
}
