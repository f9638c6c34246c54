import codes from 'i18n-iso-countries/codes.json';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import atlas from 'world-atlas/countries-110m.json?raw';
import { countryName } from '../ui/countries.ts';
import { plural } from '../ui/format.ts';

interface Shape {
  /** ISO 3166-1, two letters. */
  code: string;
  path: string;
}

type Ring = readonly (readonly number[])[];

/** Degrees as they are, from 83 north to 56 south: nobody lives beyond. */
const [width, height, north] = [360, 139, 83];

function shapesOf(world: Topology<{ countries: GeometryCollection<{ name: string }> }>): Shape[] {
  const letters = new Map(codes.map(([two, , number]) => [number, two]));
  return feature(world, world.objects.countries).features.flatMap(({ id, geometry }) => {
    const code = letters.get(String(id)) ?? '';
    // It lies around the pole and has no addresses.
    if (code === 'AQ') return [];
    if (geometry.type === 'Polygon') return [{ code, path: pathOf(geometry.coordinates) }];
    return geometry.type === 'MultiPolygon' ? [{ code, path: geometry.coordinates.map(pathOf).join('') }] : [];
  });
}

const pathOf = (rings: readonly Ring[]): string => rings.flatMap(copiesOf).map(lineOf).join('');

const lineOf = (ring: Ring): string =>
  `M${ring.map(([x = 0, y = 0]) => `${(x + width / 2).toFixed(1)} ${(north - y).toFixed(1)}`).join('L')}Z`;

/** A ring that crosses the edge of the map is drawn at both sides; what lies beyond is cut off by the frame. */
function copiesOf(ring: Ring): Ring[] {
  let turn = 0;
  const whole = ring.map(([x = 0, y = 0], at) => {
    const step = x - (ring[at - 1]?.[0] ?? x);
    if (step > width / 2) turn -= width;
    else if (step < -width / 2) turn += width;
    return [x + turn, y];
  });
  const isBeyond = (side: number): boolean => whole.some(([x = 0]) => x * side > width / 2);
  const moved = (by: number): Ring => whole.map(([x = 0, y = 0]) => [x + by, y]);
  return [whole, ...(isBeyond(1) ? [moved(-width)] : []), ...(isBeyond(-1) ? [moved(width)] : [])];
}

const shapes: readonly Shape[] = shapesOf(JSON.parse(atlas));

/** The world, each country as strong as its part of the conversations. Loaded only where it is looked at. */
export function WorldMap({ countries }: { countries: readonly { code: string; flows: number; addresses: number }[] }) {
  const byCode = new Map(countries.map((country) => [country.code, country]));
  const most = Math.max(1, ...countries.map(({ flows }) => flows));
  const drawn = new Set(shapes.map(({ code }) => code));
  const missing = countries.filter(({ code }) => !drawn.has(code));
  return (
    <>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`Where conversations begin: ${plural(countries.length, 'country', 'countries')}; the table beside it says the same`}
        className="w-full"
      >
        {shapes.map(({ code, path }) => {
          const country = byCode.get(code);
          return (
            <path
              key={`${code} ${path.slice(0, 16)}`}
              d={path}
              className={country === undefined ? 'fill-raised' : 'fill-accent'}
              fillOpacity={country === undefined ? 1 : 0.35 + 0.65 * Math.sqrt(country.flows / most)}
              stroke="var(--line-strong)"
              strokeWidth={0.2}
            >
              {country && (
                <title>
                  {`${countryName(code)}: ${plural(country.flows, 'conversation')} of ${plural(country.addresses, 'address', 'addresses')}`}
                </title>
              )}
            </path>
          );
        })}
      </svg>
      {missing.length > 0 && (
        <p className="mt-2 text-xs text-faint">
          Too small to be drawn: {missing.map(({ code }) => countryName(code)).join(', ')}.
        </p>
      )}
    </>
  );
}
