import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { z } from 'zod';
import type { RuleDoc } from '../../model/index.ts';
import { RefusedError } from '../contract.ts';
import { ApiError, apiError, backtestBusy, ruleInvalid } from '../errors.ts';
import { ruleOfBody } from '../rules/posted.ts';
import { errorBody } from '../schemas.ts';
import { defineUnit, type ServeContext } from '../unit.ts';
import {
  type BacktestAlert,
  BacktestBusy,
  type BacktestMessage,
  type BacktestRequest,
  type BacktestVersion,
} from './messages.ts';
import { relevantRules } from './relevant.ts';
import { answerLine, question } from './shapes.ts';

type Question = z.output<typeof question>;

export const backtest = defineUnit({
  name: 'backtest',
  description: 'What a rule would have done.',
  register(app, context) {
    app.post(
      '/api/rules/backtest',
      {
        config: { role: 'analyst' },
        schema: {
          summary: 'Run a rule over stored history',
          description:
            'The same engine as live, in event time, over the events that are stored. With `compare_to`, the stored rule runs ' +
            'beside the posted one and the result says what only one of them finds. The answer is NDJSON: `progress` at ' +
            'least twice a second, `alert` for the first 200 alerts of each version as soon as they are over, at the end ' +
            '`result` or `error`. Closing the connection stops the run. Nothing is stored and live counting is not touched.',
          body: question,
          produces: ['application/x-ndjson'],
          response: { 200: answerLine, 404: errorBody, 422: errorBody, 429: errorBody },
        },
      },
      async (request, reply) => {
        const versions = versionsOf(context, request.body);
        const { from, to, compare_to } = request.body;
        // What was acknowledged before is part of history.
        await context.services.events.info();
        const gone = new AbortController();
        const messages = start(context, { from, to, versions }, gone.signal);
        reply.raw.once('close', () => gone.abort());
        if (reply.raw.destroyed) gone.abort();
        context.audit(request, 'rule_backtested', {
          id: versions.new.rule_id,
          ...(compare_to && { compare_to }),
          from: new Date(from).toISOString(),
          to: new Date(to).toISOString(),
        });
        reply.type('application/x-ndjson; charset=utf-8');
        // The schema is that of a line; what is sent is a stream of them.
        return reply.send(Readable.from(linesOf(context, messages), { objectMode: false }) as never);
      },
    );
  },
});

function start(
  { services }: ServeContext,
  request: BacktestRequest,
  signal: AbortSignal,
): AsyncIterable<BacktestMessage> {
  try {
    return services.backtests.run(request, signal);
  } catch (error) {
    throw error instanceof BacktestBusy ? backtestBusy(error.running) : error;
  }
}

function versionsOf(context: ServeContext, body: Question): BacktestRequest['versions'] {
  const stored = body.compare_to ?? body.rule_id;
  const old = stored ? context.rule(stored) : null;
  if (!body.rule) return { new: versionOf(context, old as RuleDoc), old: null };
  const facts = { now: context.services.now(), author: null, before: old };
  const posted = ruleOfBody(body.rule, { id: old?.id ?? body.rule.id ?? 'draft', ...facts });
  const problems = context.check(posted);
  if (problems.some(({ level }) => level === 'error')) throw ruleInvalid(problems);
  return { new: versionOf(context, posted), old: old === null ? null : versionOf(context, old) };
}

/** A rule that is switched off, or not stored yet, runs as if it were in force. */
function versionOf(context: ServeContext, rule: RuleDoc): BacktestVersion {
  const docs = relevantRules({ ...rule, enabled: true }, context.force.current());
  return { rule_id: rule.id, docs };
}

async function* linesOf(context: ServeContext, messages: AsyncIterable<BacktestMessage>): AsyncGenerator<string> {
  try {
    for await (const message of messages) yield `${JSON.stringify(withStored(context, message))}\n`;
  } catch (error) {
    yield `${JSON.stringify({ type: 'error', ...toldError(context, error) })}\n`;
  }
}

/** Says of each alert whether it is there already. */
function withStored({ services }: ServeContext, message: BacktestMessage): z.output<typeof answerLine> {
  const mark = (alert: BacktestAlert) => ({ ...alert, stored: services.state.alerts.has(alert.id) });
  if (message.type === 'alert') return { ...message, alert: mark(message.alert) };
  if (message.type === 'result')
    return { ...message, only_old: message.only_old.map(mark), only_new: message.only_new.map(mark) };
  return message;
}

/** The answer has begun: an error is its last line. */
function toldError({ services }: ServeContext, error: unknown): { detail: string; code: string } {
  if (error instanceof RefusedError) return { detail: error.message, code: 'BACKTEST_REFUSED' };
  if (error instanceof ApiError) return { detail: error.message, code: error.code };
  const reference = randomBytes(4).toString('hex');
  services.log('error', `A backtest failed (${reference}): ${error instanceof Error ? error.stack : String(error)}`);
  const { message, code } = apiError('INTERNAL', reference);
  return { detail: message, code };
}
