# Chi Hội on one small server. Data lives in the volume /data.
FROM python:3.13-slim AS build
WORKDIR /app
COPY requirements.lock pyproject.toml README.md ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY bot bot
COPY scheduler scheduler
COPY handlers handlers
COPY storage storage
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 chihoi && mkdir /data && chown chihoi /data
COPY --from=build /venv /venv
WORKDIR /app
COPY plans plans
COPY samples samples
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CHIHOI_DATABASE_URL=sqlite:////data/chihoi.db \
    CHIHOI_PHOTOS=/data/photos \
    CHIHOI_HOST=0.0.0.0
USER chihoi
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
CMD ["chihoi", "run"]
