# Three stages: the client, the server with the client in it, and what runs. What each step does is in
# scripts/image-steps.sh, because tests/deploy runs the same steps without an engine. docs/DEPLOY.md tells the rest.

FROM node:22-slim AS client
WORKDIR /build
COPY scripts/image-steps.sh scripts/node.sh scripts/
COPY web/package.json web/package-lock.json web/.npmrc web/
RUN scripts/image-steps.sh client-packages
COPY web web
RUN scripts/image-steps.sh client

# The Python that the test suite runs with, here and below.
FROM python:3.11-slim AS server
WORKDIR /build
COPY scripts/image-steps.sh scripts/venv.sh scripts/
COPY requirements.lock ./
RUN scripts/image-steps.sh server-packages /opt/tms
COPY pyproject.toml README.md ./
COPY scripts/hatch_build.py scripts/
COPY src src
COPY --from=client /build/src/tms_chat/client src/tms_chat/client
RUN scripts/image-steps.sh server /opt/tms

FROM python:3.11-slim
# No VOLUME: some platforms refuse the instruction. Who runs the image mounts one at /data, as docker-compose.yml does.
RUN useradd --uid 10001 --home-dir /data --no-create-home tms && install -d -o tms -g tms -m 750 /data
COPY --from=server /opt/tms /opt/tms
WORKDIR /opt/tms
# A platform's own PORT replaces this one.
ENV PATH=/opt/tms/bin:$PATH ENVIRONMENT=production HOST=0.0.0.0 PORT=8000 DATA_DIR=/data PYTHONUNBUFFERED=1
USER tms
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import http.client as h, os; c = h.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); c.request('GET', '/health'); raise SystemExit(c.getresponse().status != 200)"]
# A list, not a line for a shell: SIGTERM reaches the server, which drains for up to 8 s and exits with 0.
CMD ["tms", "serve"]
