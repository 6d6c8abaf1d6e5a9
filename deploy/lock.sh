#!/usr/bin/env bash
# Writes requirements.txt and requirements-test.txt anew from pyproject.toml: lock.sh PYTHON
# Run it with the oldest Python that is supported, so that nothing it needs is left out.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -x .lock-venv/bin/pip-compile ] || {
    "$1" -m venv .lock-venv
    .lock-venv/bin/pip install --quiet pip-tools
}
compile() {
    env -u PIP_FIND_LINKS .lock-venv/bin/pip-compile --quiet --upgrade --generate-hashes --strip-extras --no-header \
        --no-emit-index-url --no-emit-find-links --allow-unsafe --build-deps-for=editable "$@" pyproject.toml
}
compile --output-file requirements.txt
compile --extra test --constraint requirements.txt --output-file requirements-test.txt
