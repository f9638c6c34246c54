import { useQuery } from '@tanstack/react-query';
import { Download, Pause, Play, SkipBack, SkipForward } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { download } from '../api/download.ts';
import { Button, IconButton } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { cx } from '../ui/cx.ts';
import { LogText } from '../ui/LogText.tsx';
import { Empty, Failure, Skeleton } from '../ui/States.tsx';
import { Choice } from '../ui/Tabs.tsx';
import { recordingPath, recordingQuery } from './queries.ts';
import { Playback, type Recording, readRecording, type Style } from './terminal.ts';

/** A pause of the visitor is no longer than this when played. */
const longestPause = 2;
const tickMs = 50;
const speeds = [
  ['1', '1×'],
  ['2', '2×'],
  ['8', '8×'],
] as const;
const palette = [
  '#000000',
  '#cd3131',
  '#0dbc79',
  '#c7b52a',
  '#4f8fe0',
  '#bc3fbc',
  '#11a8cd',
  '#d0d0d0',
  '#7a7a7a',
  '#f14c4c',
  '#23d18b',
  '#f5f543',
  '#6ba6f5',
  '#d670d6',
  '#29b8db',
  '#ffffff',
];

/** One terminal recording with a scrubber; commands are marks on it. */
export function Replay({ id, number }: { id: string; number: number }) {
  const query = useQuery(recordingQuery(id, number));
  const recording = useMemo(
    () => (query.data === undefined ? null : shortened(readRecording(query.data))),
    [query.data],
  );
  if (query.isPending) return <Skeleton lines={6} />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (recording === null || recording.frames.length === 0)
    return (
      <Empty title="Nothing was shown on this terminal">The visitor opened it and left, or it is just beginning.</Empty>
    );
  return <Player key={`${id}-${number}`} recording={recording} save={() => download(recordingPath(id, number))} />;
}

/** Long pauses are cut, so that a visit can be watched. */
function shortened(recording: Recording): Recording {
  const times = [...recording.frames, ...recording.markers].map(({ at }) => at).sort((a, b) => a - b);
  const cut: { from: number; by: number }[] = [];
  let before = 0;
  let total = 0;
  for (const at of times) {
    if (at - before > longestPause) {
      total += at - before - longestPause;
      cut.push({ from: at, by: total });
    }
    before = at;
  }
  const moved = (at: number): number => at - (cut.findLast(({ from }) => from <= at)?.by ?? 0);
  return {
    ...recording,
    length: moved(recording.length),
    frames: recording.frames.map((frame) => ({ ...frame, at: moved(frame.at) })),
    markers: recording.markers.map((marker) => ({ ...marker, at: moved(marker.at) })),
  };
}

function Player({ recording, save }: { recording: Recording; save: () => void }) {
  const playback = useMemo(() => new Playback(recording), [recording]);
  const [at, setAt] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<'1' | '2' | '8'>('1');
  const { length, markers } = recording;
  const end = length + 0.2;

  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => {
      setAt((before) => Math.min(end, before + (tickMs / 1000) * Number(speed)));
    }, tickMs);
    return () => clearInterval(timer);
  }, [playing, speed, end]);
  useEffect(() => {
    if (at >= end) setPlaying(false);
  }, [at, end]);

  const lines = playback.at(at).view();
  const current = markers.findLastIndex((marker) => marker.at <= at);
  const toggle = (): void => {
    if (!playing && at >= end) setAt(0);
    setPlaying(!playing);
  };
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    list.current?.querySelector(`[data-index="${current}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [current]);

  return (
    <div className="grid gap-3 lg:grid-cols-[minmax(0,1fr)_16rem]">
      <div className="flex min-w-0 flex-col gap-2">
        <div
          role="img"
          aria-label={`Terminal at ${at.toFixed(1)} s`}
          className="thin-scroll max-h-[32rem] overflow-auto rounded-md border border-strong bg-[#10141a] p-3"
        >
          <pre className="font-mono text-xs leading-[1.35] text-[#d6dde6]" data-testid="terminal">
            {lines.map((line, row) => (
              <div key={`row-${String(row)}`} className="min-h-[1.35em]">
                {line.map((piece, index) => (
                  <span key={`${String(index)}-${piece.text.length}`} style={look(piece.style)}>
                    {piece.text}
                  </span>
                ))}
              </div>
            ))}
          </pre>
        </div>
        <div className="relative px-1">
          <input
            type="range"
            aria-label="Position"
            min={0}
            max={end}
            step={0.05}
            value={at}
            onChange={(event) => {
              setPlaying(false);
              setAt(Number(event.target.value));
            }}
            className="w-full accent-[var(--color-accent)]"
          />
          <div className="pointer-events-none absolute inset-x-2 top-0 h-1.5" aria-hidden="true">
            {markers.slice(0, 300).map((marker) => (
              <span
                key={`${marker.at}-${marker.label}`}
                className="absolute h-1.5 w-0.5 bg-accent"
                style={{ left: `${(marker.at / end) * 100}%` }}
              />
            ))}
          </div>
        </div>
        <div className="flex flex-wrap items-center gap-2">
          <IconButton
            label="Command before"
            disabled={current < 0}
            onClick={() => setAt(markers[Math.max(0, current - 1)]?.at ?? 0)}
          >
            <SkipBack aria-hidden="true" />
          </IconButton>
          <Button kind="primary" onClick={toggle}>
            {playing ? <Pause className="size-4" aria-hidden="true" /> : <Play className="size-4" aria-hidden="true" />}
            {playing ? 'Pause' : 'Play'}
          </Button>
          <IconButton
            label="Next command"
            disabled={current >= markers.length - 1}
            onClick={() => setAt((markers[current + 1]?.at ?? end) + 0.01)}
          >
            <SkipForward aria-hidden="true" />
          </IconButton>
          <Choice label="Speed" value={speed} options={speeds} onChange={setSpeed} />
          <span className="tabular text-xs text-muted">
            {Math.min(at, length).toFixed(1)} of {length.toFixed(1)} s
          </span>
          <IconButton label="Save the recording" onClick={save} className="ml-auto">
            <Download aria-hidden="true" />
          </IconButton>
        </div>
      </div>
      <Card flush title="Commands" className="max-h-[32rem] overflow-auto">
        {markers.length === 0 ? (
          <p className="p-4 text-muted">No command was typed.</p>
        ) : (
          <ol ref={list} className="py-1">
            {markers.slice(0, 1000).map((marker, index) => (
              <li key={`${marker.at}-${marker.label}`} data-index={index}>
                <button
                  type="button"
                  aria-current={index === current || undefined}
                  onClick={() => setAt(marker.at + 0.01)}
                  className={cx(
                    'flex w-full gap-2 px-3 py-1 text-left text-xs hover:bg-raised',
                    index === current && 'bg-accent-soft',
                  )}
                >
                  <span className="tabular w-10 shrink-0 text-right text-faint">{marker.at.toFixed(1)}</span>
                  <LogText text={marker.label} limit={300} />
                </button>
              </li>
            ))}
          </ol>
        )}
      </Card>
    </div>
  );
}

const look = ({ colour, ground, bold, inverse }: Style): Record<string, string> => {
  const front = colour === null ? null : (palette[colour] ?? null);
  const back = ground === null ? null : (palette[ground] ?? null);
  const [text, behind] = inverse ? [back ?? '#10141a', front ?? '#d6dde6'] : [front, back];
  return {
    ...(text !== null && { color: text }),
    ...(behind !== null && { backgroundColor: behind }),
    ...(bold && { fontWeight: '600' }),
  };
};
