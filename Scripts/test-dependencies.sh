#!/usr/bin/env bash
# What a few tests need besides the toolchain; where it cannot be had, those tests say that they were left out, and nothing
# else depends on it.
#  - A Python environment with safetensors and numpy, with which one test opens our model files.
#  - Chromium, in which pages are opened. Installed on Debian only: elsewhere the package is missing or a mere pointer to
#    another installer. A browser that is there, or that CHROMIUM names, will do.
set -euo pipefail
environment=$1

python_environment() {
  if [ -e "$environment/.done" ]; then
    echo "== test environment: there"
    return
  fi
  echo "== test environment: making $environment (safetensors, numpy)"
  if python3 -m venv "$environment" >/dev/null 2>&1 &&
    "$environment/bin/pip" install --quiet --disable-pip-version-check safetensors numpy; then
    touch "$environment/.done"
  else
    rm -rf "$environment"
    echo "   not made: the test that opens a model file from Python will be left out"
  fi
}

chromium() {
  local name
  if [ -n "${CHROMIUM:-}" ]; then
    echo "== browser: $CHROMIUM"
    return
  fi
  for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then
      echo "== browser: there"
      return
    fi
  done
  if [ -d "/Applications/Google Chrome.app" ]; then
    echo "== browser: there"
    return
  fi
  local left_out="   not installed: the tests that open pages will be left out"
  if ! grep -qx 'ID=debian' /etc/os-release 2>/dev/null || ! command -v apt-get >/dev/null; then
    echo "== browser: none (install Chromium, or let CHROMIUM name it)"
    echo "$left_out"
    return
  fi
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "== browser: none; run as root: apt-get install chromium"
      echo "$left_out"
      return
    fi
    sudo=(sudo)
  fi
  echo "== browser: installing chromium"
  if ! { "${sudo[@]}" apt-get update -qq &&
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium \
      fonts-liberation; }; then
    echo "$left_out"
  fi
}

python_environment
chromium
