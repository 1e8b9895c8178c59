"""Processes, processors and tools of the machine that the comparison runs on."""

import ctypes
import os
import platform
import re
import resource
import shutil
import signal
import socket
import subprocess
import time
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)

# What each tool is needed for and how to get it. Nothing is installed by the rig itself.
REMEDIES = {
    "nginx": "the backend, and a proxy compared: apt-get install nginx-light",
    "wrk": "the client: apt-get install wrk",
    "h2load": "the client for HTTP/2: apt-get install nghttp2-client",
    "cc": "compiles the byte forwarder: apt-get install gcc libc6-dev",
    "haproxy": "a proxy compared: apt-get install haproxy",
    "java": "Sluice runs on Java 25: install a JDK 25 and let JAVA_HOME name it",
}


class RigError(Exception):
    """The comparison cannot go on; the message says what failed and what to do."""


def find_tool(name):
    """The path of a tool, also in the directories that only administrators search; None without."""
    path = os.environ.get("PATH", os.defpath) + os.pathsep + "/usr/sbin" + os.pathsep + "/sbin"
    return shutil.which(name, path=path)


def tool(name):
    path = find_tool(name)
    if path is None:
        raise RigError(f"{name} is missing ({REMEDIES[name]})")
    return path


def output_of(command):
    """The first words of a tool about itself: standard output and error together."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout.strip()


def free_ports(count):
    """Ports on loopback that nobody listens on, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


def parse_cpus(text):
    cpus = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        cpus.update(range(int(first), int(last or first) + 1))
    return cpus


def split_cpus(proxy, load):
    """The processors for the proxy (the last one) and for client and backend (all others)."""
    allowed = os.sched_getaffinity(0)
    proxy_cpus = parse_cpus(proxy) if proxy else {max(allowed)}
    load_cpus = parse_cpus(load) if load else allowed - proxy_cpus
    for cpus in (proxy_cpus, load_cpus):
        if not cpus or not cpus <= allowed:
            raise RigError(
                f"processors {sorted(cpus)} asked for, {sorted(allowed)} at hand: "
                "the comparison needs at least two, one for the proxy and one for the load")
    if proxy_cpus & load_cpus:
        raise RigError("the proxy and the load must not share a processor")
    return proxy_cpus, load_cpus


def cpu_list(cpus):
    return ",".join(str(c) for c in sorted(cpus))


