# The image: one file of JavaScript and the licences of what is in it, on a Node without a shell, run by nobody in particular.
#   docker build -t workteam-operator:0.1.0 .
# For several platforms at once: docker buildx build --platform linux/amd64,linux/arm64 … The first stage runs on the
# builder's own platform and makes the same file for all of them, so nothing is emulated.
#
# The base images are arguments, for a mirror or an image of your own: --build-arg BUILD_IMAGE=… --build-arg RUN_IMAGE=…
# (any image whose entrypoint is a Node from 22.19 on). The defaults are pinned by the digests of their indexes, which cover
# all platforms; `npm run release:check -- --release` lets nothing pass that is not.
ARG BUILD_IMAGE=docker.io/library/node:24.21.0-trixie-slim@sha256:173f125896c3b47ddf056734c7ea789d04595a6a08769a8f78e0df642781fb66
ARG RUN_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot@sha256:9eeb7f5887d0e239e78264b06f7f11d2e14be534050481803a9e4728fcdd278e

FROM --platform=${BUILDPLATFORM} ${BUILD_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# No script of a package runs: none that is needed here has one.
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build

FROM ${RUN_IMAGE}
LABEL org.opencontainers.image.title="workteam-operator" \
      org.opencontainers.image.description="Kubernetes operator for Amazon SageMaker private work teams" \
      org.opencontainers.image.licenses="Apache-2.0"
# What is in /app belongs to root: the operator could not change it even with a root filesystem that can be written to. The
# modes are those of no checkout.
USER 0:0
WORKDIR /app
COPY --chmod=0644 --from=build /src/dist/workteam-operator.js /src/dist/THIRD-PARTY-LICENSES.txt ./
COPY --chmod=0644 LICENSE ./
USER 65532:65532
EXPOSE 8080 8081
# By itself Node takes up to 259 MiB in a container of 256 MiB, and up to 128 MiB of that for young objects alone. With these
# limits the whole process stays below 256 MiB; docs/decisions/0006-memory.md has the figures.
ENV NODE_OPTIONS="--max-semi-space-size=1 --max-old-space-size=160"
# What threads have freed is then used again by all of them.
ENV MALLOC_ARENA_MAX="1"
# The base image's entrypoint is node.
CMD ["/app/workteam-operator.js", "run"]
