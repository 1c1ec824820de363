#!/usr/bin/env bash
# Runs the tests that were built; when some fail, says again at the end which and why, below thousands of lines.
# The arguments go to `swift test`, such as `--filter CheckpointTests`.
set -uo pipefail
cd "$(dirname "$0")/.."
log=.build/test.log
PATH="$PWD/.build/python/bin:$PATH" ${SWIFT:-swift} test -c release --skip-build "$@" 2>&1 | tee "$log"
status=$?
if [ "$status" -ne 0 ]; then
  echo
  echo "== what failed (all of it: $log)"
  # An issue's lines of detail begin with ↳ and follow it; a test process that was killed says so in its last lines.
  grep -aE '^✘|^↳|error: |crashed|Fatal error' "$log" | tail -n 60
fi
exit "$status"
