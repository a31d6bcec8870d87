# Changes the protocol's code in every small way that cargo-mutants knows, and asks whether a test notices. Sourced by tests/run.

# Where an unnoticed change is a hole: redirects, PKCE, grants, client authentication. At most this share may go unnoticed.
guarded='^src/(model/redirect_uri|model/grant|protocol/pkce|protocol/oxide/|protocol/token/|protocol/client/)'
most_percent=5

# The grant machines hand on what these tell them and look at none of it: another value changes nothing.
unread=('Request for View.*::extension' 'oxide/authorization.*Request for View.*::state')

# `model` and `protocol` import nothing of the rest, so that they are a package of their own here: a change is built and tried in seconds.
pure_package() { # FOLDER
    mkdir -p "$1/src"
    cp -r src/model src/protocol "$1/src"
    cp Cargo.lock "$1"
    printf 'pub mod model;\npub mod protocol;\n' >"$1/src/lib.rs"
    {
        printf '[package]\nname = "keyward"\nedition = "2024"\n\n[workspace]\n\n'
        sed -n '/^\[dependencies\]/,/^\[[^d]/p' Cargo.toml | grep -vE '^(\[[^d]|entity|migration|sea-orm)'
    } >"$1/Cargo.toml"
}

mutants() { # FOLDER
    local folder=$1 all missed pattern exclude=()
    for pattern in "${unread[@]}"; do exclude+=(--exclude-re "$pattern"); done
    rm -rf "$folder"
    pure_package "$folder"
    (
        cd "$folder"
        unset CARGO_TARGET_DIR
        cargo mutants --in-place --no-shuffle --minimum-test-timeout 20 "${exclude[@]}" \
            --file 'src/protocol/**/*.rs' --file src/model/redirect_uri.rs --file src/model/grant.rs -- --lib
    ) || (($? == 2 || $? == 3)) || return
    all=$(cat "$folder"/mutants.out/{caught,missed,timeout}.txt | grep -cE "$guarded") || true
    missed=$(grep -cE "$guarded" "$folder/mutants.out/missed.txt") || true
    grep -E "$guarded" "$folder/mutants.out/missed.txt" || true
    echo "$missed of $all changes to redirects, PKCE, grants and client authentication went unnoticed."
    ((all > 0 && missed * 100 <= all * most_percent))
}
