# SPDX-License-Identifier: ISC
"""sallyport check and explain, as an administrator calls them."""

import os
import re
import subprocess

import pytest

SALLYPORT = os.environ.get("SALLYPORT", "./sallyport")

LISTENER = """listener = { in = { address = "127.0.0.1:2525"
  forward-to = "mail.example.com" } }
rules = (
  { name = "lab"  client = "10.0.5.0/24"
    receiver = { min-bits = 256 } }
)
"""


def run(*arguments):
    return subprocess.run([SALLYPORT, *arguments], text=True,
                          capture_output=True, timeout=20, check=False)


@pytest.fixture(name="conf")
def fixture_conf(tmp_path):
    path = tmp_path / "a.conf"
    path.write_text(LISTENER)
    return path


def test_check_of_a_sound_file(conf):
    done = run("check", "-c", str(conf))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{conf}: nothing is wrong\n"


def test_check_tells_every_fault(conf):
    conf.write_text(LISTENER + 'user = 5\nlimits = { sesions = 1 }\n')
    done = run("check", "-c", str(conf))
    assert done.returncode == 1
    assert done.stdout == (
        f"{conf}:7: user: 5 is not a text in quotes\n"
        f"{conf}:8: limits.sesions: no such setting; "
        "did you mean sessions?\n")


def test_a_faulty_file_does_not_run(conf):
    conf.write_text("listener = {")
    done = run("-c", str(conf))
    assert done.returncode == 78
    assert "a.conf:1: listener: the { of this line is never closed" in \
        done.stderr


def test_explain_says_where_a_setting_came_from(conf):
    done = run("explain", "-c", str(conf), "--client", "127.0.0.1",
               "--set", "sender.min-bits=256", "--set", "clients=::/0,0.0.0.0/0")
    assert done.returncode == 0
    assert 'rule "lab" ' in done.stdout and "does not match" in done.stdout
    line = next(line for line in done.stdout.splitlines()
                if line.strip().startswith("min-bits = 256"))
    assert line.endswith("# command line")
    done = run("explain", "-c", str(conf), "--client", "10.0.5.9",
               "--set", "clients=10.0.0.0/8")
    line = next(line for line in done.stdout.splitlines()
                if line.strip().startswith("min-bits = 256"))
    assert line.endswith(f"# {conf}:5")


def test_explain_of_a_stranger(conf):
    done = run("explain", "-c", str(conf), "--client", "192.0.2.1")
    assert "only this host may use it" in done.stdout


@pytest.mark.parametrize("arguments, status", [
    (["check", "what"], 64),
    (["check", "--frob"], 64),
    (["explain"], 64),
    (["explain", "--client", "host.example"], 64),
    (["explain", "--client", "::1", "-c", "/nonexistent"], 78),
    (["explain", "--client", "::1", "--listener", "none",
      "-l", "127.0.0.1:2", "-f", "a.example"], 64),
    (["check", "-l", "0.0.0.0:2", "-f", "a.example"], 1),
    (["check", "-l", "127.0.0.1:2", "-f", "a.example"], 0),
])
def test_exit_statuses(arguments, status):
    assert run(*arguments).returncode == status


def test_explain_tells_where_redirected_connections_go(conf):
    conf.write_text("""listener = {
  in = { address = "127.0.0.1:2525" forward-to = "original"
         default-forward-to = "mail.example.com" } }
rules = (
  { name = "near" destination = "10.0.0.0/8" receiver = { tls = "may" } } )
""")
    asked = ("explain", "-c", str(conf), "--client", "127.0.0.1")
    done = run(*asked, "--destination", "10.1.2.3")
    assert done.returncode == 0
    assert 'rule "near" ' in done.stdout and "matches" in done.stdout
    assert f'forward-to "original" ({conf}:2)\n' in done.stdout
    assert "default-forward-to" not in done.stdout
    done = run(*asked)
    assert "is not decided yet: destination" in done.stdout
    assert (f'not redirected: default-forward-to "mail.example.com:25" '
            f'({conf}:3)\n') in done.stdout
    done = run(*asked, "--set", "default-forward-to=b.example:26")
    assert '"b.example:26" (command line)' in done.stdout
    done = run("explain", "-l", "127.0.0.1:2525", "-f", "original",
               "--client", "127.0.0.1")
    assert "not redirected: refused with 421 4.3.5" in done.stdout
    done = run(*asked, "--destination", "mail.example.com")
    assert done.returncode == 64
    assert "--destination mail.example.com is not an address" in done.stderr


def test_explain_of_who_speaks_for_others(conf):
    conf.write_text(LISTENER.replace(
        'forward-to', 'proxy-protocol-from = "10.0.9.0/24" forward-to'))
    done = run("explain", "-c", str(conf), "--client", "10.0.9.4")
    assert done.returncode == 0
    assert "must begin with a PROXY header" in done.stdout
    assert f"({conf}:2)" in done.stdout or "line 2" in done.stdout
    # And the refusal of whoever is no client is told all the same.
    assert "refused: " in done.stdout
    done = run("explain", "-c", str(conf), "--client", "10.0.8.4")
    assert "PROXY" not in done.stdout


def test_explain_with_what_a_client_would_say(conf):
    """--helo, --from and --to stand for what is known later."""
    conf.write_text(LISTENER.replace("rules = (", """rules = (
  { name = "spam" mail-from = "*@spam.test" rcpt-to = "x@*"
    action = "refuse" reply = "550 5.7.1 no" },
  { name = "old" helo = "*.old.test" receiver = { max-protocol = "tls1.2" } },
"""))
    base = ["explain", "-c", str(conf), "--client", "127.0.0.1"]
    assert "is not decided yet: helo" in run(*base).stdout
    done = run(*base, "--helo", "a.old.test")
    assert re.search(r'max-protocol = "tls1.2" +# .*:6$', done.stdout, re.M)
    assert "is not decided yet: mail-from" in done.stdout
    done = run(*base, "--helo", "b.test", "--from", "a@spam.test")
    assert "is not decided yet: rcpt-to" in done.stdout
    done = run(*base, "--helo", "b.test", "--from", "a@spam.test", "--to",
               "x@test")
    assert 'refused by rule "spam": 550 5.7.1 no' in done.stdout
