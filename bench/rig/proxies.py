"""The backend and the proxies compared, each in a configuration that its own manual recommends.

Every proxy that understands HTTP does the same work: one worker thread, kept connections on both
sides, one access log line for each request, counters, a header rule (X-Bench: 1 towards the
backend), X-Forwarded-For, -Proto and -Host, and X-Request-Id. docs/benchmarks/README.md explains
each setting.
"""

import getpass
import os
import socket
import subprocess
import threading

from rig.system import (
    REMEDIES, ROOT, RigError, Running, find_tool, free_ports, java_version, tool)

# Bodies up to this size are part of the backend's configuration, longer ones a file.
MEMORY_BODY = 4096

NGINX_HEAD = """\
daemon off;
worker_processes 1;
pid {dir}/{name}.pid;
error_log {dir}/{name}.error warn;
{user}
events {{
  worker_connections 8192;
}}
http {{
  client_body_temp_path {dir}/{name}-body;
  proxy_temp_path {dir}/{name}-proxy;
  fastcgi_temp_path {dir}/{name}-fastcgi;
  uwsgi_temp_path {dir}/{name}-uwsgi;
  scgi_temp_path {dir}/{name}-scgi;
  default_type text/plain;
  keepalive_timeout 300s;
  keepalive_requests 1000000000;
"""

BACKEND = """\
  access_log off;
  sendfile on;
  tcp_nopush on;
  open_file_cache max=64 inactive=300s;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    root {dir}/backend;
    location = /check {{
      return 200 "$http_x_bench $http_x_forwarded_for $http_x_request_id";
    }}
{bodies}
  }}
}}
"""

NGINX_PROXY = """\
  log_format bench escape=json
    '{{"time":"$time_iso8601","client":"$remote_addr","method":"$request_method",'
    '"target":"$request_uri","status":$status,"bytesIn":$request_length,'
    '"bytesOut":$body_bytes_sent,"total":$request_time,"firstByte":"$upstream_header_time",'
    '"connect":"$upstream_connect_time","backend":"$upstream_addr","id":"$request_id"}}';
  access_log {log} bench buffer=64k flush=1s;
  upstream default {{
    server 127.0.0.1:{backend};
    keepalive 128;
    keepalive_requests 1000000000;
    keepalive_timeout 60s;
  }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    listen 127.0.0.1:{h2} backlog=4096 http2;
    http2_max_concurrent_streams 128;
    location / {{
      proxy_pass http://default;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-Request-Id $request_id;
      proxy_set_header X-Bench 1;
      proxy_buffer_size 16k;
      proxy_buffers 8 64k;
      proxy_busy_buffers_size 128k;
      proxy_max_temp_file_size 0;
    }}
  }}
  server {{
    listen 127.0.0.1:{admin};
    location = /metrics {{
      stub_status;
    }}
  }}
}}
"""

HAPROXY = """\
global
  nbthread 1
  maxconn {connections}
  log ring@access format raw local0
ring access
  format raw
  maxlen 1200
  size 1048576
  timeout connect 5s
  timeout server 10s
  server sink 127.0.0.1:{sink}
defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  timeout http-request 10s
  timeout http-keep-alive 60s
frontend main
  bind 127.0.0.1:{port} backlog 4096
  bind 127.0.0.1:{h2} backlog 4096 proto h2
  log global
  option httplog
  unique-id-format %{{+X}}o\\ %ci:%cp_%fi:%fp_%Ts_%rt:%pid
  unique-id-header X-Request-Id
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Bench 1
  default_backend default
backend default
  http-reuse always
  server b1 127.0.0.1:{backend} pool-max-conn 128
frontend metrics
  bind 127.0.0.1:{admin}
  stats enable
  stats uri /metrics
"""

SLUICE = """\
sluice:
  threads: 1
  listeners: [{{address: "127.0.0.1:{port}"}}]
  admin: {{address: "127.0.0.1:{admin}"}}
  access-log: {{format: json, target: "{log}"}}
  bootstrap:
    pools: [{{id: default, backends: ["127.0.0.1:{backend}"]}}]
    routes: [{{id: default, match: {{path: "/**"}}, pool: default, request-headers: {{set: {{X-Bench: "1"}}}}}}]
"""


