#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Sets up a virtual environment with everything that the platform and its tests need.
# Uses uv where it is installed, else venv or virtualenv of the first Python >= 3.11 that is found.
set -eu
venv=${1:-.venv}
is_new_enough='import sys; sys.exit(sys.version_info < (3, 11))'

find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c "$is_new_enough" 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    echo "Allmende needs Python >= 3.11: install python3 with venv (Debian: apt install python3-venv)" >&2
    return 1
}

python=$(find_python)
if ! "$venv/bin/python" -c "$is_new_enough" 2>/dev/null; then
    rm -rf "$venv"
    if command -v uv >/dev/null 2>&1; then
        uv venv -q --python "$python" "$venv"
    elif "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        "$python" -m venv "$venv"
    elif "$python" -c 'import virtualenv' 2>/dev/null; then
        "$python" -m virtualenv -q "$venv"
    else
        echo "Allmende needs the module venv: install it (Debian: apt install python3-venv)" >&2
        exit 1
    fi
fi

echo "Setting up $venv: the first time takes a minute" >&2
if command -v uv >/dev/null 2>&1; then
    uv pip install -q --python "$venv/bin/python" -r constraints.txt
    uv pip install -q --python "$venv/bin/python" --no-deps -e .
else
    "$venv/bin/python" -m pip install -q --disable-pip-version-check -r constraints.txt
    "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps -e .
fi
touch "$venv/.installed"
