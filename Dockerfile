# The action's image. Only locked and hashed dependencies; no compiler, no git, no token.
FROM python:3.13-slim

COPY requirements/action.txt /tmp/requirements.txt
RUN python -m pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore --no-compile \
      --only-binary=:all: --require-hashes -r /tmp/requirements.txt && rm /tmp/requirements.txt

COPY hashpin /usr/local/lib/python3.13/site-packages/hashpin
COPY entrypoint.py /entrypoint.py

# A container starts fresh for every job: without byte code each would compile all that it imports first.
# unchecked-hash: the files never change, so no start has to compare them.
RUN python -m compileall -q --invalidation-mode unchecked-hash /usr/local/lib/python3.13

# -I: nothing in the workspace, in the HOME that all steps share, or in a PYTHON* variable becomes our code.
ENTRYPOINT ["/usr/local/bin/python", "-I", "/entrypoint.py"]
