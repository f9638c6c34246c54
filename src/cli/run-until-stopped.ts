import type { Call } from './command.ts';

/** Ctrl-C reaches both the launcher and us, so one press may arrive twice: only a later one means "now". */
const repeatAfterMs = 1000;
const stopWithinMs = 15_000;

/** Starts something that runs, waits for SIGINT or SIGTERM, stops it and returns 0. */
export async function runUntilStopped(
  call: Call,
  begin: (print: (line: string) => void) => Promise<{ stop(): Promise<void> }>,
): Promise<number> {
  let signalled: (() => void) | null = null;
  const asked = new Promise<void>((resolve) => {
    signalled = resolve;
  });
  let firstAt = 0;
  const onSignal = (): void => {
    if (firstAt === 0) {
      firstAt = performance.now();
      signalled?.();
    } else if (performance.now() - firstAt > repeatAfterMs) {
      call.err.line('Stopped at once. What was not acknowledged may be lost.');
      process.exit(130);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);

  const running = await begin((line) => call.out.line(line));
  await asked;
  call.err.line('Stopping …');
  const timer = setTimeout(() => {
    call.err.line(
      `Phosor did not stop within ${stopWithinMs / 1000} s and was ended. Nothing that was acknowledged is lost.`,
    );
    process.exit(1);
  }, stopWithinMs);
  await running.stop();
  clearTimeout(timer);
  return 0;
}
