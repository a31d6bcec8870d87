"""The conformance suite's REST interface, as far as a run needs it."""

import json
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request

WAIT_SECONDS = 20


class Trouble(Exception):
    """Why there is no result: nothing to do with the protocol."""


class Suite:
    def __init__(self, url):
        self.url = url.rstrip("/")
        # A suite for tests has a certificate of its own making, and nothing secret is sent to it.
        self.tls = ssl._create_unverified_context()

    def version(self):
        about = self.get("server")
        return f"{about.get('version')} ({about.get('revision')})"

    def create_plan(self, plan, variant, config):
        """Answers the plan's id and its modules."""
        created = self.post("plan", config, planName=plan, variant=json.dumps(variant))
        return created["id"], created["modules"]

    def start(self, plan_id, module):
        started = self.post("runner", test=module["testModule"], plan=plan_id, variant=json.dumps(module.get("variant") or {}))
        return started["id"]

    def finish(self, test_id, seconds):
        """Waits for the module's end; one that takes longer is stopped. Answers status and result."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            info = self.get(f"info/{test_id}")
            if info["status"] in ("FINISHED", "INTERRUPTED"):
                return info["status"], info.get("result")
            self.wait(test_id, min(WAIT_SECONDS, deadline - time.monotonic()))
        pages = self.get(f"runner/browser/{test_id}").get("urls")
        self.call("DELETE", f"runner/{test_id}")
        return "TIMEOUT", f"no end after {seconds} s" + (f"; nobody opened {', '.join(pages)}" if pages else "")

    def wait(self, test_id, seconds):
        try:
            self.get(f"runner/{test_id}/wait-state", states="FINISHED,INTERRUPTED", timeoutMs=max(1, int(seconds * 1000)))
        except Trouble:
            # A module that has ended is forgotten here, and its status is found where results are kept.
            time.sleep(0.2)

    def entries(self, test_id):
        """What the module's log holds against the server."""
        return [entry for entry in self.get(f"log/{test_id}") if entry.get("result") in ("FAILURE", "WARNING")]

    def export(self, plan_id, path):
        path.write_bytes(self.call("GET", f"plan/exporthtml/{plan_id}"))

    def get(self, path, **query):
        return json.loads(self.call("GET", path, query=query))

    def post(self, path, body=None, **query):
        return json.loads(self.call("POST", path, body, query))

    def call(self, method, path, body=None, query=None):
        url = f"{self.url}/api/{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120, context=self.tls) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise Trouble(f"the suite answered {error.code} to {method} {path}: {error.read().decode(errors='replace')[:500]}")
        except OSError as error:
            raise Trouble(f"the suite cannot be reached at {url}: {error}")
