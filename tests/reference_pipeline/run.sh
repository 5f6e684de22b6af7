#!/usr/bin/env bash
# Runs the sample pipeline for real: PySpark on this machine, moto's server as S3,
# PostgreSQL in Redshift's place for the MERGE. Kills it after every write in turn.
# Installs Java, PostgreSQL and the Python packages where they are missing.
set -euo pipefail
cd "$(dirname "$0")"
missing=()
command -v java > /dev/null || missing+=(openjdk-17-jre-headless)
compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null || missing+=(postgresql)
python3 -c 'import ensurepip' 2> /dev/null || missing+=(python3-venv)
if [ ${#missing[@]} -gt 0 ]; then
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -qq
  $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
fi
venv=${VENV:-../../target/reference_pipeline}
if [ ! -x "$venv/bin/python" ]; then python3 -m venv "$venv"; fi
"$venv/bin/pip" install -q --disable-pip-version-check -r requirements.txt
exec "$venv/bin/python" check.py
