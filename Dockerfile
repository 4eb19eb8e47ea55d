# Faultline in a container: built in one stage, run in another without build tools, as a user of its own, and with
# nothing to write but /data and /tmp. Debian 12 has glibc 2.36; the embedded engine needs 2.34.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/faultline
COPY requirements.lock ./
RUN /opt/faultline/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY graph ./graph
COPY queries ./queries
COPY importers ./importers
COPY api ./api
# numba keeps what it compiles for this processor; on another one the first start compiles again, into /tmp. What Java
# keeps of the embedded engine lies beside it
RUN /opt/faultline/bin/python -m pip install --quiet --no-deps --no-build-isolation . \
    && NUMBA_CACHE_DIR=/opt/faultline/kernels /opt/faultline/bin/python -m api.warm

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 faultline \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin faultline \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /opt/faultline /opt/faultline
ENV PATH=/opt/faultline/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 LANG=C.UTF-8 \
    FAULTLINE_DATA_DIR=/data NUMBA_CACHE_DIR=/tmp/kernels
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8470
# the probes need no token; Python asks, because there is no curl
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=4 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8470/readyz', timeout=4)"]
# numba wants a folder that it can write to, so the compiled kernels are copied to where that is allowed
ENTRYPOINT ["sh", "-c", "cp -R --no-preserve=mode /opt/faultline/kernels /tmp/ && exec faultline \"$@\"", "faultline"]
# refused unless FAULTLINE_ADMIN_TOKEN_FILE is set: beyond the loopback a token guards all but the probes
CMD ["serve", "--host", "0.0.0.0", "--port", "8470"]
