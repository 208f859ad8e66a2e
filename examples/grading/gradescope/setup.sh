#!/usr/bin/env bash
# Gradescope runs this once, when it builds the image: one with Python 3.11 or newer.
set -e
apt-get update
apt-get install -y python3-venv
cd "${AUTOGRADER:-/autograder}"
python3 -m venv venv
venv/bin/python -m pip install source/microgradnet-*.whl
