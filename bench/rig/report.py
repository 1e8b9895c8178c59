"""Medians, ratios, goals, and the ways they are shown."""

import json
import re
from dataclasses import dataclass
from statistics import median

FIELDS = ("cpu_micros", "throughput", "p50_micros", "p99_micros", "resident_bytes", "busy", "others")
JSON_NAMES = {
    "cpu_micros": "cpuMicrosPerRequest",
    "throughput": "requestsPerSecond",
    "p50_micros": "p50Micros",
    "p99_micros": "p99Micros",
    "resident_bytes": "residentBytes",
    "busy": "busy",
    "others": "others",
}
COLUMNS = ("proxy", "CPU µs/request", "× limit", "× nginx", "× HAProxy", "requests/s",
           "p50 ms", "p99 ms", "memory MiB", "core busy", "others", "logged")


@dataclass(frozen=True)
class Goal:
    """Sluice may cost at most a factor of another proxy's CPU time in one case."""

    factor: float
    other: str
    body: int
    connection: str

    @staticmethod
    def parse(text, others):
        """FACTORxPROXY:BODY[:CONNECTION], as in 1.0xnginx:130 or 0.9xhaproxy:65536:close; ValueError else."""
        found = re.fullmatch(r"([0-9.]+)x([a-z]+):([0-9]+)(?::(keep-alive|close|h2))?", text)
        if not found or found[2] not in others:
            raise ValueError(
                f"'{text}': expected FACTORxPROXY:BODY[:CONNECTION] with PROXY one of "
                f"{', '.join(others)} and CONNECTION keep-alive, close or h2")
        return Goal(float(found[1]), found[2], int(found[3]), found[4] or "keep-alive")

    def __str__(self):
        return f"at most {self.factor:g} × {self.other}"


DEFAULT_GOALS = ("1.0xnginx:130", "1.2xhaproxy:65536")


class Results:
    """Samples by case and proxy; every figure shown is a median over rounds."""

    def __init__(self, environment, settings):
        self.environment = environment
        self.settings = settings
        self.samples = {}
        self.titles = {}

    def add(self, case, proxy, sample):
        self.titles[proxy.name] = proxy.title
        self.samples.setdefault(case, {}).setdefault(proxy.name, []).append(sample)

    def median(self, case, name, field):
        return median(getattr(s, field) for s in self.samples[case][name])

    def ratio(self, case, name, other):
        """CPU time over another's: the median of the rounds' ratios, which share the machine's mood."""
        known = self.samples.get(case, {})
        if name not in known or other not in known:
            return None
        return median(a.cpu_micros / b.cpu_micros for a, b in zip(known[name], known[other]))

    def logged(self, case, name):
        shares = [s.logged for s in self.samples[case][name] if s.logged is not None]
        return min(shares) if shares else None

    def goals(self, wanted):
        """Each goal with the ratio measured; None where nothing was measured."""
        found = []
        for goal in wanted:
            case = next((c for c in self.samples
                         if c.body == goal.body and c.connection == goal.connection), None)
            found.append((goal, case, self.ratio(case, "sluice", goal.other) if case else None))
        return found

    def rows(self, case):
        for name in self.samples[case]:
            logged = self.logged(case, name)
            yield (
                self.titles[name],
                f"{self.median(case, name, 'cpu_micros'):.1f}",
                *(_ratio(self.ratio(case, name, other)) for other in ("limit", "nginx", "haproxy")),
                f"{self.median(case, name, 'throughput'):.0f}",
                f"{self.median(case, name, 'p50_micros') / 1000:.2f}",
                f"{self.median(case, name, 'p99_micros') / 1000:.2f}",
                f"{self.median(case, name, 'resident_bytes') / 1048576:.1f}",
                f"{self.median(case, name, 'busy') * 100:.0f} %",
                f"{self.median(case, name, 'others') * 100:.0f} %",
                "–" if logged is None else f"{logged * 100:.1f} %")

    def goal_lines(self, wanted):
        for goal, case, ratio in self.goals(wanted):
            where = case.title if case else f"{goal.body} B, {goal.connection}"
            if ratio is None:
                yield f"{where}: Sluice {goal}: not measured"
            else:
                verdict = "met" if ratio <= goal.factor else "NOT MET"
                yield f"{where}: Sluice {goal}: {ratio:.2f}, {verdict}"

    def unmet(self, wanted):
        return [g for g, _, ratio in self.goals(wanted) if ratio is None or ratio > g.factor]

    def text(self, wanted):
        """The tables as plain text."""
        parts = []
        for case in self.samples:
            rows = [COLUMNS, *self.rows(case)]
            widths = [max(len(r[i]) for r in rows) for i in range(len(COLUMNS))]
            parts.append(case.title)
            parts.extend(
                "  ".join(v.ljust(w) if i == 0 else v.rjust(w)
                          for i, (v, w) in enumerate(zip(row, widths))) for row in rows)
            parts.append("")
        parts.extend(self.goal_lines(wanted))
        return "\n".join(parts)

    def markdown(self, wanted):
        e = self.environment
        v = e["versions"]
        lines = [
            f"{e['date'][:10]}, commit {e['commit']}: {e['cores']} cores ({e['cpu']}), Linux "
            f"{'.'.join(e['kernel'].split('.')[:2])}, nginx {v['nginx']}, HAProxy {v['haproxy']}, "
            f"wrk {v['wrk']}, h2load {v['h2load'] or '–'}, Java {v['java']}. Medians of {self.settings['rounds']} rounds of "
            f"{self.settings['seconds']} s with {self.settings['connections']} connections.",
            "",
        ]
        for case in self.samples:
            lines += [f"### {case.title}", "", "| " + " | ".join(COLUMNS) + " |",
                      "|---|" + "---:|" * (len(COLUMNS) - 1)]
            lines += ["| " + " | ".join(row) + " |" for row in self.rows(case)]
            lines.append("")
        lines += [f"- {g}" for g in self.goal_lines(wanted)]
        return "\n".join(lines) + "\n"

    def json(self, wanted):
        cases = []
        for case, proxies in self.samples.items():
            cases.append({
                "body": case.body,
                "connection": case.connection,
                "proxies": {name: self._proxy_json(case, name) for name in proxies},
                "ratios": {
                    other: self.ratio(case, "sluice", other)
                    for other in ("limit", "nginx", "haproxy")},
            })
        goals = [{"body": g.body, "connection": g.connection, "other": g.other, "factor": g.factor,
                  "ratio": r, "met": None if r is None else r <= g.factor}
                 for g, _, r in self.goals(wanted)]
        return json.dumps({"environment": self.environment, "settings": self.settings,
                           "cases": cases, "goals": goals}, indent=2) + "\n"

    def _proxy_json(self, case, name):
        samples = self.samples[case][name]
        medians = {JSON_NAMES[f]: round(self.median(case, name, f), 3) for f in FIELDS}
        rounds = [{**{JSON_NAMES[f]: round(getattr(s, f), 3) for f in FIELDS},
                   "requests": s.requests, "errors": s.errors, "logged": s.logged} for s in samples]
        return {"median": medians, "rounds": rounds}


def _ratio(value):
    return "–" if value is None else f"{value:.2f}"
