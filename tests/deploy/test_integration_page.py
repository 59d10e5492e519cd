"""docs/INTEGRATION.md is true: its TypeScript is compiled and serves, and its commands give the answers shown there.

Next.js and NextAuth are too heavy for this; the few lines in STANDS_IN take their places. The rest is the page's own.
`WRITE_INTEGRATION_PAGE=1 pytest tests/deploy/test_integration_page.py` puts the answers of today into the page.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.architecture.test_docs import environment_names
from tests.deploy.test_page import commands, same
from tests.support.people import Person, checked
from tests.support.processes import PATH, bound_to_us, free_port, wait_until
from tests.support.server import TMS, TmsServer

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "INTEGRATION.md"
NODE = str(ROOT / "scripts" / "node.sh")
MODULES = ROOT / "web" / "node_modules"

SECRET, KEY = "5b0e6d1f7c2a4938a1d4c6e8f0b2d395", "c81f5e07a9d3426bb4e6f8a0c2d4e617"
# Where the page has its two servers, and what a browser would say of the chat.
CHAT, APP, CALLBACK = "localhost:8000", "localhost:3000", "http://localhost:8000/auth/callback"
# What the reader fills in, as the page says it.
BLANKS = {
    "…the secret of your app, exactly as it has it…": SECRET,
    "…the CHAT_API_KEY of your app…": KEY,
    "…what openssl rand -hex 32 prints…": KEY,
}
# The app's own, and the library's.
NOT_SETTINGS = {"CHAT_URL", "CHAT_ORIGINS", "CHAT_API_KEY", "STAYS_IN"}
#: Its first line names the file, and which version of the library it is for; `.env` files name whose they are.
NAMED = re.compile(r"(?://|#) ([\w./\[\]-]+\.(?:tsx?|sh))(?: \((v\d)\)|:.*)?\n|# (\.env[\w.]* \(.*\n)")

# The reader has it in v5; the page's file takes its place in v4.
AUTH_OF_V5 = {
    "auth.ts": "export const auth = async (): Promise<{ user?: { id?: string } } | null> => null;",
}
STANDS_IN = {
    "next-auth.ts": """
        export interface DefaultSession { user: { name?: string | null } }
        export interface Session extends DefaultSession { expires: string }
        export const now: { in?: string } = {};
        export async function getServerSession(_options: object): Promise<Session | null> {
          return now.in ? ({ user: { id: now.in }, expires: "" } as Session) : null;
        }
    """,
    "lib/auth.ts": """
        import { redirectAfterSignIn } from "./chat/callback";
        import { signOutOfChat } from "./chat/news";
        export const authOptions = { callbacks: { redirect: redirectAfterSignIn }, events: { signOut: signOutOfChat } };
    """,
    "main.ts": """
        import { createServer } from "node:http";
        import { now } from "next-auth";
        import { authOptions } from "@/lib/auth";
        import { unreadOf } from "@/lib/chat/objects";
        import * as sso from "@/app/api/v1/auth/sso/route";
        import * as search from "@/app/api/v1/users/search/route";
        import * as user from "@/app/api/v1/users/[id]/route";
        import * as task from "@/app/tasks/[id]/chat/route";

        async function answer(request: Request): Promise<Response> {
          const { pathname, searchParams } = new URL(request.url);
          const params = Promise.resolve({ id: decodeURIComponent(pathname.split("/").at(-1)!) });
          now.in = request.headers.get("signed-in") ?? undefined;
          if (pathname === "/api/v1/auth/sso") return sso.GET(request);
          if (pathname === "/api/v1/users/search") return search.GET(request);
          if (pathname.startsWith("/api/v1/users/")) return user.GET(request, { params });
          if (pathname === "/tasks/123/chat") return task.POST(request, { params: Promise.resolve({ id: "123" }) });
          if (pathname === "/sign-out") await authOptions.events.signOut({ token: { sub: now.in } });
          if (pathname === "/unread") return Response.json(await unreadOf(now.in!));
          const redirect = { url: searchParams.get("to") ?? "/", baseUrl: "http://localhost:3000" };
          return new Response(authOptions.callbacks.redirect(redirect));
        }

        createServer(async (req, res) => {
          const headers = new Headers(Object.entries(req.headers) as [string, string][]);
          const address = `http://${req.headers.host}${req.url}`;
          const said = await answer(new Request(address, { method: req.method, headers }));
          res.writeHead(said.status, Object.fromEntries(said.headers)).end(await said.text());
        }).listen(Number(process.env.PORT), "127.0.0.1");
    """,
    "tsconfig.json": """
        {"compilerOptions": {"target": "ES2022", "lib": ["dom", "esnext"], "strict": true, "noEmit": true,
          "jsx": "react-jsx", "module": "esnext", "moduleResolution": "bundler", "skipLibCheck": true,
          "types": ["node"], "paths": {"@/*": ["./*"], "next-auth": ["./next-auth.ts"]}},
         "include": ["**/*.ts", "**/*.tsx"]}
    """,
    "vite.config.mjs": """
        const alias = { "@": import.meta.dirname, "next-auth": `${import.meta.dirname}/next-auth.ts` };
        export default { resolve: { alias }, build: { ssr: "main.ts", outDir: "out" }, logLevel: "warn" };
    """,
}


def blocks(language: str) -> list[str]:
    """The fenced blocks of this language, also those within a list."""
    return re.findall(rf"^ *```{language}\n(.*?)^ *```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)


def files(version: str) -> dict[str, str]:
    """The files of the page, by their names."""
    found = {}
    for block in [*blocks("tsx?"), *blocks("sh")]:
        named = NAMED.match(block)
        if named is not None and named[1] and named[2] in (None, version):
            found[named[1]] = block
    return found


def variables(owner: str) -> str:
    """The `.env` of the page, filled in: the chat's, as it is after step 4, or the app's."""
    text = ""
    for block in blocks("sh"):
        named = NAMED.match(block)
        if named is not None and named[3] and owner in named[3] and "rights" not in named[3]:
            text += block
    for blank, value in BLANKS.items():
        text = text.replace(blank, value)
    return text


def run(folder: Path, *command: str) -> None:
    done = subprocess.run([NODE, *command], cwd=folder, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def app_folder(folder: Path, version: str) -> Path:
    for name, text in {**AUTH_OF_V5, **files(version), **STANDS_IN}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "node_modules").symlink_to(MODULES)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app in one file, made of the page's."""
    folder = app_folder(tmp_path_factory.mktemp("app"), "v4")
    run(folder, "node", str(MODULES / "vite" / "bin" / "vite.js"), "build")
    return folder / "out" / "main.mjs"


