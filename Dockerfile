# Node on Debian: the Temporal SDK's native core is built for glibc, so no Alpine.
FROM node:22.21-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY tools tools
RUN npx tsc -p tsconfig.build.json && npm prune --omit=dev

FROM node:22.21-bookworm-slim
# The SDK checks Temporal's certificate against the system's authorities.
RUN apt-get update && apt-get install --no-install-recommends -y ca-certificates && rm -rf /var/lib/apt/lists/*
# Where the sandbox gateway's books are mounted: a volume takes over its owner.
RUN mkdir /books && chown node:node /books
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist/src dist/src
COPY package.json ./
COPY rules rules
# Migrations and the templates of pages are read from where they are written.
COPY src src
USER node
CMD ["node", "dist/src/worker.js"]
