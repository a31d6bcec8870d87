# A PostgreSQL of the tests' own: a new cluster in a temporary folder, on a free port of the loopback interface, with a made-up
# password, gone when the tests end. Sourced by tests/run.

postgres_folder=
postgres_as=()

# Sets KEYWARD_TEST_POSTGRES to the address of a superuser's session. One that is set already is used as it is.
start_postgres() {
    [[ -z ${KEYWARD_TEST_POSTGRES:-} ]] || return 0
    need_debian postgresql 'ls /usr/lib/postgresql/*/bin/initdb'
    heading "Starting PostgreSQL"

    postgres_folder=$(mktemp -d "${TMPDIR:-/tmp}/keyward-postgres.XXXXXXXX")
    local bin port password
    bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    port=$(free_port)
    printf '%s\n' "$password" >"$postgres_folder/password"
    # PostgreSQL refuses to run as root.
    if ((EUID == 0)); then
        chown -R postgres: "$postgres_folder"
        postgres_as=(runuser -u postgres --)
    fi
    postgres_ctl=("${postgres_as[@]}" "$bin/pg_ctl" --silent --pgdata="$postgres_folder/data")

    # What a crash of the machine would lose is of no use to anyone here, so nothing is synced to disk; a killed Keyward loses nothing.
    (
        cd "$postgres_folder"
        "${postgres_as[@]}" "$bin/initdb" --pgdata=data --username=keyward --pwfile=password --auth=password \
            --encoding=UTF8 --locale=C.UTF-8 --no-sync &&
            "${postgres_ctl[@]}" --wait --log=log --options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' \
                -c max_connections=300 -c fsync=off -c full_page_writes=off" start
    ) >"$work/postgres.log" 2>&1 || { cat "$work/postgres.log" "$postgres_folder/log" 2>/dev/null; stop "PostgreSQL did not start."; }
    export KEYWARD_TEST_POSTGRES=postgres://keyward:$password@127.0.0.1:$port/postgres
    took
}

stop_postgres() {
    [[ -n $postgres_folder ]] || return 0
    (cd / && "${postgres_ctl[@]}" --mode=immediate stop) >/dev/null 2>&1 || true
    rm -rf "$postgres_folder"
    postgres_folder=
}

# A port that was free a moment ago. Bash alone can ask: a connection that is refused means nobody listens.
free_port() {
    local port
    while port=$((20000 + RANDOM % 30000)); (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}
