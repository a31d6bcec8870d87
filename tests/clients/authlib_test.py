"""Authlib (PyPI), a relying party that nobody here wrote, inside a Flask app, against a running server: discovery, code flow with
PKCE, validated ID token, userinfo, refresh, revocation. The person is MechanicalSoup: cookies and forms, no script."""

import pathlib
import sys
import threading

import flask
import mechanicalsoup
import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from werkzeug.serving import make_server

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "env"))
from keyward import issuer, keyward, password  # noqa: E402

SCOPE = "openid profile email"


@pytest.fixture(scope="module")
def user():
    keyward("org", "create", "--name", "Authlib", "--slug", "authlib")
    who = ["--email", "agatha@example.org", "--username", "agatha", "--name", "Agatha", "--email-verified"]
    return keyward("user", "create", "--org", "authlib", *who, "--password-stdin", stdin=password)


class App:
    """A web app as Authlib's documentation has it, on a port of its own; `token` and `refusal` are what came of the last sign-in."""

    def __init__(self, auth_method):
        flask_app = flask.Flask("app")
        flask_app.secret_key = "only for this test"
        flask_app.config["SESSION_COOKIE_NAME"] = "app"
        self.server = make_server("127.0.0.1", 0, flask_app)
        self.url = f"http://127.0.0.1:{self.server.port}"
        redirect_uri = f"{self.url}/callback"
        arguments = ["--name", "Mendl's", "--auth-method", auth_method, "--redirect-uri", redirect_uri, "--scope", SCOPE]
        self.registered = keyward("client", "create", "--org", "authlib", *arguments)
        self.auth_method = auth_method
        self.token = self.refusal = None

        keyward_client = OAuth(flask_app).register(
            "keyward",
            client_id=self.registered["client_id"],
            client_secret=self.registered.get("client_secret"),
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": SCOPE, "code_challenge_method": "S256", "token_endpoint_auth_method": auth_method},
        )
        self.metadata = keyward_client.load_server_metadata
        self.get_userinfo = lambda: keyward_client.userinfo(token=self.token)

        @flask_app.get("/login")
        def login():
            return keyward_client.authorize_redirect(redirect_uri)

        @flask_app.get("/callback")
        def callback():
            try:
                self.token = keyward_client.authorize_access_token()
            except OAuthError as refusal:
                self.refusal = refusal.error
            return "Thank you."

        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def session(self):
        """Authlib's plain session for what comes after sign-in."""
        return OAuth2Session(
            self.registered["client_id"],
            self.registered.get("client_secret"),
            token_endpoint_auth_method=self.auth_method,
            revocation_endpoint_auth_method=self.auth_method,
            token=self.token,
        )


@pytest.fixture(params=["client_secret_basic", "client_secret_post", "none"])
def app(user, request):
    app = App(request.param)
    yield app
    app.server.shutdown()


def sign_in(app, decision):
    """Opens the app, signs in and decides; ends on the app's own page."""
    browser = mechanicalsoup.StatefulBrowser(raise_on_404=True)
    browser.open(f"{app.url}/login")
    press(browser, "#login-submit", username="agatha", password=password)
    press(browser, decision)
    assert browser.url.startswith(f"{app.url}/callback"), f"{browser.url}: {browser.page.get_text(' ', strip=True)}"
    return browser


def press(browser, selector, **typed):
    button = browser.page.select_one(selector)
    assert button, f"no {selector} on {browser.url}: {browser.page.get_text(' ', strip=True)}"
    form = browser.select_form(button.find_parent("form"))
    for name, value in typed.items():
        form.set(name, value)
    if button.get("name"):
        form.choose_submit(button)
    origin = "/".join(browser.url.split("/")[:3])
    response = browser.submit_selected(headers={"Origin": origin})
    response.raise_for_status()


def test_sign_in_userinfo_refresh_revoke(app, user):
    sign_in(app, "#consent-allow")
    assert app.refusal is None
    # Authlib validated the ID token against the JWKS, with its nonce, on the way here.
    assert app.token["userinfo"]["iss"] == issuer
    assert app.token["userinfo"]["sub"] == user["id"]

    userinfo = app.get_userinfo()
    assert userinfo["sub"] == user["id"]
    assert (userinfo["name"], userinfo["email"], userinfo["email_verified"]) == ("Agatha", "agatha@example.org", True)

    metadata = app.metadata()
    session = app.session()
    first = dict(app.token)
    fresh = session.refresh_token(metadata["token_endpoint"], refresh_token=first["refresh_token"])
    assert fresh["access_token"] != first["access_token"]
    assert session.get(metadata["userinfo_endpoint"]).json()["sub"] == user["id"]
    refresh_token = fresh.get("refresh_token", first["refresh_token"])
    if app.auth_method == "none":
        assert refresh_token != first["refresh_token"], "a public client gets a new refresh token each time"

    def revoke(token, hint):
        assert session.revoke_token(metadata["revocation_endpoint"], token=token, token_type_hint=hint).status_code == 200

    revoke(fresh["access_token"], "access_token")
    assert session.get(metadata["userinfo_endpoint"]).status_code == 401
    revoke(refresh_token, "refresh_token")
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.refresh_token(metadata["token_endpoint"], refresh_token=refresh_token)


def test_a_denial_reaches_the_app(app):
    sign_in(app, "#consent-deny")
    assert app.token is None
    assert app.refusal == "access_denied"
