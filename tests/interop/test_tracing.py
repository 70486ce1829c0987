# SPDX-License-Identifier: ISC
"""Sessions of a running service watched and no longer watched: by signal, by
number, by time; of one client or listener alone."""

import re
import signal
import subprocess
import time

import pytest

import sender as senders
from proxy import free_port


def say(between, name):
    made = senders.Sender(between.port)
    made.hear()
    made.say(f"EHLO {name}.test")
    return made


def end(made):
    made.say("QUIT")
    made.close()


def shown(between):
    """Whose EHLO the trace has."""
    return re.findall(r"sender [-~]>  +EHLO (\w+)\.test", between.log())


@pytest.fixture
def running(proxy, receiver):
    def start(*options, **settings):
        return proxy(*options, receiver=receiver(tls="demand").port,
                     **settings)
    return start


def test_by_signal_and_for_so_many_sessions(running):
    between = running("--trace-sessions", "2")
    end(say(between, "before"))
    between.signal(signal.SIGUSR2)
    between.line("the next sessions are watched, 2 at most and for 600 sec")
    first, second, third = (say(between, name) for name in (
        "one", "two", "three"))
    between.line("the last session to be watched has begun")
    first.say("RSET")  # it is watched to its end
    for made in first, second, third:
        end(made)
    between.sessions(4)
    assert shown(between) == ["one", "two"]
    assert len(re.findall("sender ->  +RSET", between.log())) == 1
    between.signal(signal.SIGUSR2)  # and again
    until = time.monotonic() + 10
    while "four" not in shown(between):
        assert time.monotonic() < until
        end(say(between, "four"))


def test_the_signal_ends_it_for_sessions_that_are_there(running):
    between = running("-d")
    made = say(between, "one")
    between.line("EHLO one.test")
    between.signal(signal.SIGUSR2)
    between.line("sessions are not watched any more")
    made.say("RSET")
    end(made)
    end(say(between, "two"))
    between.sessions(2)
    assert shown(between) == ["one"] and "RSET" not in between.log()


def test_for_so_long(running, root):
    path = root / "pcap"
    between = running("-d", "--pcap", str(path), "--trace-for", "4s")
    made = say(between, "one")
    between.line("not watched any more, as their time is over")
    size = path.stat().st_size
    assert b"EHLO one.test" in path.read_bytes()
    made.say("RSET")
    end(made)
    between.sessions(1)
    assert "RSET" not in between.log() and path.stat().st_size == size


def test_nothing_is_watched_before_the_signal(running, root):
    path = root / "pcap"
    between = running("--pcap", str(path), "--trace-on-signal")
    end(say(between, "one"))
    between.sessions(1)
    between.signal(signal.SIGUSR2)
    between.line("the next sessions are watched, 100 at most")
    end(say(between, "two"))
    between.sessions(2)
    assert between.stop() == 0
    assert b"EHLO one" not in path.read_bytes()
    assert b"EHLO two" in path.read_bytes() and shown(between) == []


@pytest.mark.parametrize("options,watched", [
    (["--trace-client", "127.0.0.0/8"], True),
    (["--trace-client", "127.0.0.1", "--trace-listener", "command-line"],
     True),
    (["--trace-client", "192.0.2.7"], False),
])
def test_of_whom(running, options, watched):
    between = running("-d", *options)
    end(say(between, "one"))
    between.sessions(1)
    assert shown(between) == (["one"] if watched else [])


def test_a_listener_that_is_not_there_is_told(binary):
    run = subprocess.run([binary, "-l", "127.0.0.1:1", "-f", "127.0.0.1:2",
                          "-d", "--trace-listener", "comand-line"],
                         capture_output=True, text=True)
    assert run.returncode == 64
    assert "there is no listener comand-line; nothing would be watched " \
        "(did you mean command-line?)" in run.stderr


def test_a_listener_that_is_gone_is_told(proxy, receiver):
    config = 'listener = {{ {name} = {{ address = "127.0.0.1:PORT"; ' \
        'forward-to = "127.0.0.1:{port}"; }}; }};'
    port = receiver().port
    between = proxy("-d", "--trace-listener", "inside",
                    config=config.format(name="inside", port=port))
    between.config.write_text(config.format(name="outside", port=port)
                              .replace(":PORT", f":{between.port}"))
    between.signal(signal.SIGHUP)
    between.line("there is no listener inside any more: --trace-listener "
                 "watches nothing")


def test_whom_the_configuration_names_after_a_reload(proxy, receiver):
    """One sender of a service that was started without a thought of it."""
    text = """\
listener = {
  inside = { address = [ "127.0.0.1:PORT" ]  clients = [ "127.0.0.0/8" ]
             forward-to = [ "127.0.0.1:%d" ] }
  other = { address = [ "127.0.0.1:%d" ]  forward-to = [ "127.0.0.1:9" ] }
}
""" % (receiver(tls="demand").port, free_port())
    between = proxy(config=text)

    def meet(name, source):
        made = senders.Sender(between.port, source=source)
        made.hear()
        made.say(f"EHLO {name}.test")
        end(made)

    def reload(log):
        between.config.write_text(
            text.replace("PORT", str(between.port)) + f"log = {{ {log} }}\n")
        between.heard.clear()
        between.signal(signal.SIGHUP)
        between.until("RELOADING=1").until("READY=1")

    reload('trace-client = [ "127.0.0.7" ]  trace-listener = [ "inside" ]')
    between.signal(signal.SIGUSR2)
    between.line("the next sessions are watched")
    meet("one", "127.0.0.1")
    meet("two", "127.0.0.7")
    reload('trace-listener = [ "other" ]')
    meet("three", "127.0.0.7")
    reload('trace-listener = [ "othr" ]')
    between.line("log.trace-listener: there is no listener othr; did you "
                 "mean other")
    reload("")
    meet("four", "127.0.0.1")
    between.sessions(4)
    assert shown(between) == ["two", "four"]


def test_a_capture_is_of_one_process(running, binary, root):
    """What two append to one file is no capture."""
    path = root / "pcap"
    running("--pcap", str(path))
    second = subprocess.run(
        [binary, "-l", "127.0.0.1:1", "-f", "127.0.0.1:2", "--pcap", path],
        capture_output=True, text=True, timeout=10)
    assert second.returncode == 1
    assert f"another process writes to {path}; name another file" in \
        second.stderr


@pytest.mark.parametrize("option,value", [
    ("--trace-client", "example.com"), ("--trace-client", "127.0.0.1/8"),
    ("--trace-for", "60"), ("--trace-for", "0s"), ("--trace-for", "-1s"),
    ("--trace-sessions", "0"), ("--trace-sessions", "many")])
def test_wrong_arguments_are_told(binary, option, value):
    run = subprocess.run([binary, "-l", "127.0.0.1:1", "-f", "127.0.0.1:2",
                          option, value], capture_output=True, text=True)
    assert run.returncode == 64
    assert f"{option}: {value} is not " in run.stderr
