# The engine itself as an image. It needs a Docker engine to make boxes with:
#   docker build -t boxscore .
#   docker run --rm -v /var/run/docker.sock:/var/run/docker.sock -v "$PWD:/data" boxscore grade tiny
# or DOCKER_HOST in place of the socket. Whoever holds the socket owns the machine: mount it for boxscore only.
# Behind a proxy with certificates of its own, put them beside this file as ca-bundle.crt; they stay out of the image.
ARG BASE=python:3.13-slim-bookworm
FROM ${BASE} AS build
WORKDIR /src
COPY . .
RUN set -eu; \
    if [ -s ca-bundle.crt ]; then export PIP_CERT="$PWD/ca-bundle.crt"; fi; \
    export PIP_NO_CACHE_DIR=1 PIP_QUIET=1 PIP_DISABLE_PIP_VERSION_CHECK=1; \
    python3 -m venv /opt/build; /opt/build/bin/pip install hatchling; \
    /opt/build/bin/python -m hatchling build -t wheel -d /dist; \
    python3 -m venv /opt/boxscore; /opt/boxscore/bin/pip install /dist/*.whl

FROM ${BASE} AS engine
COPY --from=build /opt/boxscore /opt/boxscore
ENV PATH=/opt/boxscore/bin:/usr/local/bin:/usr/bin:/bin
WORKDIR /data

# The steps of the GitHub Action, where there is no Python: docker build --target action (docs/github-action.md).
FROM engine AS action
ENTRYPOINT ["python3", "-P", "-m", "boxscore.action"]
CMD ["grade"]

FROM engine
ENTRYPOINT ["boxscore"]
CMD ["--help"]