@dataclass(frozen=True)
class Place:
    """The two servers of the page, and a terminal in the chat's folder."""

    chat: TmsServer
    app: httpx.Client

    def type(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", f"set -a; . ./.env; set +a; {command}"],
            cwd=self.chat.folder, env={"PATH": PATH, "CURL_HOME": str(self.chat.folder)},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert not done.stderr, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout.replace("\r", "").rstrip("\n")

    def go(self, path: str, who: str | None = None, method: str = "GET") -> httpx.Response:
        """What the app answers this person, or somebody who is signed out."""
        return self.app.request(method, path, headers={} if who is None else {"signed-in": who})

    def enter(self, who: str) -> Person:
        """Through the app's route, as a browser goes; with the code that it gives."""
        back = self.go(f"/api/v1/auth/sso?callbackUrl={CALLBACK}", who)
        assert back.headers["location"].startswith(f"{CALLBACK}?code="), back.headers
        code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
        answer = httpx.post(f"{self.chat.base_url}/api/v1/auth/sso/exchange", json={"code": code})
        exchanged = checked(answer, 200)
        return Person.with_token(self.chat, exchanged["token"], exchanged["user"])


@pytest.fixture
def place(built: Path, tmp_path: Path) -> Iterator[Place]:
    port = free_port()
    chat = TmsServer(tmp_path, {"USER_MANAGEMENT_API_URL": f"http://127.0.0.1:{port}"})
    (tmp_path / ".env").write_text(variables("chat"))
    (tmp_path / ".venv").symlink_to(TMS.parents[1])
    ports = f'connect-to = "{CHAT}:127.0.0.1:{chat.port}"\nconnect-to = "{APP}:127.0.0.1:{port}"\n'
    (tmp_path / ".curlrc").write_text(ports)
    for name, text in files("v4").items():
        if name.endswith(".sh"):
            (tmp_path / name).write_text(text)
    env = dict(re.findall(r"^(\w+)='?(.*?)'?$", variables("app"), re.MULTILINE)) | {"CHAT_URL": chat.base_url}
    command = bound_to_us([NODE, "node", str(built)], signal="KILL")
    app = subprocess.Popen(command, env={"PATH": PATH, "PORT": str(port), "NEXTAUTH_SECRET": SECRET, **env})
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20)
    try:
        wait_until(lambda: app.poll() is not None or answers(client), seconds=20, what="the app answers")
        assert app.poll() is None, "the app ended"
        chat.start()
        yield Place(chat, client)
    finally:
        chat.close()
        client.close()
        app.kill()
        app.wait()


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/").status_code == 200
    except httpx.TransportError:
        return False


def steady(text: str) -> str:
    """Without what differs each time: ids of conversations, and moments."""
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC( \(\d+ s\))?", "MOMENT", text)


@pytest.mark.parametrize("version", ["v4", "v5"])
def test_the_typescript_of_the_page_is_strict(version: str, tmp_path: Path) -> None:
    assert len(files(version)) > 10
    run(app_folder(tmp_path, version), "node", str(MODULES / "typescript" / "bin" / "tsc"), "-p", ".")


