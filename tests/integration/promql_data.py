"""The series that the embedded PromQL and a real Prometheus are both asked about."""
import math

START = 1700000000  # within one two-hour block until START + 6400
LENGTH = 3600
RANGES = ["15s", "16s", "30s", "1m", "75s", "2m30s", "5m", "17m", "1h"]


def number(value):
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value)


class Data:
    """Series by their text, each a list of (milliseconds, value)."""

    def __init__(self, rng):
        self.rng = rng
        self.series = {}
        self.counters()
        self.gauges()
        self.oddities()
        self.histograms()

    def add(self, text, points):
        self.series[text] = [(int(t * 1000), v) for t, v in points]

    def times(self, step=15, first=0, last=LENGTH, jitter=0.0):
        t = first
        while t <= last:
            yield START + t + (round(self.rng.random() * jitter, 3) if jitter else 0)
            t += step

    def counter(self, times, base=0.0, rate=3.0, reset=0.0):
        value = base
        for t in times:
            value = 0.0 if self.rng.random() < reset else value + self.rng.random() * 2 * rate
            yield t, round(value, 3)

    def counters(self):
        for job in ("web", "api", 'odd"<\\\\job'):
            job_text = job.replace('"', '\\"')
            for i in range(3):
                labels = '{job="%s",instance="h%d:80",code="%d"}' % (job_text, i, 200 + 100 * i)
                self.add("http_requests_total" + labels, self.counter(self.times(), base=1e3))
        self.add('resetting_total{i="0"}', self.counter(self.times(), base=50, reset=0.05))
        self.add('resetting_total{i="1"}', self.counter(self.times(5), reset=0.02))
        self.add('young_total{i="0"}', self.counter(self.times(15, 1700), base=0.0, rate=20))
        self.add('young_total{i="1"}', self.counter(self.times(15, 1807), base=1.0, rate=0.1))
        self.add('young_total{i="2"}', [(START + 1800, 0.0)] + list(
            self.counter(self.times(15, 1815), base=0.0, rate=9)))
        gap = [t for t in self.times() if not START + 1200 <= t <= START + 1900]
        self.add("gap_total", self.counter(gap, base=10))
        self.add("dead_total", self.counter(self.times(15, 0, 1500), base=10))
        self.add("jitter_total", self.counter(self.times(15, jitter=7.0), base=10))
        self.add("constant_total", [(t, 42.0) for t in self.times()])
        self.add("short_total", [(START + 2000, 5.0), (START + 2015, 7.0)])
        self.add("single_total", [(START + 2000, 5.0)])

    def gauges(self):
        for i in range(6):
            self.add('temperature{room="r%d",floor="%d"}' % (i, i % 2),
                     [(t, round(20 + 10 * math.sin(t / 300 + i) + self.rng.random(), 4))
                      for t in self.times()])
            self.add('humidity{room="r%d",floor="%d"}' % (i, i % 2),
                     [(t, round(self.rng.uniform(-5, 95), 2)) for t in self.times(30)])
        self.add('decimal{i="0"}', [(t, 0.1 * (k % 7)) for k, t in enumerate(self.times())])
        self.add('decimal{i="1"}', [(t, 1e16 if k % 3 == 0 else 1.1)
                                    for k, t in enumerate(self.times())])

    def oddities(self):
        special = [float("nan"), float("inf"), float("-inf"), -0.0, 1e308, -1e308, 5e-324, 1e-7]
        for i in range(4):
            self.add('strange{i="%d"}' % i,
                     [(t, self.rng.choice(special + [1.0, 2.0, 3.0])) for t in self.times(20)])
        self.add('big{i="0"}', [(t, 1.5e308) for t in self.times()])
        self.add('big{i="1"}', [(t, 1.6e308) for t in self.times()])
        self.add('nan_first', [(t, float("nan") if k % 5 == 0 else k)
                               for k, t in enumerate(self.times())])

    def histograms(self):
        bounds = ["0.1", "0.25", "0.5", "1", "2.5", "+Inf"]
        for path in ("/", "/cart", "/idle"):
            counts = [0] * len(bounds)
            points = [[] for _ in bounds]
            for t in self.times():
                for _ in range(0 if path == "/idle" else self.rng.randrange(8)):
                    slot = self.rng.randrange(len(bounds))
                    counts[slot:] = [n + 1 for n in counts[slot:]]
                for k, n in enumerate(counts):
                    points[k].append((t, float(n)))
            for le, series in zip(bounds, points):
                self.add('latency_seconds_bucket{path="%s",le="%s"}' % (path, le), series)
        for le, falls in (("1", 9.0), ("2", 7.0), ("2.0", 1.0), ("+Inf", 11.0)):
            self.add('racing_bucket{le="%s"}' % le, [(t, falls) for t in self.times()])
        self.add('open_bucket{le="1"}', [(t, 3.0) for t in self.times()])
        self.add('below_zero_bucket{le="-1"}', [(t, 3.0) for t in self.times()])
        self.add('below_zero_bucket{le="+Inf"}', [(t, 4.0) for t in self.times()])
        self.add('no_bucket{le="much"}', [(t, 4.0) for t in self.times()])

    def openmetrics(self):
        lines = []
        for text, points in self.series.items():
            lines += ["%s %s %d.%03d" % (text, number(v), t // 1000, t % 1000) for t, v in points]
        return "\n".join(lines) + "\n# EOF\n"
