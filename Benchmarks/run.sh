#!/usr/bin/env bash
# This package's own benchmarks; and, where LATENT_PEER_SCRIPTS names a folder with other systems' scripts, those beside ours.
set -euo pipefail
cd "$(dirname "$0")/.."
.build/release/latent bench
if [ -n "${LATENT_PEER_SCRIPTS:-}" ]; then
  Benchmarks/compare.py --peers "$LATENT_PEER_SCRIPTS" ${LATENT_DATA:+--mnist "$LATENT_DATA/mnist"}
fi