def _stat(pid):
    """The fields of /proc/PID/stat behind the name; None when the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text[text.rindex(")") + 2:].split()


class Running:
    """A process and its descendants, pinned to processors, ended by their ids."""

    def __init__(self, name, command, cpus, directory, environment=None):
        self.name = name
        self.output = directory / f"{name}.out"
        parent = os.getpid()

        def prepare():
            os.sched_setaffinity(0, cpus)
            # should the rig be killed, the kernel ends what it has started
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

        with open(self.output, "wb") as out:
            self.process = subprocess.Popen(
                [str(c) for c in command], stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, cwd=directory, env=environment,
                start_new_session=True, preexec_fn=prepare)

    def tree(self):
        """Process ids of the process and its living descendants, with their start times."""
        children = {}
        started = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit() and (stat := _stat(entry)):
                children.setdefault(int(stat[1]), []).append(int(entry))
                started[int(entry)] = stat[19]
        found = {}
        todo = [self.process.pid]
        while todo:
            pid = todo.pop()
            if pid in started:
                found[pid] = started[pid]
                todo.extend(children.get(pid, []))
        return found

    def cpu_seconds(self):
        """User and system time of the whole tree so far."""
        stats = [s for s in map(_stat, self.tree()) if s]
        return sum(int(s[11]) + int(s[12]) for s in stats) / TICKS

    def resident_bytes(self):
        """Resident memory of the tree; pages shared between its processes count once."""
        total = 0
        for pid in self.tree():
            try:
                text = Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += int(re.search(r"^Pss:\s+(\d+) kB", text, re.M).group(1)) * 1024
            except OSError:
                total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
        return total

    def last_words(self):
        text = self.output.read_text(errors="replace").strip()
        return "\n".join(text.splitlines()[-20:])

    def check_alive(self):
        if self.process.poll() is not None:
            raise RigError(
                f"{self.name} has ended with exit code {self.process.returncode}:\n{self.last_words()}")

    def wait_for_port(self, port, seconds):
        """Waits until it accepts connections."""
        deadline = time.monotonic() + seconds
        while True:
            self.check_alive()
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError as e:
                if time.monotonic() > deadline:
                    raise RigError(
                        f"{self.name} does not listen on 127.0.0.1:{port} after {seconds} s:"
                        f"\n{self.last_words()}") from e
            time.sleep(0.05)

    def stop(self, seconds=10):
        """Ends the tree: politely first, then by force. Only processes that were its own."""
        own = self.tree()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        for pid, started in own.items():
            stat = _stat(pid)
            if stat and stat[19] == started and stat[0] != "Z":
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        self.process.wait()


class Quiet:
    """Watches what processes that are not the rig's own take of the machine."""

    def __init__(self, most, patience):
        self.most = most
        self.patience = patience
        self.own = []

    def now(self):
        """Seconds of the clock, and of processors that others have used up to now."""
        with open("/proc/stat") as stat:
            user, nice, kernel, _, _, irq, softirq, steal = map(int, stat.readline().split()[1:9])
        used = (user + nice + kernel + irq + softirq + steal) / TICKS
        mine = sum(r.cpu_seconds() for r in self.own)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
            usage = resource.getrusage(who)
            mine += usage.ru_utime + usage.ru_stime
        return time.monotonic(), used - mine

    def others_since(self, before):
        """The share of all processors that others have used since."""
        clock, others = self.now()
        return max(0.0, (others - before[1]) / (clock - before[0]) / os.cpu_count())

    def wait(self):
        """Waits for a second without others, as long as patience lasts."""
        while self.patience > 0:
            before = self.now()
            time.sleep(1)
            if self.others_since(before) <= self.most:
                return
            self.patience -= 1

    def accepts(self, others, seconds):
        """Whether a round counts; one that does not costs patience."""
        if others <= self.most or self.patience <= 0:
            return True
        self.patience -= seconds
        return False


def _cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("model name", "Hardware", "cpu model"):
            return value.strip()
    return platform.machine()


def _version(name, arguments, pattern):
    path = find_tool(name)
    found = re.search(pattern, output_of([path, *arguments])) if path else None
    return found.group(1) if found else None


def java_version():
    """The version of the Java that bin/sluice takes: the first from 25 on; None without one."""
    homes = [os.environ.get("JAVA_HOME", ""), *sorted(map(str, Path("/usr/lib/jvm").glob("*")))]
    candidates = [Path(home) / "bin" / "java" for home in homes if home]
    if on_path := find_tool("java"):
        candidates.append(Path(on_path))
    for java in candidates:
        if os.access(java, os.X_OK):
            found = re.search(r'version "((\d+)[^"]*)"', output_of([str(java), "-version"]))
            if found and int(found[2]) >= 25:
                return found[1]
    return None


def commit():
    git = find_tool("git")
    if git is None:
        return None
    done = subprocess.run([git, "-C", ROOT, "describe", "--always", "--dirty", "--abbrev=10"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return done.stdout.strip() or None


def environment(proxy_cpus, load_cpus):
    """What the figures depend on."""
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "proxyCpus": cpu_list(proxy_cpus),
        "loadCpus": cpu_list(load_cpus),
        "memoryMiB": int(memory.group(1)) // 1024,
        "kernel": platform.release(),
        "loadAverage": os.getloadavg()[0],
        "commit": commit(),
        "versions": {
            "nginx": _version("nginx", ["-v"], r"nginx/(\S+)"),
            "haproxy": _version("haproxy", ["-v"], r"version (\S+)"),
            "wrk": _version("wrk", ["-v"], r"wrk (\S+)"),
            "h2load": _version("h2load", ["--version"], r"nghttp2/(\S+)"),
            "cc": _version("cc", ["--version"], r"^(.+)"),
            "java": java_version(),
        },
    }
