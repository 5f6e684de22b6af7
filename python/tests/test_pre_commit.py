"""The hook as pre-commit installs it: from a folder of wheels, named by DISTKEY_WHEELS."""

import os
import pathlib
import shutil
import subprocess

import pytest

HOOK = pathlib.Path(__file__).parents[2] / "hooks" / "pre-commit"
WHEELS = os.environ.get("DISTKEY_WHEELS")


def run(folder, *command, **env):
    return subprocess.run(command, cwd=folder, env={**os.environ, **env}, capture_output=True, text=True, check=False)


def repository(folder):
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for arguments in [["init", "-q"], ["add", "."], [*who, "commit", "-qm", "all"]]:
        assert run(folder, "git", *arguments).returncode == 0


@pytest.mark.skipif(not WHEELS, reason="DISTKEY_WHEELS names no folder with the wheel")
@pytest.mark.skipif(not shutil.which("pre-commit"), reason="pre-commit is not installed")
def test_the_hook_is_installed_in_seconds_and_takes_the_tables_of_other_files(tmp_path):
    hook, shop = tmp_path / "hook", tmp_path / "shop"
    shutil.copytree(HOOK, hook)
    repository(hook)
    (shop / "ddl").mkdir(parents=True)
    (shop / "ddl" / "a.sql").write_text("create table customers (customer_id varchar(32) not null primary key);\n")
    orders = "create table orders (order_id bigint, customer_id bigint references customers (customer_id));\n"
    (shop / "ddl" / "b.sql").write_text(orders)
    (shop / "ddl" / "c.sql").write_text("create table other (x int) sortkey (gone);\n")
    repository(shop)
    # A cache of its own: a wheel of the same version may have been installed before.
    env = {"PRE_COMMIT_HOME": str(tmp_path / "home"), "PIP_FIND_LINKS": WHEELS, "PIP_NO_CACHE_DIR": "1"}
    command = ["pre-commit", "try-repo", str(hook), "distkey-lint", "--files", "ddl/b.sql"]
    ran = run(shop, *command, **env)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    # The finding takes the table of another file, and no other file is told of.
    assert "DK205" in ran.stdout, ran.stdout
    assert "c.sql" not in ran.stdout