def test_every_command_of_the_page_gives_the_answer_shown_there(place: Place) -> None:
    page, wrong = PAGE.read_text(), []
    for block in blocks("console"):
        written = ""
        for command, shown in commands(block):
            now = place.type(command)
            if not same(steady(shown), steady(now)):
                wrong.append(f"$ {command}\nthe page:\n{shown}\nnow:\n{now}")
                shown = now
            written += f"$ {command}\n" + (f"{shown}\n" if shown else "")
        page = page.replace(block, written)
    if os.environ.get("WRITE_INTEGRATION_PAGE"):
        PAGE.write_text(page)
    else:
        assert not wrong, "\n\n".join(wrong)


def test_the_way_to_the_app_and_back(place: Place) -> None:
    signed_out = place.go(f"/api/v1/auth/sso?callbackUrl={CALLBACK}")
    sign_in = urlsplit(signed_out.headers["location"])
    assert (signed_out.status_code, sign_in.path) == (302, "/api/auth/signin")
    # After signing in the app sends the browser to its own route again, with the same question.
    again = parse_qs(sign_in.query)["callbackUrl"][0]
    assert place.go(again, "u-ana").headers["location"].startswith(f"{CALLBACK}?code=")
    ana = place.enter("u-ana")
    assert (ana.id, ana.name) == ("u-ana", "Ana Reyes")
    # Bob never came: the chat finds him by the search of the page.
    assert [found["id"] for found in ana.http.get("/users/", params={"q": "sto"}).json()] == ["u-bob"]
    ana.close()


def test_nobody_else_is_told_of_people_or_handed_a_way_in(place: Place) -> None:
    for path in ("/api/v1/users/u-ana", "/api/v1/users/search?q=ana"):
        for headers in ({}, {"X-API-Key": ""}, {"X-API-Key": KEY[:-1]}, {"X-API-Key": KEY[1:]}):
            assert place.app.get(path, headers=headers).status_code == 401
    for address in (
        "https://evil.example/auth/callback",
        "http://localhost:8000.evil.example/auth/callback",
        "http://localhost:8000@evil.example/auth/callback",
        "http://localhost:8000/elsewhere",
        "//localhost:8000/auth/callback",
        "",
    ):
        answer = place.app.get("/api/v1/auth/sso", params={"callbackUrl": address}, headers={"signed-in": "u-ana"})
        assert (answer.status_code, "location" in answer.headers) == (400, False), address
        # Nor does the app's own sign-in page lead there.
        assert place.app.get("/", params={"to": address}).text.startswith("http://localhost:3000"), address


def test_who_signs_out_of_the_app_is_signed_out_of_the_chat(place: Place) -> None:
    ana, bob = place.enter("u-ana"), place.enter("u-bob")
    # Tokens carry whole seconds: one of this very second counts as made after the sign-out.
    wait_until(lambda: place.go("/sign-out", "u-ana").is_success and signed_out(ana), seconds=5, what="Ana is out")
    checked(bob.http.get("/users/me"), 200)
    again = place.enter("u-ana")
    checked(again.http.get("/users/me"), 200)
    for person in (ana, bob, again):
        person.close()


def signed_out(person: Person) -> bool:
    return person.http.get("/users/me").status_code == 401


def test_a_task_gets_its_conversation_and_a_badge(place: Place) -> None:
    assert place.go("/tasks/123/chat", "u-cyd", "POST").status_code == 404
    opened = place.go("/tasks/123/chat", "u-ana", "POST")
    link = opened.headers["location"]
    assert opened.status_code == 303
    assert link.startswith(f"{place.chat.base_url}/c/")
    ana = place.enter("u-ana")
    ana.send(link.rpartition("/")[2], "Where is the lift?")
    ana.close()
    assert place.go("/unread", "u-bob").json() == 1
    assert place.go("/unread", "u-ana").json() == 0
    place.chat.stop()
    assert place.go("/unread", "u-bob").json() == 0, "a page of the app does without the number"


def test_every_variable_of_the_page_exists() -> None:
    named = set(re.findall(r"(?<![\w/.])([A-Z][A-Z]*_[A-Z_]+)(?==|`|[.,:;)])", PAGE.read_text()))
    settings = set(environment_names())
    assert {"NEXTAUTH_SECRET", "HOST_PUBLIC_URL", "USER_MANAGEMENT_API_KEY", "HOST_ROLES"} <= named & settings
    assert named - settings - NOT_SETTINGS == set()


def test_the_rights_of_the_page_are_settings_that_start(tmp_path: Path) -> None:
    (rights,) = [block for block in blocks("sh") if block.startswith("# .env (chat), rights")]
    (tmp_path / ".env").write_text(variables("chat") + rights)
    server = TmsServer(tmp_path, {"USER_MANAGEMENT_API_URL": "http://127.0.0.1:9"})
    try:
        server.start()
    finally:
        server.close()
