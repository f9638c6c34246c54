# syntax=docker/dockerfile:1
# Two stages: the first builds the package as it is published, the second installs it and nothing else.

FROM node:22-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund --ignore-scripts
COPY . .
RUN npm pack --ignore-scripts=false --pack-destination /tmp && mv /tmp/phosor-*.tgz /tmp/phosor.tgz

FROM node:22-bookworm-slim
# 10001: a number that belongs to nobody on the host. Group 4 (adm) may be given at run time to read /var/log.
RUN groupadd --gid 10001 phosor \
  && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin phosor \
  && mkdir /data && chown 10001:10001 /data && chmod 0700 /data
COPY --from=build /tmp/phosor.tgz /tmp/phosor.tgz
RUN npm install --global --omit=dev --no-audit --no-fund --ignore-scripts /tmp/phosor.tgz \
  && rm -rf /tmp/phosor.tgz /root/.npm
ENV PHOSOR_DATA_DIR=/data \
    PHOSOR_HTTP_HOST=0.0.0.0 \
    PHOSOR_UI_PORT=0 \
    NODE_COMPILE_CACHE=/tmp/phosor-code
USER 10001:10001
VOLUME ["/data"]
# API, WebSocket and UI; syslog over UDP and TCP; syslog over TLS.
EXPOSE 8000/tcp 5140/udp 5140/tcp 6514/tcp
# By the socket in the data folder: whatever port and certificate are set. Healthy once every listener is open; reading again what
# the last run left may take a while.
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 \
  CMD ["node", "-e", "require('node:http').get({ socketPath: process.env.PHOSOR_DATA_DIR + '/phosor.sock', path: '/health' }, (a) => process.exit(a.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["phosor"]
CMD ["start"]
