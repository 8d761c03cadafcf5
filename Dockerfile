# The base image is pinned by its tag: a digest cannot be verified without a registry of images, so whoever
# publishes an image adds it (FROM python:3.11-slim-bookworm@sha256:…), once, in both stages.

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
RUN python -m venv /opt/huojia
COPY requirements.lock ./
RUN /opt/huojia/bin/pip install --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml ./
COPY shelf_rules ./shelf_rules
COPY recommender ./recommender
COPY service ./service
RUN /opt/huojia/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
# implicit is linked to the OpenMP runtime of the system. Not pinned: the distribution keeps only its newest patch.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 huojia \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin huojia \
    && install --directory --owner huojia --group huojia --mode 0700 /data
COPY --from=build /opt/huojia /opt/huojia
# Production is the default of the image: without keys of its own and the URL of a PostgreSQL database it refuses to
# start and says why.
ENV PATH=/opt/huojia/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HUOJIA_MODE=production \
    HUOJIA_HOST=0.0.0.0 \
    HUOJIA_PORT=8000 \
    HUOJIA_DATA_DIR=/data
USER 10001:10001
WORKDIR /data
# The only place that is written to: the rest of the file system may be read-only.
VOLUME ["/data"]
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['HUOJIA_PORT'] + '/livez', timeout=2)"]
ENTRYPOINT ["huojia"]
CMD ["serve"]
