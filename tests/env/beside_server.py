"""Runs a command beside a Keyward that was started for it alone: a folder of its own, free ports, plain http on loopback.

    beside_server.py PATH/TO/keyward COMMAND [ARGUMENT…]

The command finds the program in TESTS_KEYWARD and the server in TESTS_ISSUER. The server's settings stand in the environment,
so that `keyward user create …` works on the same database. If the command fails, the end of the server's log is shown.
"""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

START_SECONDS = 30
STOP_SECONDS = 15


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def wait_until_ready(server, issuer):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit(f"The server ended by itself, with status {server.returncode}.")
        try:
            with urllib.request.urlopen(f"{issuer}/readyz", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise SystemExit(f"The server was not ready after {START_SECONDS} seconds.")


def main(program, command):
    program = pathlib.Path(program).resolve()
    port, metrics_port = free_ports(2)
    issuer = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="keyward-server-") as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KEYWARD_")}
        environment |= {
            "KEYWARD_ISSUER": issuer,
            "KEYWARD_LISTEN": f"127.0.0.1:{port}",
            "KEYWARD_METRICS_LISTEN": f"127.0.0.1:{metrics_port}",
            "KEYWARD_DATA_DIR": f"{folder}/data",
            "TESTS_KEYWARD": str(program),
            "TESTS_ISSUER": issuer,
        }
        log_path = pathlib.Path(folder, "server.log")
        status = 1
        with log_path.open("wb") as log:
            server = subprocess.Popen([program, "serve"], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                wait_until_ready(server, issuer)
                status = subprocess.call(command, env=environment)
                if server.poll() is not None:
                    print(f"The server ended before the tests did, with status {server.returncode}.")
                    status = status or 1
            finally:
                server.send_signal(signal.SIGTERM)
                try:
                    if server.wait(STOP_SECONDS) != 0:
                        print(f"The server did not stop cleanly: status {server.returncode}.")
                        status = status or 1
                except subprocess.TimeoutExpired:
                    server.kill()
                    print(f"The server did not stop within {STOP_SECONDS} seconds.")
                    status = status or 1
                if status:
                    print("\n".join(["The last lines of the server's log:"] + log_path.read_text(errors="replace").splitlines()[-40:]))
        return status


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1], sys.argv[2:]))
