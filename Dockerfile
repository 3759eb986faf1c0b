# One image for everything: the service, ingest, the Slack bot, and the Chroma server that they share. The packages and the
# embedding weights are those of requirements.lock, by hash; the weights are checked once more when the smoke test loads
# them, so that an image with other bytes cannot be built.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/dateline
ENV PATH=/opt/dateline/bin:$PATH
WORKDIR /src
COPY requirements.lock ./
RUN pip install --no-compile --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY ingest ingest
COPY service service
COPY eval eval
COPY prompts prompts
RUN pip install --no-compile --no-deps --no-build-isolation .
# What is in it, as CycloneDX JSON; written by a tool that stays outside.
COPY requirements-audit.lock deploy/sbom.py deploy/licences.py deploy/locked.py /sbom/deploy/
COPY requirements.lock pyproject.toml /sbom/
RUN python -m venv /sbom/venv \
    && /sbom/venv/bin/pip install --no-deps --require-hashes -r /sbom/deploy/requirements-audit.lock \
    && cd /sbom && venv/bin/python -m deploy.sbom /opt/dateline/dateline.cdx.json --environment /opt/dateline
COPY deploy/prune_image.py deploy/prune_image.py
RUN python deploy/prune_image.py /opt/dateline
# Assembles the embedder's graph into the image, proves that nothing needed was pruned, and leaves compiled modules of
# what is really imported, and of nothing else.
COPY samples/articles samples/articles
COPY deploy/smoke_test.sh deploy/smoke_test.sh
ENV DATELINE_CACHE_DIR=/opt/dateline/graphs
RUN sh deploy/smoke_test.sh

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Dateline" \
      org.opencontainers.image.description="Answers over a folder of news articles, every statement tied to verbatim words" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin dateline \
    && install -d -o dateline -g dateline /data
COPY --from=build /opt/dateline /opt/dateline
ENV PATH=/opt/dateline/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    DATELINE_CACHE_DIR=/opt/dateline/graphs \
    DATELINE_DATA_DIR=/data
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8765
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8765/healthz', timeout=4)"]
ENTRYPOINT ["dateline"]
CMD ["serve", "--host", "0.0.0.0"]
