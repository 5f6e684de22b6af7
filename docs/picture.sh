#!/usr/bin/env bash
# Makes docs/page.png, the README's picture, from the page with its first sample.
# Needs chromium.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet
port=18439
target/release/distkey serve --port "$port" > /dev/null &
server=$!
profile=$(mktemp -d)
trap 'kill "$server"; rm -rf "$profile"' EXIT
sleep 1
chromium --headless --no-sandbox --disable-gpu --disable-background-networking \
  --user-data-dir="$profile" --hide-scrollbars --window-size=1440,1010 \
  --virtual-time-budget=8000 --screenshot="$PWD/docs/page.png" \
  "http://127.0.0.1:$port/#sample-1" > /dev/null 2>&1
