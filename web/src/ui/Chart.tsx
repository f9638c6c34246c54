import { useEffect, useEffectEvent, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useTheme } from '../shell/theme.ts';
import { clock, localDay } from './format.ts';

export interface ChartLayer {
  name: string;
  /** A CSS custom property, `--sev-high`. */
  color: string;
  /** One per x. */
  values: readonly number[];
}

interface ChartProps {
  /** Start of each bucket, epoch seconds, evenly spaced. */
  times: readonly number[];
  /** Bottom first. */
  layers: readonly ChartLayer[];
  bucketSeconds: number;
  height: number;
  label: string;
  /** A range was brushed; epoch ms. */
  onBrush?: (from: number, to: number) => void;
  onHover?: (index: number | null) => void;
}

/** Room for the half of a label that stands at the right end: `14:30` and `11-21` are about 30 px wide. */
const halfLabel = 20;

/** Stacked bars over time. Dragging across selects a range. Made anew when its shape or the theme changes. */
export function Chart(props: ChartProps) {
  const { shown } = useTheme();
  const { times, layers, bucketSeconds, height } = props;
  const shape = [shown, height, bucketSeconds, times[0], ...layers.map(({ name, color }) => `${name}:${color}`)];
  return <Plot key={shape.join()} {...props} />;
}

function stackOf(times: readonly number[], layers: readonly ChartLayer[]): uPlot.AlignedData {
  const sums = new Array<number>(times.length).fill(0);
  const stacked = layers.map((layer) => layer.values.map((value, index) => (sums[index] = (sums[index] ?? 0) + value)));
  // The tallest is drawn first, the others over it.
  return [[...times], ...stacked.reverse()];
}

function Plot({ times, layers, bucketSeconds, height, label, onBrush, onHover }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const brushed = useEffectEvent((from: number, to: number) => onBrush?.(from, to));
  const hovered = useEffectEvent((index: number | null) => onHover?.(index));

  const make = useEffectEvent((host: HTMLElement) => {
    const style = getComputedStyle(document.documentElement);
    const color = (name: string) => style.getPropertyValue(name).trim();
    const axis: uPlot.Axis = {
      stroke: color('--faint'),
      grid: { stroke: color('--line'), width: 1 },
      ticks: { show: false },
      font: '11px ui-sans-serif, system-ui, sans-serif',
    };
    return new uPlot(
      {
        width: host.clientWidth,
        height,
        padding: [8, halfLabel, 0, 0],
        legend: { show: false },
        scales: {
          x: { time: true, range: (_, min, max) => [min, max + bucketSeconds] },
          y: { range: (_, __, max) => [0, Math.max(4, Math.ceil(max * 1.1))] },
        },
        axes: [
          { ...axis, size: 30, grid: { show: false }, values: (_, splits) => splits.map((at) => axisTime(at, splits)) },
          {
            ...axis,
            size: 38,
            values: (_, splits) => splits.map((value) => (Number.isInteger(value) ? String(value) : '')),
          },
        ],
        series: [
          {},
          ...[...layers].reverse().map((layer): uPlot.Series => {
            const fill = color(layer.color);
            return {
              label: layer.name,
              fill,
              stroke: fill,
              width: 0,
              points: { show: false },
              ...(uPlot.paths.bars ? { paths: uPlot.paths.bars({ size: [0.82, 60], align: 1 }) } : {}),
            };
          }),
        ],
        cursor: {
          y: false,
          points: { show: false },
          drag: { x: onBrush !== undefined, y: false, setScale: false },
        },
        hooks: {
          setSelect: [
            (self) => {
              if (self.select.width < 4) return;
              const from = self.posToVal(self.select.left, 'x');
              const to = self.posToVal(self.select.left + self.select.width, 'x');
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              brushed(Math.round(from * 1000), Math.round(to * 1000));
            },
          ],
          setCursor: [
            (self) => {
              const left = self.cursor.left ?? -1;
              const at = left < 0 ? null : Math.floor((self.posToVal(left, 'x') - (times[0] ?? 0)) / bucketSeconds);
              hovered(at !== null && at >= 0 && at < times.length ? at : null);
            },
          ],
        },
      },
      stackOf(times, layers),
      host,
    );
  });

  useEffect(() => {
    const host = box.current;
    if (!host) return;
    const made = make(host);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: host.clientWidth, height: made.height }));
    observer.observe(host);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, []);

  useEffect(() => {
    plot.current?.setData(stackOf(times, layers));
  }, [times, layers]);

  return <div ref={box} role="img" aria-label={label} className="w-full min-w-0" style={{ height }} />;
}

/** `14:30`, or the day where the axis spans several. */
function axisTime(seconds: number, splits: readonly number[]): string {
  const date = new Date(seconds * 1000);
  const span = (splits.at(-1) ?? seconds) - (splits[0] ?? seconds);
  if (span > 2.5 * 86_400) return localDay(date).slice(5);
  const text = clock(date).slice(0, 5);
  return text === '00:00' ? localDay(date).slice(5) : text;
}
