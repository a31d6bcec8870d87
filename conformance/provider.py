"""A Keyward to try: on built-in TLS, in a temporary folder, with the person and the clients that the plans need."""

import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

from suite import Trouble

HERE = pathlib.Path(__file__).resolve().parent
START_SECONDS = 30
STOP_SECONDS = 15
# What client 2 of some plans appends to its redirect URI.
QUERY = "?dummy1=lorem&dummy2=ipsum"


class Provider:
    def __init__(self, program, issuer, suite_url, configs):
        """`configs` are the plans' configurations: the clients and their secrets are taken from them."""
        self.program, self.issuer, self.suite_url, self.configs = program, issuer, suite_url.rstrip("/"), configs
        place = urllib.parse.urlsplit(issuer)
        self.host, self.port = place.hostname, place.port or 443
        if place.scheme != "https" or not leads_here(self.host):
            raise Trouble(f"the issuer must be https, and {self.host} must lead to 127.0.0.1 (a line in the hosts file)")
        self.server = None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="keyward-conformance-"))
        self.log = self.folder / "server.log"

    def prepare(self):
        self.write_settings()
        self.keyward("org", "create", "--name", "Conformance", "--slug", "conformance")
        self.create_user()
        for config in self.configs:
            self.create_clients(config)

    def write_settings(self):
        self.certificate, key = self.folder / "certificate.pem", self.folder / "key.pem"
        names = ["-subj", f"/CN={self.host}", "-addext", f"subjectAltName=DNS:{self.host}"]
        run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "7", *names, "-keyout", key, "-out", self.certificate])
        self.settings = self.folder / "keyward.toml"
        self.settings.write_text(
            f'issuer = "{self.issuer}"\nlisten = "127.0.0.1:{self.port}"\nmetrics_listen = "off"\ndata_dir = "{self.folder}/data"\n'
            f'[tls]\ncertificate = "{self.certificate}"\nkey = "{key}"\n'
        )

    def create_user(self):
        """`preferred_username` and `updated_at`, `email` and `email_verified` come from the account itself."""
        who = ["--username", "alice", "--email", "alice@example.org", "--email-verified", "--claims", HERE / "alice.json"]
        self.keyward("user", "create", "--org", "conformance", *who, "--password-stdin", typed="wonderland")

    def create_clients(self, config):
        callback = f"{self.suite_url}/test/a/{config.get('alias')}/callback"
        for role, method in [("client", "basic"), ("client2", "basic"), ("client_secret_post", "post")]:
            if role in config:
                known = ["--client-id", config[role]["client_id"], "--client-secret-stdin", "--auth-method", f"client_secret_{method}"]
                places = ["--redirect-uri", callback, "--redirect-uri", callback + QUERY]
                arguments = ["--org", "conformance", "--name", f"Conformance {role}", *known, *places]
                self.keyward("client", "create", *arguments, typed=config[role]["client_secret"])

    def keyward(self, *arguments, typed=None):
        return run([self.program, *arguments, "--config", self.settings], self.folder, typed)

    def start(self):
        with self.log.open("wb") as log:
            command = [self.program, "serve", "--config", self.settings]
            self.server = subprocess.Popen(
                command, cwd=self.folder, env=environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        trusting = ssl.create_default_context(cafile=self.certificate)
        deadline = time.monotonic() + START_SECONDS
        while self.server.poll() is None and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.issuer}/readyz", timeout=2, context=trusting):
                    return
            except OSError:
                time.sleep(0.1)
        raise Trouble(f"Keyward is not ready at {self.issuer}; the end of its log:\n{self.log.read_text(errors='replace')[-2000:]}")

    def stop(self):
        if self.server is None or self.server.poll() is not None:
            return
        self.server.terminate()
        try:
            self.server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()

    def clear(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def leads_here(host):
    try:
        return socket.gethostbyname(host) == "127.0.0.1"
    except OSError:
        return False


def environment():
    """Without what someone has set for a Keyward of their own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("KEYWARD_") and name != "DATABASE_URL"}


def run(command, folder=None, typed=None):
    try:
        done = subprocess.run(command, cwd=folder, env=environment(), input=typed or "", text=True, capture_output=True)
    except OSError as error:
        raise Trouble(f"{command[0]} cannot be run: {error.strerror}")
    if done.returncode:
        raise Trouble(f"{' '.join(map(str, command))} ended with status {done.returncode}:\n{done.stderr}")
    return done.stdout
