"""The client: wrk or, for HTTP/2, h2load, its figures, and the check that a proxy does what it is compared for."""

import http.client
import json
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass

from rig.system import LIBC, PR_SET_PDEATHSIG, RigError, tool

# wrk calls it at the end; without request or response functions it costs the load nothing.
REPORT = """\
done = function(summary, latency, requests)
  io.write(string.format(
    '\\nRIG{"requests":%d,"micros":%d,"bytes":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,'
    .. '"status":%d,"p50":%d,"p99":%d,"max":%d}\\n',
    summary.requests, summary.duration, summary.bytes, summary.errors.connect,
    summary.errors.read, summary.errors.write, summary.errors.timeout, summary.errors.status,
    latency:percentile(50), latency:percentile(99), latency.max))
end
"""

# More failures than this among the requests make a figure worthless.
MOST_ERRORS = 0.001


# How many requests an HTTP/2 connection has under way.
STREAMS = 8

KINDS = {"keep-alive": "keep-alive", "close": "one connection per request", "h2": "HTTP/2"}


@dataclass(frozen=True)
class Case:
    """One kind of request: body size in bytes, and the connection: kept, closed or HTTP/2."""

    body: int
    connection: str

    @property
    def title(self):
        size = self.body
        if size and size % 1048576 == 0:
            text = f"{size // 1048576} MiB"
        elif size and size % 1024 == 0:
            text = f"{size // 1024} KiB"
        else:
            text = f"{size} B"
        return f"{text}, {KINDS[self.connection]}"


@dataclass(frozen=True)
class Sample:
    """One round of one proxy."""

    cpu_micros: float  # CPU time of the proxy for each request
    throughput: float  # requests per second
    p50_micros: float
    p99_micros: float
    resident_bytes: int
    busy: float  # share of its processor that the proxy used
    requests: int
    errors: int
    logged: float | None  # access log lines for each request
    others: float  # share of the machine that processes outside the comparison took


