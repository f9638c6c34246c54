export interface FlowTimeouts {
  /** TCP that nobody answered, ms. */
  attempt: number;
  tcp: number;
  udp: number;
  other: number;
  /** After FIN of both or RST: for stragglers. */
  linger: number;
  /** A flow that goes on is told of in parts. */
  active: number;
}

export const usualTimeouts: FlowTimeouts = {
  attempt: 10_000,
  tcp: 300_000,
  udp: 60_000,
  other: 30_000,
  linger: 5_000,
  active: 300_000,
};

/** Nothing ends by itself: for counting as other tools do. */
export const noTimeouts: FlowTimeouts = {
  attempt: Number.POSITIVE_INFINITY,
  tcp: Number.POSITIVE_INFINITY,
  udp: Number.POSITIVE_INFINITY,
  other: Number.POSITIVE_INFINITY,
  linger: Number.POSITIVE_INFINITY,
  active: Number.POSITIVE_INFINITY,
};

/**
 * - `attempt` TCP without an answer, `half-open` answered and not confirmed, `refused` answered with RST, `open` established, `closed` ended by both, `reset` ended by
 *   RST, `partial` its beginning was not seen; `answered` and `unanswered` for everything without states.
 */
export type FlowState =
  | 'attempt'
  | 'half-open'
  | 'refused'
  | 'open'
  | 'closed'
  | 'reset'
  | 'partial'
  | 'answered'
  | 'unanswered';

/** Why a flow is told of: it is over, was quiet for too long, goes on, had to make room, or the capture ends. */
export type FlowEnd = 'over' | 'idle' | 'active' | 'evicted' | 'end';
