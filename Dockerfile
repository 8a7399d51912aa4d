ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /src
RUN python -m venv --without-pip /opt/revocation
# The dependencies have a layer of their own, which outlives changes of the code.
COPY pyproject.toml .
RUN python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")' \
    | grep -v '^revocation-client' > requirements.txt \
    && pip --python /opt/revocation/bin/python install --no-cache-dir -r requirements.txt
COPY LICENSE README.md ./
COPY clients/python clients/python
COPY revocation revocation
RUN pip wheel --no-cache-dir --no-deps --wheel-dir wheels ./clients/python . \
    && pip --python /opt/revocation/bin/python install --no-cache-dir --no-index wheels/*.whl

FROM ${BASE}
ENV PATH=/opt/revocation/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
RUN useradd --uid 10001 --user-group --no-log-init --home-dir /var/lib/revocation --create-home --shell /usr/sbin/nologin revocation
COPY --from=build /opt/revocation /opt/revocation
USER 10001:10001
# Where a container without a store of its own keeps the embedded one's data.
WORKDIR /var/lib/revocation
EXPOSE 50051
# A new Python for each probe costs about a second of one core, so they are not more frequent.
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s CMD ["revocation", "healthcheck"]
ENTRYPOINT ["revocation"]
CMD ["serve"]
