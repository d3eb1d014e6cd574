# The action's image. Only locked and hashed dependencies; no compiler, no git, no pip, no token.
FROM python:3.13-slim AS build

COPY requirements/action.txt /tmp/requirements.txt
# PyGithub brings cryptography for the keys of GitHub Apps: an action has a token, and jwt does without.
RUN python -m pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore --no-compile \
      --only-binary=:all: --require-hashes -r /tmp/requirements.txt && \
    python -m pip uninstall --quiet --yes --root-user-action=ignore cryptography pycparser

COPY hashpin /usr/local/lib/python3.13/site-packages/hashpin
COPY entrypoint.py /entrypoint.py

# What no run uses, and then byte code: a container starts fresh for every job, and would compile all that it imports.
# unchecked-hash: the files never change, so no start has to compare them.
RUN cd /usr/local/lib/python3.13 && \
    rm -rf config-3.13* ensurepip idlelib lib2to3 pydoc_data test tkinter turtledemo turtle.py lib-dynload/_test* \
      site-packages/pip site-packages/pip-* site-packages/dulwich/tests && \
    find . -name __pycache__ -prune -exec rm -rf {} + && \
    python -m compileall -q --invalidation-mode unchecked-hash .

# Python with the libraries that it loads (libgcc_s by the C library, when a thread ends early): no shell, no package
# manager, nothing else to be started.
RUN mkdir -p /image/usr/local/bin /image/etc /image/root && mkdir -m 1777 /image/tmp && \
    cp -P /usr/local/bin/python* /image/usr/local/bin/ && cp -a /usr/local/lib /image/usr/local/ && \
    rm -rf /image/usr/local/lib/pkgconfig /image/usr/local/lib/*.a /image/usr/local/bin/*-config /image/usr/local/bin/*.py && \
    cp /etc/passwd /etc/group /etc/nsswitch.conf /image/etc/ && cp -P /entrypoint.py /image/ && \
    find /image/usr/local \( -name '*.so*' -o -name 'python3.13' \) -type f -exec ldd {} + 2>/dev/null | \
      awk '$2 == "=>" { print $3 } $1 ~ "^/" && NF == 2 { print $1 }' | sort -u | grep -v '^/usr/local' | \
      xargs -I LIBRARY cp -L --parents LIBRARY /image && \
    cp -L --parents "$(ldconfig -p | awk '/libgcc_s/ { print $NF; exit }')" /image && \
    echo /usr/local/lib > /image/etc/ld.so.conf && ldconfig -r /image

FROM scratch
COPY --from=build /image /
ENV PATH=/usr/local/bin LANG=C.UTF-8

# -I: nothing in the workspace, in the HOME that all steps share, or in a PYTHON* variable becomes our code.
ENTRYPOINT ["/usr/local/bin/python", "-I", "/entrypoint.py"]
