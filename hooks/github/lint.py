"""What the GitHub action runs: annotations and the job's summary, SARIF, and a comment on the pull request.

Reads PATHS, ARGUMENTS, SARIF, TOKEN, API, REPOSITORY, BASE, PULL_REQUEST and GITHUB_OUTPUT. Needs nothing but
Python and distkey. Its exit code is that of `distkey lint`.
"""

import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

#: By this the comment is found again.
MARKER = "<!-- distkey lint -->"
#: A comment may have 65,536 characters.
LONGEST = 60_000
BASELINE = ".distkey-base.json"
WAIT = 30


def value(name: str) -> str:
    return os.environ.get(name, "").strip()


def distkey(*arguments: str, folder: "str | None" = None) -> "subprocess.CompletedProcess[str]":
    """Runs `distkey lint` on the paths; its own annotations and summary are those of the first run alone."""
    env = {name: one for name, one in os.environ.items() if name not in ("GITHUB_STEP_SUMMARY", "GITHUB_ACTIONS")}
    command = [sys.executable, "-m", "distkey", "lint", *shlex.split(value("PATHS") or ".")]
    command += [*shlex.split(value("ARGUMENTS")), *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, encoding="utf-8", check=False)


def annotate() -> int:
    """Annotations on standard output and the summary of the job."""
    command = [sys.executable, "-m", "distkey", "lint", *shlex.split(value("PATHS") or ".")]
    return subprocess.run([*command, *shlex.split(value("ARGUMENTS")), "--format", "github"], check=False).returncode


def write_sarif() -> None:
    path = value("SARIF")
    if not path:
        return
    ran = distkey("--format", "sarif", "-o", path, "--exit-zero")
    if pathlib.Path(path).exists():
        output("sarif", path)
    else:
        print(f"::warning::no SARIF was written: {ran.stderr.strip()}")


def output(name: str, of: str) -> None:
    path = value("GITHUB_OUTPUT")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"{name}={of}\n")


def git(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)


def findings(document: str) -> "list[tuple[str, str, str]]":
    files = json.loads(document)["files"]
    return [(one["path"], found["code"], found["message"]) for one in files for found in one["findings"]]


def against_base(base: str) -> "tuple[int, int, str]":
    """Findings that the base branch does not have, how many of its own are gone, and the new ones as Markdown."""
    fetched = git("fetch", "--quiet", "--depth=1", "origin", base)
    if fetched.returncode != 0:
        raise RuntimeError(f"cannot fetch `{base}`: {fetched.stderr.strip()}")
    commit = git("rev-parse", "FETCH_HEAD").stdout.strip()
    with tempfile.TemporaryDirectory() as folder:
        tree = os.path.join(folder, "base")
        added = git("worktree", "add", "--quiet", "--detach", tree, commit)
        if added.returncode != 0:
            raise RuntimeError(f"cannot check out `{base}`: {added.stderr.strip()}")
        try:
            ran = distkey("--baseline", BASELINE, "--write-baseline", folder=tree)
            known = pathlib.Path(tree, BASELINE)
            if not known.exists():
                raise RuntimeError(f"`{base}` can't be linted: {ran.stderr.strip()}")
            of_base = findings(distkey("--format", "json", "--exit-zero", folder=tree).stdout)
            # Its paths are relative to its own folder.
            pathlib.Path(BASELINE).write_bytes(known.read_bytes())
        finally:
            git("worktree", "remove", "--force", tree)
    try:
        new = findings(distkey("--format", "json", "--exit-zero", "--baseline", BASELINE).stdout)
        text = distkey("--format", "markdown", "--exit-zero", "--baseline", BASELINE).stdout
    finally:
        pathlib.Path(BASELINE).unlink()
    now = findings(distkey("--format", "json", "--exit-zero").stdout)
    return len(new), len(of_base) - (len(now) - len(new)), text


def comment(base: str, new: int, gone: int, text: str) -> str:
    def counted(count: int) -> str:
        return "1 finding" if count == 1 else f"{count} findings"

    head = f"**distkey**: {counted(new)} more than on `{base}`" if new else f"**distkey**: nothing new against `{base}`"
    if gone > 0:
        head += f", {counted(gone)} of it gone"
    parts = [MARKER, head]
    if new:
        parts.append(text if len(text) <= LONGEST else text[:LONGEST].rsplit("\n", 1)[0] + "\n\n… and more: see the job's summary.")
    return "\n\n".join(parts)


def ask(method: str, path: str, body: "dict | None" = None) -> "list | dict":
    request = urllib.request.Request(
        f"{value('API') or 'https://api.github.com'}/repos/{value('REPOSITORY')}/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {value('TOKEN')}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=WAIT) as answer:
        return json.load(answer)


def ours(number: str) -> "int | None":
    """The comment that was written before."""
    page = 1
    while True:
        found = ask("GET", f"issues/{number}/comments?per_page=100&page={page}")
        for one in found:
            if (one.get("body") or "").startswith(MARKER):
                return one["id"]
        if len(found) < 100:
            return None
        page += 1


def tell(number: str, body: str, is_worth_it: bool) -> None:
    """Updates the comment, or writes the first one where there is something to say."""
    known = ours(number)
    if known is not None:
        ask("PATCH", f"issues/comments/{known}", {"body": body})
    elif is_worth_it:
        ask("POST", f"issues/{number}/comments", {"body": body})


def main() -> int:
    code = annotate()
    sys.stdout.flush()
    write_sarif()
    base, number = value("BASE"), value("PULL_REQUEST")
    if not (base and number):
        return code
    try:
        new, gone, text = against_base(base)
        output("new", str(new))
        if value("TOKEN"):
            tell(number, comment(base, new, gone, text), new > 0 or gone > 0)
    except (RuntimeError, OSError, ValueError) as error:
        # As with the token of a fork, which may not write: what was found stands in the annotations.
        print(f"::warning::the pull request was not compared with its base: {error}")
    return code


if __name__ == "__main__":
    sys.exit(main())
