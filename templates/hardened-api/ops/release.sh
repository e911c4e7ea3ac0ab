#!/bin/sh
# Rolls a release out, replica by replica, where systemd runs the replicas and nginx stands before them. docs/release.md tells how to set that up.
#
#     sh release.sh VERSION     rolls out what lies in releases/VERSION. Cut short and run again, it finishes
#     sh release.sh rollback    goes back to the release before, or out of one that was cut short. The schema stays as it is
#     sh release.sh status      tells which replica runs what
#
# Ends with 0 when it is done, 1 when it is not, and then what was serving still serves, 2 when it was called wrongly.
set -eu

ROOT=${ROOT:-/srv/hardened-service}          # releases/, replicas/, current, previous
SETTINGS=${SETTINGS:-/etc/hardened-service}  # service.env, operations.env, and replicas/NAME.env for each replica
NGINX=${NGINX:-/etc/nginx/replicas.conf}
WAIT=${WAIT:-120}                            # seconds that a replica may take to become ready
COMMITTED=${COMMITTED:-}                     # when the commit was made that VERSION is of, as git log -1 --format=%ct tells it: for the record
UNIT=hardened-service

say() { echo "$(date -u +%H:%M:%S) $*"; }
fail() { echo "$*" >&2; exit 1; }
usage() { sed -n '4,6s/^# *//p' "$0" >&2; exit 2; }

# What a rename does is done as a whole or not at all.
point() { ln -sfn "$2" "$1.new" && mv -T "$1.new" "$1"; }
release_of() { [ ! -L "$1" ] || basename "$(readlink "$1")"; }
setting() { sed -n "s/^$2=//p" "$SETTINGS/replicas/$1.env"; }

# The console of a release with the settings of some files, read as systemd reads them: a line each, nothing quoted. Nobody we start keeps our lock.
console() (
    program=$ROOT/releases/$1/operations/HardenedService.Operations.dll
    shift
    while [ "$1" != -- ]; do
        while IFS= read -r line || [ -n "$line" ]; do
            case $line in '' | '#'*) ;; *) export "${line?}" ;; esac
        done <"$1"
        shift
    done
    shift
    exec dotnet "$program" "$@" 9>&-
)

of_replica() { replica=$1 && shift && console "$release" "$SETTINGS/service.env" "$SETTINGS/replicas/$replica.env" -- "$@"; }
is_ready() { of_replica "$1" probe ready --wait 5 >/dev/null 2>&1; }
runs() { [ "$(release_of "$ROOT/replicas/$1")" = "$2" ] && is_ready "$1"; }
systemd() { systemctl "$@" 9>&-; }

ready_but() {
    for other in $replicas; do
        [ "$other" = "$1" ] || ! is_ready "$other" || echo "$other"
    done
}

serve() {
    for replica in "$@"; do
        echo "server $(setting "$replica" Service__Address):$(setting "$replica" Service__Port) max_fails=0;"
    done >"$NGINX.new"
    if ! { mv "$NGINX.new" "$NGINX" && systemd reload nginx; }; then
        why="nginx could not be reloaded" look="systemctl status nginx"
        return 1
    fi
}

becomes_ready() {
    deadline=$(($(date +%s) + WAIT))
    until is_ready "$1"; do
        [ "$(date +%s)" -lt "$deadline" ] || return 1
        ! systemd --quiet is-failed "$UNIT@$1" || return 1
    done
}

# For `readiness`. What was done is done, whether it could be recorded or not.
record() {
    by=$1 && shift
    console "$by" "$SETTINGS/operations.env" -- readiness record "$@" --by release.sh >/dev/null 2>&1 || say "not recorded as evidence: see docs/release.md"
}

# Stops a replica, which first answers what it has and what still comes, and starts it as another release. If not, it sets why, and where to look.
roll() {
    why="$1 did not become ready as $2" look="journalctl -u $UNIT@$1"
    others=$(ready_but "$1")
    if [ -z "$others" ] && [ "$replicas" != "$1" ] && is_ready "$1"; then
        why="$1 is the only replica that is ready, and is not taken away" look="systemctl status '$UNIT@*'"
        return 1
    fi
    if [ -n "$others" ]; then
        say "$1: out of nginx"
        serve $others || return 1
    fi
    say "$1: stop"
    systemd stop "$UNIT@$1" || return 1
    say "$1: becomes $2"
    point "$ROOT/replicas/$1" "../releases/$2" || return 1
    say "$1: start"
    systemd start "$UNIT@$1" || true
    say "$1: wait until it is ready"
    becomes_ready "$1" || return 1
    say "$1: into nginx"
    serve $others "$1"
}

