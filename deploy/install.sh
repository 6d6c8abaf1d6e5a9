#!/usr/bin/env bash
# Installs Seatwatch from its folder: install.sh PYTHON VENV REQUIREMENTS
# Makes the virtual environment VENV if it isn't there, puts exactly the locked parts into it (hashes are checked),
# and the command `seatwatch`, which runs the code of this folder.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1 venv=$2 requirements=$3

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Seatwatch needs Python 3.11 or newer, and '$python' is not. On Debian 12 and later: apt-get install python3" \
        "python3-venv. If it has another name, say so: make run PYTHON=/path/to/python3.12" >&2
    exit 1
fi

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        echo "'$python' can't make virtual environments: installing Debian's python3-venv"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv
    else
        echo "'$python' can't make virtual environments: as root, install python3-venv (Debian, Ubuntu) or your" \
            "system's like of it, then try again." >&2
        exit 1
    fi
fi

[ -x "$venv/bin/pip" ] || "$python" -m venv --clear "$venv"
echo "installing $requirements into $venv"
pip=("$venv/bin/pip" --quiet --disable-pip-version-check install)
"${pip[@]}" --require-hashes -r "$requirements"
"${pip[@]}" --no-deps --no-build-isolation -e .
