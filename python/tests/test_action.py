"""The script of the GitHub action, against a stand-in for GitHub's API."""

import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading

import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "hooks" / "github" / "lint.py"
CLEAN = "create table shop.orders (order_id bigint not null, placed_at timestamp) sortkey (placed_at);\n"
KNOWN = CLEAN.replace("placed_at timestamp", "price real, placed_at timestamp")
NEW = "create table shop.lines (line_id bigint, amount double precision) sortkey (gone);\n"


class GitHub(http.server.BaseHTTPRequestHandler):
    """Comments of pull requests, and what was asked."""

    comments, asked, status = [], [], 200

    def answer(self, method):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        GitHub.asked.append((method, self.path, self.headers.get("Authorization")))
        answer = {}
        if method == "GET":
            answer = GitHub.comments
        elif method == "POST":
            GitHub.comments.append({"id": len(GitHub.comments) + 1, **body})
        else:
            number = int(self.path.rsplit("/", 1)[-1])
            next(one for one in GitHub.comments if one["id"] == number).update(body)
        self.send_response(GitHub.status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def do_GET(self):
        self.answer("GET")

    def do_POST(self):
        self.answer("POST")

    def do_PATCH(self):
        self.answer("PATCH")

    def log_message(self, *_):
        pass


@pytest.fixture
def github():
    GitHub.comments, GitHub.asked, GitHub.status = [{"id": 1, "body": "looks good"}], [], 200
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), GitHub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def checkout(tmp_path):
    """A clone of a repository, whose main branch has one finding."""
    there, here = tmp_path / "origin", tmp_path / "clone"
    there.mkdir()
    git(there, "init", "-q", "-b", "main")
    (there / "orders.sql").write_text(KNOWN)
    git(there, "add", ".")
    git(there, "commit", "-qm", "tables")
    git(tmp_path, "clone", "-q", str(there), str(here))
    return here


def git(folder, *arguments):
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True)


def run(checkout, api="", **more):
    env = {
        **os.environ,
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(checkout.parent / "output"),
        "GITHUB_STEP_SUMMARY": str(checkout.parent / "summary"),
        "PATHS": ".",
        "SARIF": "distkey.sarif",
        "API": api,
        "REPOSITORY": "shop/tables",
        "BASE": "main",
        "PULL_REQUEST": "7",
        "TOKEN": "secret-token",
        **more,
    }
    return subprocess.run([sys.executable, str(SCRIPT)], cwd=checkout, env=env, capture_output=True, text=True, check=False)


def outputs(checkout):
    lines = (checkout.parent / "output").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_one_comment_says_what_changed_and_is_updated(checkout, github):
    (checkout / "lines.sql").write_text(NEW)
    ran = run(checkout, github)
    assert ran.returncode == 1, ran.stderr
    assert "::error file=lines.sql,line=1" in ran.stdout
    assert "secret-token" not in ran.stdout + ran.stderr
    assert outputs(checkout) == {"sarif": "distkey.sarif", "new": "2"}
    assert json.loads((checkout / "distkey.sarif").read_text())["runs"]
    assert "DK224" in (checkout.parent / "summary").read_text()
    _, ours = GitHub.comments
    assert "2 findings more than on `main`" in ours["body"]
    # Of what the base branch has nothing is said.
    assert "DK224" in ours["body"] and "orders.sql" not in ours["body"]
    # Again, when one of the base branch is mended and the new ones are gone.
    (checkout / "lines.sql").unlink()
    (checkout / "orders.sql").write_text(CLEAN)
    ran = run(checkout, github)
    assert ran.returncode == 0, ran.stdout
    assert [one["id"] for one in GitHub.comments] == [1, 2]
    assert "nothing new against `main`, 1 finding of it gone" in GitHub.comments[1]["body"]
    assert all(token == "Bearer secret-token" for _, _, token in GitHub.asked)
    # Nothing of it stays in the checkout.
    status = subprocess.run(["git", "status", "--porcelain"], cwd=checkout, capture_output=True, text=True, check=True)
    assert status.stdout.split() == ["M", "orders.sql", "??", "distkey.sarif"]
    trees = subprocess.run(["git", "worktree", "list"], cwd=checkout, capture_output=True, text=True, check=True)
    assert len(trees.stdout.splitlines()) == 1


def test_nothing_is_said_of_nothing(checkout, github):
    (checkout / "more.sql").write_text("select 1;\n")
    ran = run(checkout, github)
    assert (ran.returncode, len(GitHub.comments)) == (0, 1), ran.stdout


def test_without_a_token_nothing_is_asked(checkout, github):
    ran = run(checkout, github, TOKEN="")
    assert (ran.returncode, GitHub.asked, outputs(checkout)["new"]) == (0, [], "0")


def test_a_push_is_not_compared(checkout, github):
    ran = run(checkout, github, BASE="", PULL_REQUEST="")
    assert (ran.returncode, GitHub.asked) == (0, [])
    assert "new" not in outputs(checkout)


@pytest.mark.parametrize("fault", [{"status": 403}, {"base": "gone"}])
def test_what_is_found_counts_though_it_can_not_be_told(checkout, github, fault):
    GitHub.status = fault.get("status", 200)
    (checkout / "lines.sql").write_text(NEW)
    ran = run(checkout, github, BASE=fault.get("base", "main"))
    assert ran.returncode == 1
    assert "::warning::the pull request was not compared with its base" in ran.stdout
