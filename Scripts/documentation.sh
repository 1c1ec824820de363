#!/usr/bin/env bash
# Documentation of every library target, from the modules of the release build (nothing is compiled again), with DocC's
# warnings as errors. `Scripts/documentation.sh FOLDER` also keeps the archives there.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD:-.build/release}
output=${1:-}
[ -n "$output" ] && mkdir -p "$output"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The plug-in of Swift's own build finds these by itself.
docc=$(dirname "$(command -v swift)")/docc
[ -x "$docc" ] || docc=$(xcrun --find docc)
triple=$(swift -print-target-info | sed -n 's/.*"triple": "\([^"]*\)".*/\1/p' | head -n 1)
sdk=()
[ "$(uname -s)" = Darwin ] && sdk=(-sdk "$(xcrun --show-sdk-path)")
includes=(-I "$build/Modules")
maps=(Sources/C*/module.modulemap "$build"/*.build/module.modulemap .build/checkouts/*/Sources/*/include/module.modulemap)
for map in "${maps[@]}"; do includes+=(-Xcc "-fmodule-map-file=$map"); done

targets=$(cd Sources && ls -d Latent*/*.docc | cut -d / -f 1)
failed=0
for target in $targets; do
  mkdir -p "$work/$target"
  swift symbolgraph-extract -module-name "$target" -target "$triple" ${sdk[@]+"${sdk[@]}"} "${includes[@]}" \
    -minimum-access-level public -skip-inherited-docs -output-dir "$work/$target"
  "$docc" convert "Sources/$target/$target.docc" --additional-symbol-graph-dir "$work/$target" \
    --fallback-display-name "$target" --fallback-bundle-identifier "$target" --warnings-as-errors \
    --output-path "${output:-$work}/$target.doccarchive" >"$work/log" 2>&1 || {
    echo "== documentation of $target" >&2
    cat "$work/log" >&2
    failed=1
  }
done
exit $failed
