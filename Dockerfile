# The image: one bundle on a Node without a shell, run by nobody in particular.
#   docker build -t workteam-operator:0.1.0 .
# Other base images: --build-arg BUILD_IMAGE=… --build-arg RUN_IMAGE=… (any image whose entrypoint is a Node from 22.19 on).
ARG BUILD_IMAGE=node:24-trixie-slim
ARG RUN_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build

FROM ${RUN_IMAGE}
LABEL org.opencontainers.image.title="workteam-operator" \
      org.opencontainers.image.description="Kubernetes operator for Amazon SageMaker private work teams" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=build /src/dist/workteam-operator.js ./
COPY LICENSE ./
USER 65532:65532
EXPOSE 8080 8081
# The base image's entrypoint is node.
CMD ["/app/workteam-operator.js", "run"]
