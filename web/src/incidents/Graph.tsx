import '@xyflow/react/dist/base.css';
import { Link } from '@tanstack/react-router';
import {
  Background,
  Controls,
  type Edge,
  Handle,
  MarkerType,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from '@xyflow/react';
import { useMemo } from 'react';
import { useTheme } from '../shell/theme.ts';
import { cx } from '../ui/cx.ts';
import { plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Severity, severityFill } from '../ui/Severity.tsx';
import { entityIcons } from './EntityLink.tsx';
import type { AttackGraph, GraphNode } from './graph.ts';
import { kindNames } from './words.ts';

const columnWidth = 240;
const rowHeight = 76;
type Drawn = Node<{ node: GraphNode }, 'part'>;
type Head = Node<{ name: string }, 'head'>;

const handle = '!size-1 !min-h-0 !min-w-0 !border-0 !bg-transparent';

/** Each node is a link: Tab walks the drawing from left to right, Enter opens. */
function Part({ data: { node } }: NodeProps<Drawn>) {
  const { step, entity } = node;
  const box =
    'nodrag nopan flex w-52 items-center gap-2 overflow-hidden rounded-md border bg-surface px-2.5 py-2 text-left text-xs hover:border-strong focus-visible:outline-2 focus-visible:outline-accent';
  const first = step?.alerts[0];
  return (
    <>
      <Handle type="target" position={Position.Left} className={handle} isConnectable={false} />
      {step && first && (
        <Link to="/alerts/$id" params={{ id: first.id }} className={cx(box, 'relative pl-3.5')}>
          <span className={cx('absolute inset-y-0 left-0 w-1', severityFill[step.severity])} aria-hidden="true" />
          <span className="min-w-0 grow">
            <span className="block truncate font-medium" title={step.rule_name}>
              {step.rule_name}
            </span>
            <span className="text-muted">{plural(step.alerts.length, 'alert')}</span>
          </span>
          <Severity level={step.severity} compact />
        </Link>
      )}
      {entity && <EntityBox entity={entity} className={box} />}
      <Handle type="source" position={Position.Right} className={handle} isConnectable={false} />
    </>
  );
}

function EntityBox({ entity, className }: { entity: NonNullable<GraphNode['entity']>; className: string }) {
  const Icon = entityIcons[entity.kind];
  return (
    <Link
      to="/entity/$kind/$value"
      params={{ kind: entity.kind, value: entity.value }}
      className={cx(className, '!rounded-full')}
    >
      <Icon className="size-4 shrink-0 text-faint" aria-hidden="true" />
      <span className="sr-only">{kindNames[entity.kind]} </span>
      <span className="min-w-0 truncate" title={entity.value}>
        <LogText text={entity.value} limit={80} wrap={false} />
      </span>
    </Link>
  );
}

const HeadLabel = ({ data }: NodeProps<Head>) => (
  <span className="block w-52 text-center text-xs font-medium text-muted">{data.name}</span>
);

const nodeTypes = { part: Part, head: HeadLabel };
const still = { draggable: false, selectable: false, focusable: false, connectable: false } as const;

/** The attack chain, drawn. Loaded only where it is looked at. */
export function Graph({ graph }: { graph: AttackGraph }) {
  const { shown } = useTheme();
  const { nodes, edges } = useMemo(() => drawn(graph), [graph]);
  const place = useMemo(() => sizeOf(graph), [graph]);
  return (
    <div style={place}>
      <Drawing nodes={nodes} edges={edges} colorMode={shown} />
    </div>
  );
}

function Drawing({ nodes, edges, colorMode }: { nodes: (Drawn | Head)[]; edges: Edge[]; colorMode: 'dark' | 'light' }) {
  return (
    <ReactFlow
      aria-label="Attack chain"
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      colorMode={colorMode}
      fitView
      fitViewOptions={{ padding: 0.05, maxZoom: 1.1 }}
      minZoom={0.2}
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      preventScrolling={false}
      zoomOnScroll={false}
      style={{ background: 'transparent' }}
    >
      <Background gap={20} size={1} bgColor="transparent" />
      <Controls showInteractive={false} />
    </ReactFlow>
  );
}

/** Smaller than this nobody reads it: it is wider than its frame then, which scrolls. */
const leastZoom = 0.85;

const tallestOf = ({ columns, nodes }: AttackGraph): number =>
  Math.max(...columns.map((_, at) => nodes.filter(({ column }) => column === at).length));

function sizeOf(graph: AttackGraph) {
  const height = (tallestOf(graph) * rowHeight + 60) * leastZoom * 1.15;
  return {
    minWidth: Math.ceil(graph.columns.length * columnWidth * leastZoom),
    height: Math.round(Math.max(240, height)),
  };
}

function drawn(graph: AttackGraph): { nodes: (Drawn | Head)[]; edges: Edge[] } {
  const tallest = tallestOf(graph);
  const top = (column: number) =>
    ((tallest - graph.nodes.filter((node) => node.column === column).length) * rowHeight) / 2;
  return {
    nodes: [
      ...graph.columns.map(
        (name, column): Head => ({
          id: `head ${column}`,
          type: 'head',
          position: { x: column * columnWidth, y: -40 },
          data: { name },
          ...still,
        }),
      ),
      ...graph.nodes.map(
        (node): Drawn => ({
          id: node.id,
          type: 'part',
          position: { x: node.column * columnWidth, y: top(node.column) + node.row * rowHeight },
          data: { node },
          ...still,
        }),
      ),
    ],
    edges: graph.edges.map(({ id, from, to }) => ({
      id,
      source: from,
      target: to,
      focusable: false,
      markerEnd: { type: MarkerType.ArrowClosed },
      style: { stroke: 'var(--line-strong)' },
    })),
  };
}
