#!/usr/bin/env bash
# Installs the system libraries that are missing: OpenBLAS, oneDNN, zlib, libpng, OpenSSL's libcrypto.
# Debian and Ubuntu as root or with sudo; macOS with Homebrew. Does nothing, in no time, when all are there.
set -euo pipefail

if ! command -v swift >/dev/null; then
  echo "swift is not installed: see https://www.swift.org/install (6.3 or later)" >&2
  exit 1
fi

case "$(uname -s)" in
Linux)
  packages=(pkg-config libopenblas-dev libdnnl-dev zlib1g-dev libpng-dev libssl-dev)
  missing=()
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  # pkgconf provides pkg-config under another package name.
  if command -v pkg-config >/dev/null; then missing=("${missing[@]/#pkg-config/}"); fi
  read -ra missing <<<"${missing[*]:-}"
  if [ ${#missing[@]} -eq 0 ]; then
    echo "== system libraries: all there"
    exit 0
  fi
  if ! command -v apt-get >/dev/null; then
    echo "missing: ${missing[*]}; install them with your package manager" >&2
    exit 1
  fi
  if [ "$(id -u)" -eq 0 ]; then
    sudo=()
  elif command -v sudo >/dev/null; then
    sudo=(sudo)
  else
    echo "missing: ${missing[*]}; run as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  echo "== system libraries: installing ${missing[*]}"
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  ;;
Darwin)
  if ! command -v brew >/dev/null; then
    echo "Homebrew is not installed: see https://brew.sh" >&2
    exit 1
  fi
  missing=()
  for formula in pkgconf openblas onednn zlib libpng openssl@3; do
    brew list --formula "$formula" >/dev/null 2>&1 || missing+=("$formula")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    echo "== system libraries: all there"
    exit 0
  fi
  echo "== system libraries: installing ${missing[*]}"
  brew install "${missing[@]}"
  ;;
*)
  echo "this script knows Linux and macOS; install OpenBLAS, oneDNN, zlib, libpng and OpenSSL yourself" >&2
  exit 1
  ;;
esac
