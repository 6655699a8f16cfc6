#!/bin/sh
# Brings Temporal's two databases up to the schema of the admin-tools' version. Every step may be repeated.
set -eu

for database in temporal temporal_visibility; do
  schema=${database#temporal_}
  tool() {
    temporal-sql-tool --plugin postgres12 --endpoint "$POSTGRES_HOST" --port 5432 \
      --user "$POSTGRES_USER" --password "$POSTGRES_PASSWORD" --database "$database" "$@"
  }
  tool create
  # Refused where it was done before; the update below fails if it is really missing.
  tool setup-schema --version 0.0 || true
  tool update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$schema/versioned"
done
