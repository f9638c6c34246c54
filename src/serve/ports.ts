import type { FastifyRequest } from 'fastify';

/** Requests that arrived over the UI's own port, where `/` is the UI even for clients that accept anything. */
const uiRequests = new WeakSet<object>();

export const markUiRequest = (request: FastifyRequest['raw']): void => {
  uiRequests.add(request);
};

export const arrivedAtUiPort = (request: Pick<FastifyRequest, 'raw'>): boolean => uiRequests.has(request.raw);
