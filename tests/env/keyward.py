"""The command line of Keyward, for tests: the server and its settings are those of beside_server.py."""

import json
import os
import subprocess

issuer = os.environ["TESTS_ISSUER"]
password = "correct horse battery staple"


def keyward(*arguments, stdin=""):
    """Runs a command that prints JSON and returns what it printed."""
    done = subprocess.run([os.environ["TESTS_KEYWARD"], *arguments, "--json"], input=stdin, text=True, capture_output=True, timeout=30)
    assert done.returncode == 0, f"keyward {' '.join(arguments)}: {done.stderr}"
    return json.loads(done.stdout)
