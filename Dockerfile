# One image for every process of the suite: `docker run tradewind order`, or docker-compose.yml for all of them.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts/print-validate-proto.mjs scripts/ensure-installed.mjs scripts/
RUN npm ci --include=dev
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY gen gen
COPY src src
RUN node scripts/build.mjs app && node scripts/suite-dependencies.mjs && npm prune --omit=dev --ignore-scripts

# An etcd server from Debian's packages, for the three-node cluster of docker-compose.yml.
FROM debian:bookworm-slim AS etcd
RUN apt-get update \
  && apt-get install --yes --no-install-recommends etcd-server etcd-client \
  && rm -rf /var/lib/apt/lists/* \
  && mkdir -p /var/lib/etcd/data && chown -R etcd:etcd /var/lib/etcd
USER etcd
EXPOSE 2379 2380
ENTRYPOINT ["etcd"]

FROM node:24-bookworm-slim AS suite
ENV NODE_ENV=production HOST=0.0.0.0 PORT=50051 ADMIN_PORT=9090
WORKDIR /app
COPY --from=build --chown=root:root /app/package.json ./package.json
COPY --from=build --chown=root:root /app/node_modules ./node_modules
COPY --from=build --chown=root:root /app/dist/app ./dist/app
# What a sandbox keeps, where one is run from this image.
RUN mkdir /data && chown node:node /data
USER node
EXPOSE 50051 9090
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.ADMIN_PORT}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/app/src/main.js", "run"]
CMD ["gateway"]
