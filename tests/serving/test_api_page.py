"""The page at / asks nobody but its own server, and lets the browser hold it to that."""

import base64
import hashlib
import re

from serving.api_page import api_page


def test_everything_it_loads_is_relative() -> None:
    page = api_page("assets").body.decode()
    loaded = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert loaded == ["data:,", "assets/swagger-ui.css", "assets/swagger-ui-bundle.js"]
    assert "//" not in page
    assert 'url: "openapi.json"' in page
    assert "validatorUrl: null" in page


def test_only_its_own_script_may_run_and_only_its_own_server_be_asked() -> None:
    answer = api_page("assets")
    page = answer.body.decode()
    rules = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    assert rules["default-src"] == "'self'"
    (script,) = re.findall(r"<script>(.*?)</script>", page)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert rules["script-src"] == f"'self' 'sha256-{digest}'"
    assert "http" not in answer.headers["content-security-policy"]
