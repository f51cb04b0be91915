# A static binary on an empty base, run by a user without rights. The container
# may have a read-only root and no capabilities: it writes to /data only. A
# mounted folder must belong to user 65532, or set `user:` to its owner. Both bases are
# tags: who builds images for others should put digests behind them (docs/dependencies.md).
FROM golang:1.26-bookworm AS build
ENV CGO_ENABLED=1 GOTOOLCHAIN=auto
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download && go mod verify
COPY . .
RUN go build -trimpath -buildvcs=false \
      -tags sqlite_fts5,sqlite_omit_load_extension,osusergo,netgo,timetzdata \
      -ldflags "-s -w -linkmode external -extldflags '-static'" \
      -o /latchkey ./cmd/latchkey \
 && install -d -m 0700 /data

FROM gcr.io/distroless/static-debian12:nonroot
ARG VERSION
LABEL org.opencontainers.image.title="Latchkey" \
      org.opencontainers.image.description="Signs people in with a password and a code from their phone" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"
COPY --from=build /latchkey /latchkey
COPY --from=build --chown=65532:65532 /data /data
# LATCHKEY_URL has to be set for any other use than http://localhost:8080.
ENV LATCHKEY_DATA=/data LATCHKEY_ADDR=0.0.0.0:8080
EXPOSE 8080
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["/latchkey", "healthcheck"]
ENTRYPOINT ["/latchkey"]
CMD ["serve"]