# Those that do not serve come first: so there is always one that does.
roll_all() {
    for turn in idle serving; do
        for candidate in $replicas; do
            if runs "$candidate" "$1" || { [ $turn = idle ] && is_ready "$candidate"; }; then
                continue
            fi
            roll "$candidate" "$1" || return 1
        done
    done
    serve $replicas
}

release() {
    release=$1 before=$(release_of "$ROOT/current")
    [ -d "$ROOT/releases/$release/api" ] && [ -d "$ROOT/releases/$release/operations" ] || fail "There is no release $release in $ROOT/releases."

    say "check the settings, and the way to the database"
    for candidate in $replicas; do
        of_replica "$candidate" config check >/dev/null || fail "Nothing was changed."
    done
    console "$release" "$SETTINGS/operations.env" -- migrate status || fail "Nothing was changed."

    say "migrate, while ${before:-nothing} serves"
    console "$release" "$SETTINGS/operations.env" -- migrate up || fail "The schema was not brought up to $release; ${before:-nothing} serves as before."

    if ! roll_all "$release"; then
        [ -n "$before" ] || fail "$why: $look"
        say "$why: back to $before"
        said="$why: $look"
        WAIT=600
        roll_all "$before" || fail "$said. Nor did all go back to $before: $why: $look"
        fail "$release was taken back, and $before serves. $said"
    fi

    if [ "$before" != "$release" ]; then
        [ -z "$before" ] || point "$ROOT/previous" "releases/$before"
        point "$ROOT/current" "releases/$release"
        case $COMMITTED in
        '' | 0* | *[!0-9]* | ???????????*) record "$release" release --fact "version=$release" ;;
        *) record "$release" release --fact "version=$release" --fact "seconds=$(($(date +%s) - COMMITTED))" ;;
        esac
    fi
    say "$release serves"
}

rollback() {
    release=$(release_of "$ROOT/current") before=$(release_of "$ROOT/previous")
    [ -n "$release" ] || fail "There is no release yet."
    newest=$release
    for candidate in $replicas; do
        [ ! -L "$ROOT/replicas/$candidate" ] || [ "$(release_of "$ROOT/replicas/$candidate")" = "$release" ] || unfinished=yes
    done

    # Said first and done then: cut short and run again, it goes on and not forth.
    if [ -z "${unfinished:-}" ] && [ "$before" != "$release" ]; then
        [ -n "$before" ] && [ -d "$ROOT/releases/$before" ] || fail "There is no release before $release."
        point "$ROOT/current" "releases/$before"
        release=$before
    fi

    say "back to $release; the schema stays, and holds what $release needs"
    WAIT=600
    roll_all "$release" || fail "$why: $look"
    [ "$before" != "$release" ] || rm "$ROOT/previous"
    [ "$newest" = "$release" ] || record "$newest" rollback_rehearsal --fact "from=$newest" --fact "to=$release"
    say "$release serves"
}

status() {
    release=$(release_of "$ROOT/current")
    echo "current ${release:-none}, before it $(release_of "$ROOT/previous" | grep . || echo none)"
    for candidate in $replicas; do
        echo "$candidate: $(release_of "$ROOT/replicas/$candidate" | grep . || echo none), $(if [ -n "$release" ] && is_ready "$candidate"; then echo ready; else echo not ready; fi)"
    done
}

[ $# -eq 1 ] || usage
case $1 in -* | */* | .*) usage ;; esac
[ -d "$SETTINGS/replicas" ] || fail "There is no folder $SETTINGS/replicas: each replica has a file NAME.env in it."
replicas=$(cd "$SETTINGS/replicas" && for file in *.env; do echo "${file%.env}"; done)
[ "$replicas" != '*' ] || fail "There is no replica: each has a file NAME.env in $SETTINGS/replicas."
mkdir -p "$ROOT/replicas"

case $1 in
status) status ;;
*)
    exec 9>"$ROOT/lock"
    flock -w 60 9 || fail "Another release is under way."
    if [ "$1" = rollback ]; then rollback; else release "$1"; fi
    ;;
esac
