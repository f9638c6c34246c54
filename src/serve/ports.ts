import type { FastifyRequest } from 'fastify';

/** Requests that arrived over the socket in the data folder. Nothing that a request says can put it here. */
const localRequests = new WeakSet<object>();

/** To be called by the socket's own server, and by nothing else. */
export const markLocalRequest = (request: FastifyRequest['raw']): void => {
  localRequests.add(request);
};

export const arrivedLocally = (request: Pick<FastifyRequest, 'raw'>): boolean => localRequests.has(request.raw);

/** Requests that arrived over the UI's own port, where `/` is the UI even for clients that accept anything. */
const uiRequests = new WeakSet<object>();

export const markUiRequest = (request: FastifyRequest['raw']): void => {
  uiRequests.add(request);
};

export const arrivedAtUiPort = (request: Pick<FastifyRequest, 'raw'>): boolean => uiRequests.has(request.raw);
