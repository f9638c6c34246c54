import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useMemo } from 'react';
import { attackTactics } from '../../../src/model/attack.ts';
import { plural } from '../ui/format.ts';
import { Severity } from '../ui/Severity.tsx';
import { Skeleton } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { EntityLink } from './EntityLink.tsx';
import { graphOf, idOf, stepsOf } from './graph.ts';
import type { IncidentAlert } from './types.ts';

const Graph = lazy(() => import('./Graph.tsx').then((module) => ({ default: module.Graph })));
const mostNamed = 6;

/** The attack as a drawing, and the same as a table. */
export function AttackChain({ alerts, left }: { alerts: readonly IncidentAlert[]; left: number }) {
  const graph = useMemo(() => graphOf(alerts), [alerts]);
  const steps = useMemo(() => stepsOf(alerts), [alerts]);
  return (
    <div className="flex flex-col gap-4">
      <div className="thin-scroll overflow-x-auto rounded-lg border bg-bg" data-testid="graph">
        <Suspense fallback={<Skeleton lines={8} className="p-6" />}>
          <Graph graph={graph} />
        </Suspense>
      </div>
      {graph.leftOut > 0 && (
        <p className="text-xs text-muted">
          {plural(graph.leftOut, 'more address, user or host', 'more addresses, users and hosts')} not drawn: the table
          names those of each step, and the list of entities all.
        </p>
      )}
      {left > 0 && <p className="text-xs text-muted">Made of the first {plural(alerts.length, 'alert')}.</p>}
      <div className="thin-scroll overflow-x-auto rounded-lg border">
        <table className="w-full text-left" aria-label="Steps of the attack">
          <thead>
            <tr className="text-xs text-faint">
              {['Tactic', 'What', 'When', 'About'].map((name) => (
                <th key={name} scope="col" className="border-b px-3 py-2 font-medium">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {steps.map((step) => {
              const [first] = step.alerts;
              return (
                <tr key={step.key} className="border-b align-top last:border-b-0">
                  <td className="px-3 py-2 whitespace-nowrap">{step.tactic ? attackTactics[step.tactic] : 'Other'}</td>
                  <td className="px-3 py-2">
                    <Severity level={step.severity} compact className="mr-1.5" />
                    {first && (
                      <Link to="/alerts/$id" params={{ id: first.id }} className="text-accent hover:underline">
                        {step.rule_name}
                      </Link>
                    )}
                    <span className="ml-1.5 text-xs whitespace-nowrap text-muted">
                      {plural(step.alerts.length, 'alert')}
                    </span>
                  </td>
                  <td className="px-3 py-2 text-xs">{first && <Time value={first.first} />}</td>
                  <td className="px-3 py-2">
                    <span className="flex flex-wrap gap-1">
                      {step.entities.slice(0, mostNamed).map((entity) => (
                        <EntityLink key={idOf(entity)} entity={entity} />
                      ))}
                      {step.entities.length > mostNamed && (
                        <span className="text-xs text-muted">and {step.entities.length - mostNamed} more</span>
                      )}
                    </span>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </div>
  );
}
