# Changes the protocol's code in every small way that cargo-mutants knows, and asks whether a test notices. Sourced by tests/run.

# Where an unnoticed change is a hole: redirects, PKCE, grants, client authentication. At most this share may go unnoticed.
guarded='^src/(model/redirect_uri|model/grant|protocol/pkce|protocol/oxide/|protocol/token/|protocol/client/)'
most_percent=5

mutants() { # FOLDER
    local folder=$1 all missed
    rm -rf "$folder"
    mkdir -p "$folder"
    # First the unit tests, which take a moment each; then the integration tests for what those let pass.
    local common=(--output "$folder" --no-shuffle --minimum-test-timeout 60 --file 'src/protocol/**/*.rs' --file src/model/redirect_uri.rs --file src/model/grant.rs)
    cargo mutants "${common[@]}" -- --locked --lib || (($? == 2 || $? == 3)) || return
    all=$(cat "$folder"/mutants.out/{caught,missed,timeout}.txt | grep -cE "$guarded") || true
    cargo mutants --iterate "${common[@]}" -- --locked --test it || (($? == 2 || $? == 3)) || return
    missed=$(grep -cE "$guarded" "$folder/mutants.out/missed.txt") || true
    grep -E "$guarded" "$folder/mutants.out/missed.txt" || true
    echo "$missed of $all changes to redirects, PKCE, grants and client authentication went unnoticed."
    ((all > 0 && missed * 100 <= all * most_percent))
}