def _user_line():
    """Workers of an nginx that root starts would become nobody and could not read the directory."""
    return f"user {getpass.getuser()};" if os.geteuid() == 0 else ""


def _nginx_head(directory, name):
    return NGINX_HEAD.format(dir=directory, name=name, user=_user_line())


def _require(done, what):
    if done.returncode != 0:
        raise RigError(f"{what} is refused (exit code {done.returncode}):\n{done.stdout.strip()}")


def _run(command):
    return subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, text=True, check=False)


class Backend:
    """nginx answering bodies of fixed sizes: short ones from its configuration, long ones by sendfile."""

    def __init__(self, directory, bodies):
        self.directory = directory
        (self.port,) = free_ports(1)
        files = directory / "backend" / "body"
        files.mkdir(parents=True)
        locations = []
        for size in bodies:
            if size <= MEMORY_BODY:
                locations.append(f'    location = /body/{size} {{\n      return 200 "{"x" * size}";\n    }}')
            else:
                (files / str(size)).write_bytes(b"x" * size)
        self.config = directory / "backend.conf"
        self.config.write_text(_nginx_head(directory, "backend") + BACKEND.format(
            dir=directory, port=self.port, bodies="\n".join(locations)))

    def check(self):
        _require(_run([tool("nginx"), "-t", "-c", self.config]), "the backend's configuration")

    def start(self, cpus):
        running = Running("backend", [tool("nginx"), "-c", self.config], cpus, self.directory)
        running.wait_for_port(self.port, 10)
        return running


class Proxy:
    """One of the proxies compared."""

    name = ""
    title = ""
    http = True
    warm_up = 2.0  # seconds under load before the first measurement

    def __init__(self, directory, backend_port, connections):
        self.directory = directory
        self.backend_port = backend_port
        self.connections = connections
        self.port, self.admin_port, self.h2_port = free_ports(3)
        self.log = directory / f"{self.name}.log"

    def speaks(self, connection):
        """Whether it serves such connections."""
        return self.http or connection != "h2"

    def check(self):
        """Validates the configuration without serving."""

    def command(self):
        raise NotImplementedError

    def environment(self):
        return None

    def start(self, cpus):
        running = Running(self.name, self.command(), cpus, self.directory, self.environment())
        running.wait_for_port(self.port, 60)
        return running

    def forget_log(self):
        """Empties the access log, so that many rounds do not fill the disk."""
        if self.log.exists():
            os.truncate(self.log, 0)

    def log_lines(self):
        """Lines in the access log since it was emptied; None when there is no log."""
        if not self.log.exists():
            return 0
        lines = 0
        with open(self.log, "rb") as log:
            while piece := log.read(1 << 20):
                lines += piece.count(b"\n")
        return lines

    def close(self):
        """Gives back what the proxy needs beside its process."""


class Limit(Proxy):
    """The byte forwarder: what a proxy would cost that does nothing."""

    name = "limit"
    title = "byte forwarder (C)"
    http = False

    def check(self):
        source = ROOT / "bench" / "forward.c"
        _require(_run([tool("cc"), "-O2", "-Wall", "-Wextra", "-o", self.directory / "forward", source]),
                 f"{source}")

    def command(self):
        if not (self.directory / "forward").exists():
            self.check()
        return [self.directory / "forward", self.port, self.backend_port]

    def log_lines(self):
        return None


class Nginx(Proxy):
    name = "nginx"
    title = "nginx"

    def __init__(self, directory, backend_port, connections):
        super().__init__(directory, backend_port, connections)
        self.config = directory / "nginx.conf"
        self.config.write_text(_nginx_head(directory, "nginx") + NGINX_PROXY.format(
            port=self.port, admin=self.admin_port, h2=self.h2_port, backend=backend_port, log=self.log))

    def check(self):
        _require(_run([tool("nginx"), "-t", "-c", self.config]), "nginx's configuration")

    def command(self):
        return [tool("nginx"), "-c", self.config]