class Client:
    """wrk, or h2load with as many requests under way, on the load's processors."""

    def __init__(self, directory, cpus, connections):
        self.cpus = cpus
        self.connections = connections
        self.script = directory / "report.lua"
        self.script.write_text(REPORT)
        self.latencies = directory / "h2load.log"

    def run(self, proxy, case, seconds):
        """Loads a proxy for some seconds; the figures that the client reports."""
        if case.connection == "h2":
            return self._run_h2(proxy.h2_port, case, seconds)
        command = [tool("wrk"), "-t", "1", "-c", str(self.connections), "-d", f"{max(1, round(seconds))}s",
                   "--timeout", "10s", "--latency", "-s", str(self.script)]
        if case.connection == "close":
            command += ["-H", "Connection: close"]
        command.append(f"http://127.0.0.1:{proxy.port}/body/{case.body}")
        output = self._output(command, seconds)
        for line in output.splitlines():
            if line.startswith("RIG"):
                return json.loads(line[3:])
        raise RigError(f"wrk gave no figures:\n{output.strip()}")

    def _run_h2(self, port, case, seconds):
        self.latencies.unlink(missing_ok=True)
        duration = max(1, round(seconds))
        output = self._output(
            [tool("h2load"), "-t", "1", "-c", str(max(1, self.connections // STREAMS)),
             "-m", str(STREAMS), "-D", str(duration), "--log-file", str(self.latencies),
             f"http://127.0.0.1:{port}/body/{case.body}"], seconds)
        figures = h2load_figures(output, duration)
        micros = sorted(int(line.split(b"\t")[2]) for line in self.latencies.read_bytes().splitlines())
        self.latencies.unlink()
        if not micros:
            raise RigError(f"h2load served no request:\n{output.strip()}")
        return figures | {"p50": micros[len(micros) // 2], "p99": micros[len(micros) * 99 // 100],
                          "max": micros[-1]}

    def _output(self, command, seconds):
        def prepare():
            os.sched_setaffinity(0, self.cpus)
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, start_new_session=True,
                                   preexec_fn=prepare)
        try:
            output, _ = process.communicate(timeout=seconds + 60)
        except BaseException:
            process.kill()
            process.wait()
            raise
        return output


def h2load_figures(output, seconds):
    """What h2load says in words, as wrk's figures; status counts answers other than 2xx."""
    requests = re.search(r"requests: .* (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, "
                         r"(\d+) timeout", output)
    if not requests:
        raise RigError(f"h2load gave no figures:\n{output.strip()}")
    done, succeeded, _, errored, timeout = (int(n) for n in requests.groups())
    return {"requests": done, "micros": seconds * 1_000_000, "connect": 0, "read": errored, "write": 0,
            "timeout": timeout, "status": done - succeeded}


def errors_of(figures):
    return sum(figures[k] for k in ("connect", "read", "write", "timeout", "status"))


def measure(proxy, running, client, case, seconds, quiet):
    """One round: what the proxy's processes spent, divided by the requests that were served."""
    while True:
        quiet.wait()
        sample = _round(proxy, running, client, case, seconds, quiet)
        if quiet.accepts(sample.others, seconds):
            return sample


def _round(proxy, running, client, case, seconds, quiet):
    proxy.forget_log()
    start = quiet.now()
    before = running.cpu_seconds()
    began = time.monotonic()
    figures = client.run(proxy, case, seconds)
    elapsed = time.monotonic() - began
    resident = running.resident_bytes()
    spent = running.cpu_seconds() - before
    others = quiet.others_since(start)
    running.check_alive()
    requests = figures["requests"]
    errors = errors_of(figures)
    if requests == 0 or errors > max(1, MOST_ERRORS * requests):
        raise RigError(f"{proxy.name}, {case.title}: {requests} requests, errors: {figures}")
    return Sample(
        cpu_micros=spent / requests * 1e6,
        throughput=requests / (figures["micros"] / 1e6),
        p50_micros=figures["p50"],
        p99_micros=figures["p99"],
        resident_bytes=resident,
        busy=spent / elapsed,
        requests=requests,
        errors=errors,
        logged=logged_share(proxy, requests),
        others=others)


def logged_share(proxy, requests):
    """Access log lines for each request; waits a little, as logs are written in the background."""
    if not proxy.http:
        return None
    deadline = time.monotonic() + 3
    lines = proxy.log_lines()
    while lines < requests and time.monotonic() < deadline:
        time.sleep(0.25)
        lines = proxy.log_lines()
    return lines / requests


def verify(proxy, bodies, kinds=()):
    """One request of each kind: the body is whole and the header rules were applied."""
    for case in (Case(b, c) for b in bodies for c in ("keep-alive", "close")):
        status, body = _get(proxy.port, f"/body/{case.body}", case.connection)
        if status != 200 or len(body) != case.body:
            raise RigError(f"{proxy.name}, {case.title}: status {status}, {len(body)} bytes")
    if "h2" in kinds and proxy.speaks("h2"):
        for case in (Case(b, "h2") for b in bodies):
            _verify_h2(proxy, case)
    if not proxy.http:
        return
    status, body = _get(proxy.port, "/check", "keep-alive")
    seen = body.decode().split(" ")
    if status != 200 or len(seen) != 3 or seen[0] != "1" or seen[1] != "127.0.0.1" or not seen[2]:
        raise RigError(
            f"{proxy.name}: the backend should see X-Bench, X-Forwarded-For and X-Request-Id, "
            f"it saw {body!r} (status {status})")


def _verify_h2(proxy, case):
    """A body of HTTP/2 is whole: h2load counts the bytes of DATA."""
    done = subprocess.run(
        [tool("h2load"), "-n", "2", "-c", "1", "-m", "2", "--connection-inactivity-timeout", "10s",
         f"http://127.0.0.1:{proxy.h2_port}/body/{case.body}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    figures = h2load_figures(done.stdout, 1)
    data = re.search(r"\((\d+)\) data", done.stdout)
    if figures["requests"] != 2 or errors_of(figures) or not data or int(data[1]) != 2 * case.body:
        raise RigError(f"{proxy.name}, {case.title}: not two whole bodies:\n{done.stdout.strip()}")


def _get(port, path, connection):
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        link.request("GET", path, headers={"Connection": connection})
        answer = link.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException) as e:
        raise RigError(f"GET {path} through port {port}: {e!r}") from e
    finally:
        link.close()
