"""The built client, served by the server itself. `make setup` builds it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.rest.bad_values import raw
from tests.rest.shapes import refused
from tests.support.server import TmsServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TmsServer]:
    """The files do not depend on the database: one server for all of them."""
    made = TmsServer(tmp_path_factory.mktemp("client") / "server", {})
    try:
        made.start()
        yield made
    finally:
        made.close()


def get(server: TmsServer, path: str) -> httpx.Response:
    return raw(server, "GET", path)


def asset(server: TmsServer) -> str:
    """The address of a built script, from the page that loads it."""
    found = re.search(r'(?:src|href)="(/assets/[^"]+\.js)"', get(server, "/").text)
    assert found, get(server, "/").text
    return found.group(1)


@pytest.mark.parametrize(
    "path", ["/", "/setup", "/join", "/c/01a2-b3", "/deep/down/below", "/index.html", "/apis", "/healthy"]
)
def test_every_address_of_the_client_gives_its_page(server: TmsServer, path: str) -> None:
    answer = get(server, path)
    assert (answer.status_code, answer.text) == (200, get(server, "/").text)
    assert answer.headers["content-type"].startswith("text/html")
    assert "<html" in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_pages_policy_allows_our_own_scripts_and_our_own_socket_only(server: TmsServer) -> None:
    policy = get(server, "/").headers["content-security-policy"]
    rules = {name: values for name, *values in (rule.split() for rule in policy.split(";"))}
    assert rules["default-src"] == ["'self'"]
    assert rules.get("script-src", ["'self'"]) == ["'self'"]
    host = f"127.0.0.1:{server.port}"
    assert rules["worker-src"] == ["'self'"]
    assert rules["connect-src"] == ["'self'", f"ws://{host}", f"wss://{host}"]
    assert (rules["object-src"], rules["base-uri"], rules["frame-ancestors"]) == (["'none'"], ["'none'"], ["'none'"])
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|javascript:", get(server, "/").text)


@pytest.mark.parametrize("host", ["evil.example; script-src *", "a'b", 'a"b', "a b", "\xe9", ""])
def test_no_host_header_gets_into_the_policy(server: TmsServer, host: str) -> None:
    answer = raw(server, "GET", "/", {"Host": host})
    if answer.status_code == 200:
        assert host == "" or host not in answer.headers["content-security-policy"]
    else:
        assert answer.status_code == 400


def test_hashed_assets_may_be_kept_for_ever(server: TmsServer) -> None:
    answer = get(server, asset(server))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = raw(server, "GET", asset(server), {"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = raw(server, "HEAD", asset(server))
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(answer.content)))


def test_the_service_worker_is_a_script_that_is_asked_for_each_time(server: TmsServer) -> None:
    answer = get(server, "/sw.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'self'"
    again = raw(server, "GET", "/sw.js", {"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")


def test_the_service_worker_keeps_every_file_of_the_page_and_nothing_that_is_not_there(server: TmsServer) -> None:
    worker = get(server, "/sw.js").text
    kept = set(re.findall(r'"?(assets/[^"`\']+\.(?:js|css|woff2))', worker))
    assert set(re.findall(r'(?:src|href)="/(assets/[^"]+)"', get(server, "/").text)) <= kept
    assert len(kept) > 10
    for name in kept:
        assert get(server, f"/{name}").status_code == 200, name
    assert not re.search(r"\b(?:import|export|importScripts)\b", worker), "it is loaded as a classic script"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/none.js", "/assets/", "/none.png", "/favicon.none", "/a/b.js", "/c/sw.js", "/assets/%00",
        "/a%00b.js", "/%ff.js",
        # The page under another name would come without its policy.
        "/assets/../index.html", "/assets/..%2findex.html", "/assets/%2e%2e/index.html", "/%2e/index.html",
        "/x/..%2findex.html", "/.%2findex.html", "//index.html",
        "/..%2f..%2fapp.py", "/../app.py", "/assets/..%2f..%2f..%2fapp.py", "/%2e%2e/app.py", "/..%5capp.py",
        "//etc/passwd.txt", "/" + "x" * 300 + ".js", "/" + "x/" * 2000 + "a.js", "/assets/" + "x" * 5000,
    ],
    ids=lambda path: path[:40],
)  # fmt: skip
def test_a_file_that_is_not_there_is_404_and_never_the_page_or_a_file_of_the_server(
    server: TmsServer, path: str
) -> None:
    answer = get(server, path)
    assert answer.status_code == 404, answer.text[:200]
    assert "<html" not in answer.text
    assert "import" not in answer.text


@pytest.mark.parametrize("path", ["/%00", "/a%00b", "/%ff%fe", "/%ed%a0%80", "/" + "x" * 5000])
def test_odd_addresses_are_answered_too(server: TmsServer, path: str) -> None:
    assert get(server, path).status_code in (200, 404)


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1/none", "/api/none.js", "/health/none", "/metrics"])
def test_an_unknown_address_of_the_server_is_json_and_not_the_page(server: TmsServer, path: str) -> None:
    refused(get(server, path), 404, code="not_found")


def test_served_by_us_the_client_needs_no_configuration(server: TmsServer) -> None:
    answer = get(server, "/config.json")
    assert (answer.status_code, answer.json()) == (200, {})
    assert answer.headers["cache-control"] == "no-store"


def test_nothing_of_it_all_was_an_error(server: TmsServer) -> None:
    assert '"level": "error"' not in server.stderr
    assert "Traceback" not in server.stderr


def test_the_own_origin_of_the_page_may_use_the_api(server: TmsServer) -> None:
    for host in (f"127.0.0.1:{server.port}", f"localhost:{server.port}", "chat.lan"):
        headers = {"Host": host, "Origin": f"http://{host}"}
        assert raw(server, "GET", "/api/v1/config", headers).headers["access-control-allow-origin"] == f"http://{host}"