class LogSink:
    """Where HAProxy sends its log: takes one TCP connection after the other and counts lines."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lines = 0
        threading.Thread(target=self._serve, name="log-sink", daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return  # closed: the comparison is over
            with connection:
                while piece := connection.recv(1 << 18):
                    self.lines += piece.count(b"\n")

    def close(self):
        self.listener.close()


class HAProxy(Proxy):
    name = "haproxy"
    title = "HAProxy"

    def __init__(self, directory, backend_port, connections):
        super().__init__(directory, backend_port, connections)
        self.sink = LogSink()
        self.config = directory / "haproxy.cfg"
        self.config.write_text(HAPROXY.format(
            port=self.port, admin=self.admin_port, h2=self.h2_port, backend=backend_port, sink=self.sink.port,
            # idle server connections are closed beyond a fifth of all descriptors: leave room
            connections=max(1000, 8 * connections)))

    def check(self):
        _require(_run([tool("haproxy"), "-c", "-f", self.config]), "HAProxy's configuration")

    def command(self):
        return [tool("haproxy"), "-db", "-f", self.config]

    def forget_log(self):
        self.sink.lines = 0

    def log_lines(self):
        return self.sink.lines

    def close(self):
        self.sink.close()


class Sluice(Proxy):
    name = "sluice"
    title = "Sluice"
    warm_up = 15.0

    extra_java = ()
    launcher = ROOT / "bin" / "sluice"
    jar = ROOT / "target" / "sluice.jar"

    def __init__(self, directory, backend_port, connections):
        super().__init__(directory, backend_port, connections)
        self.h2_port = self.port  # one listener speaks both
        self.directory = directory / self.name  # it keeps its store where it runs
        self.directory.mkdir(exist_ok=True)
        self.config = directory / "sluice.yaml"
        self.config.write_text(SLUICE.format(
            port=self.port, admin=self.admin_port, backend=backend_port, log=self.log))

    def check(self):
        _require(_run([self.launcher, "-t", "-c", self.config]), "Sluice's configuration")

    def command(self):
        return [self.launcher, "-c", self.config]

    def environment(self):
        options = " ".join([*os.environ.get("SLUICE_JAVA_OPTS", "").split(), *self.extra_java])
        return {**os.environ, "SLUICE_JAVA_OPTS": options} if options else None


class WatchedSluice(Sluice):
    """Sluice with everything on that looks after backends."""

    name = "sluice-watched"
    title = "Sluice, least-request, checks, ejection"
    watch = (', algorithm: least-request, health-check: {type: tcp, interval: 1s}, ejection: '
             '{consecutive-5xx: 5, success-rate: 2, latency-factor: 5}, limits: {requests: 100000}')

    def __init__(self, directory, backend_port, connections):
        super().__init__(directory, backend_port, connections)
        text = self.config.read_text()
        self.config = directory / "sluice-watched.yaml"
        self.config.write_text(text.replace("{id: default, backends", "{id: default" + self.watch + ", backends", 1))


ALL = (Limit, Nginx, HAProxy, WatchedSluice, Sluice)
NAMES = tuple(p.name for p in ALL)
USUAL = tuple(n for n in NAMES if n != WatchedSluice.name)


def missing(names, connections=()):
    """What the named proxies need and the machine has not, one sentence each."""
    wanted = {"nginx": "nginx", "wrk": "wrk"}
    if "h2" in connections:
        wanted["h2load"] = "h2load"
    if "limit" in names:
        wanted["cc"] = "cc"
    if "haproxy" in names:
        wanted["haproxy"] = "haproxy"
    lines = [f"{t}: {REMEDIES[t]}" for t in wanted if find_tool(t) is None]
    if any(n.startswith("sluice") for n in names):
        lines.extend(_missing_for_sluice())
    return lines


def _missing_for_sluice():
    if java_version() is None:
        yield f"java: {REMEDIES['java']}"
    if not Sluice.jar.exists():
        yield f"{Sluice.jar.relative_to(ROOT)}: build it: ./mvnw -DskipTests package"
