import { expect, test } from 'vitest';
import { memoryHereMb, memoryPlan, storeRoomMb, threadHeapMb } from './memory.ts';

test('where there is enough, everything gets what it wants', () => {
  expect(storeRoomMb(96, 4000)).toBe(320);
  expect(threadHeapMb(1024, 4000)).toBe(1024);
  expect(memoryHereMb()).toBeGreaterThan(100);
});

test('in 512 MB neither the store nor a thread may take what the program itself needs', () => {
  expect(storeRoomMb(96, 537)).toBe(144);
  expect(threadHeapMb(1024, 537)).toBe(178);
});

test('what was asked for by the configuration is given, and a thread can always start', () => {
  expect(storeRoomMb(400, 537)).toBe(448);
  expect(threadHeapMb(1024, 256)).toBe(96);
});

test('a small machine holds less of everything, and never more than was configured', () => {
  const small = memoryPlan(96, 537);
  const large = memoryPlan(96, 4000);
  expect(small.store).toMatchObject({ memoryLimitMb: 64, roomMb: 134 });
  expect(large.store).toMatchObject({ memoryLimitMb: 96, roomMb: 320 });
  expect(small.chunks.overflowBuffers).toBeLessThan(large.chunks.overflowBuffers);
  expect(small.heapGrowthPercent).toBeLessThan(large.heapGrowthPercent);
  expect(memoryPlan(32, 537).store.memoryLimitMb).toBe(32);
});
