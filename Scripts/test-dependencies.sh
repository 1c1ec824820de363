#!/usr/bin/env bash
# A Python environment with safetensors and numpy, with which one test opens our model files. Where it cannot be made
# (no Python, no package index) that test says that it was left out; nothing else depends on it.
set -euo pipefail
environment=$1

if [ -e "$environment/.done" ]; then
  echo "== test environment: there"
  exit 0
fi
echo "== test environment: making $environment (safetensors, numpy)"
if python3 -m venv "$environment" >/dev/null 2>&1 &&
  "$environment/bin/pip" install --quiet --disable-pip-version-check safetensors numpy; then
  touch "$environment/.done"
else
  rm -rf "$environment"
  echo "   not made: the test that opens a model file from Python will be left out"
fi
