#!/bin/sh
# Makes what ops/compose.yaml wants in ops/secrets: passwords, and certificates that nobody but these containers trusts. What is there already stays.
# Production has secrets of its own; their names are those of the settings.
set -eu
umask 077
mkdir -p "$(dirname "$0")/secrets"
cd "$(dirname "$0")/secrets"
chmod 0700 .

# The folder is yours alone. Its files may be read in containers, by whatever user runs there.
save() {
    [ -e "$1" ] || { cat >"$1.new" && chmod 0644 "$1.new" && mv "$1.new" "$1" && echo "made $1"; }
}

password() {
    [ -e "$1" ] || openssl rand -hex 24 | save "$1"
}

connection() {
    printf 'Host=postgres;Port=5432;Database=%s;Username=%s;Password=%s;SSL Mode=VerifyFull;Root Certificate=/run/secrets/postgres.crt\n' "$2" "$3" "$(cat "$4")" | save "$1"
}

# Self-signed: the certificate is its own authority.
certificate() {
    [ -e "$1.crt" ] || {
        openssl req -x509 -newkey rsa:3072 -nodes -days 1095 -subj "/CN=$2" -addext "subjectAltName=DNS:$2" -keyout made.key -out made.crt 2>/dev/null
        rm -f "$1.key"
        save "$1.key" <made.key
        save "$1.crt" <made.crt
        rm made.key made.crt
    }
}

certificate postgres postgres
certificate key-ring key-ring
certificate nginx "${1:-service.example}"

password postgres-password
password Operations__OwnerPassword
password Operations__AppPassword
password Operations__OperatorPassword
password grafana-password

connection Operations__AdminConnectionString postgres postgres postgres-password
connection Operations__OwnerConnectionString hardened-service hardened_service_owner Operations__OwnerPassword
connection Operations__OperatorConnectionString hardened-service hardened_service_operator Operations__OperatorPassword
connection Database__ConnectionString hardened-service hardened_service_app Operations__AppPassword
