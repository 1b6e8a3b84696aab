# Two stages: the first builds the virtual environment from the hash lock, the second runs it as an ordinary user on a
# root file system that may be read-only:
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --stop-timeout 120 \
#       -v vanthu:/var/lib/vanthu -p 127.0.0.1:8080:8080 vanthu
# The converter of office files makes itself an empty network (a user namespace).  Where the container's seccomp profile
# forbids that, only its second fence is left (a proxy that is nowhere): give the container a network of its own then.
FROM debian:12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/vanthu
COPY setup/requirements.lock setup/
RUN python3 -m venv .venv && .venv/bin/python -m pip install --no-cache-dir --no-deps --require-hashes -r setup/requirements.lock

FROM debian:12-slim
COPY setup/debian-run.txt /tmp/
# tini is process 1: it buries what LibreOffice's helpers leave behind, and hands a stop on.
RUN apt-get update \
    && grep -hEv '^\s*(#|$)' /tmp/debian-run.txt | xargs apt-get install -y --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* /tmp/debian-run.txt \
    && useradd --uid 10001 --no-create-home --home-dir /var/lib/vanthu --shell /usr/sbin/nologin vanthu \
    && install -d -o vanthu -g vanthu -m 0700 /var/lib/vanthu
WORKDIR /opt/vanthu
COPY --from=build /opt/vanthu/.venv .venv
COPY pyproject.toml README.md CHANGELOG.md LICENSE ./
COPY gateway gateway
COPY ocr ocr
COPY mail mail
COPY rules rules
COPY samples samples
COPY docs docs
RUN .venv/bin/python -m compileall -q gateway ocr mail rules \
    && printf '#!/bin/sh\nexec python -m gateway "$@"\n' > .venv/bin/vanthu && chmod 0755 .venv/bin/vanthu
USER vanthu
ENV PYTHONPATH=/opt/vanthu PYTHONDONTWRITEBYTECODE=1 PATH=/opt/vanthu/.venv/bin:$PATH VANTHU_DATA=/var/lib/vanthu VANTHU_WEB_HOST=0.0.0.0
VOLUME /var/lib/vanthu
EXPOSE 8080
# Does it answer?  What is wrong in the house (/health.json) is for a person: a new start would not mend it.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/login', timeout=4).read()"]
ENTRYPOINT ["tini", "--", "python", "-m", "gateway"]
CMD ["run"]
