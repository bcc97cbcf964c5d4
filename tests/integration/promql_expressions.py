"""Generated and hand-written PromQL of the 2.42 dialect, right and wrong.

What is left out on purpose, because Prometheus' own answer is not determined: topk among equal
values, rounding of the mathematical functions before anything that jumps (%, floor, ==), and the
calendar of NaN and of instants beyond the year 30,000, which Go overflows (here it is NaN). And
timestamp(x @ t offset d), where Prometheus forgets the offset.
"""
import re

FORGETS_OFFSET = re.compile(r"timestamp\(\(*[^()]*(@ [^()]*(\(\))? offset|offset [^()]*@)")
RANGES = ["15s", "16s", "30s", "1m", "75s", "2m30s", "5m", "17m", "1h"]


def is_rounded(query):
    """Whether Go's and glibc's mathematics may differ in the last place of the answer."""
    names = Expressions.MATHS + ["atan2 ", "^"]
    return any((name + "(" if name.isalnum() else name) in query for name in names)


class Expressions:
    RATES = ["rate", "increase", "irate", "delta", "idelta", "deriv"]
    FUNCTIONS = RATES + ["avg_over_time", "max_over_time", "min_over_time", "sum_over_time",
                         "count_over_time", "last_over_time", "present_over_time",
                         "absent_over_time", "changes", "resets", "stddev_over_time",
                         "stdvar_over_time"]
    EACH = ["abs", "ceil", "floor", "sgn", "sqrt", "round", "timestamp", "absent", "sort",
            "sort_desc"]
    CALENDAR = ["hour", "minute", "day_of_week", "day_of_month", "day_of_year", "days_in_month",
                "month", "year"]
    MATHS = ["exp", "ln", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "sinh",
             "cosh", "tanh", "asinh", "acosh", "atanh", "deg", "rad"]
    SELECTORS = ["http_requests_total", 'http_requests_total{job="web"}',
                 'http_requests_total{job!="web"}', 'http_requests_total{code=~"2..|3.*"}',
                 'http_requests_total{instance!~"h[01].*"}', 'http_requests_total{job=~"we"}',
                 '{__name__=~"young.*|short.*"}', '{job="api",__name__!~"x"}', "resetting_total",
                 "young_total", "gap_total", "dead_total", "jitter_total", "constant_total",
                 "short_total", "single_total", "temperature", "humidity", "decimal", "strange",
                 "big", "nan_first", "absent_metric", 'temperature{floor="0"}',
                 'temperature{nope=""}', "{room=~'r[0-2]', floor!='1'}", '{i="0"}', "humidity{}"]
    DISTINCT = ["temperature", "humidity", 'http_requests_total{job="web"}', "absent_metric",
                "avg_over_time(humidity[5m])"]
    LABELS = ["job", "instance", "code", "i", "room", "floor", "nope", "__name__"]
    ARITHMETIC = ["+", "-", "*", "/", "%", "^"]
    COMPARISON = ["==", "!=", "<", ">", "<=", ">="]
    SETS = ["and", "or", "unless"]
    NUMBERS = ["0", "1", "2.5", "-3", "1e3", "0x1F", "017", ".5", "Inf", "-Inf", "NaN", "100", "20"]
    SHIFTS = ["", "", "", "", " offset 5m", " offset -90s", " @ 1700001200", " @ 1700002000.5",
              " @ start()", " @ end()", " @ 1700001500 offset 45s", " offset 1m @ end()"]

    def __init__(self, rng):
        self.rng = rng

    def vector(self, depth):
        kind = self.rng.randrange(14 if depth > 0 else 3)
        if kind == 0:
            return self.rng.choice(self.SELECTORS) + self.shift()
        if kind <= 2:
            return self.over_range(depth)
        if kind <= 4:
            return self.aggregation(depth)
        if kind == 5:
            return "%s(%s)" % (self.rng.choice(["-", "+", ""]), self.vector(depth - 1))
        if kind == 6:
            return self.pair(depth)
        if kind == 7:
            return "(%s %s%s %s)" % (self.vector(depth - 1), self.rng.choice(self.SETS),
                                     self.matching(), self.vector(depth - 1))
        if kind <= 9:
            return self.call(depth)
        if kind == 10:
            return self.special()
        sides = [self.vector(depth - 1), self.scalar(depth - 1)]
        self.rng.shuffle(sides)
        return "(%s)" % (" %s " % self.operator()).join(sides)

    def shift(self):
        return self.rng.choice(self.SHIFTS)

    def over_range(self, depth):
        if depth > 1 and self.rng.random() < 0.3:
            step = self.rng.choice(["", "15s", "20s", "1m", "7s"])
            ranged = "%s[%s:%s]" % (self.subject(), self.rng.choice(RANGES[3:]), step)
        else:
            ranged = "%s[%s]" % (self.rng.choice(self.SELECTORS), self.rng.choice(RANGES))
        ranged += self.shift()
        kind = self.rng.randrange(12)
        if kind == 0:
            return "quantile_over_time(%s, %s)" % (
                self.rng.choice(["0", "0.5", "0.9", "1", "-1", "2", "NaN", "1/3"]), ranged)
        if kind == 1:
            return "predict_linear(%s, %s)" % (ranged, self.rng.choice(["0", "60", "-300", "1e4"]))
        if kind == 2:
            return "holt_winters(%s, %s)" % (
                ranged, self.rng.choice(["0.5, 0.5", "0.1, 0.9", "0.9, 0.01", "1, 0.5", "0.5, 0"]))
        return "%s(%s)" % (self.rng.choice(self.FUNCTIONS), ranged)

    def subject(self):
        return self.rng.choice([self.rng.choice(self.SELECTORS), self.rng.choice(self.DISTINCT),
                                "rate(%s[1m])" % self.rng.choice(self.SELECTORS), "(vector(time()))",
                                "max by (job) (http_requests_total)"])

    def aggregation(self, depth):
        labels = ", ".join(self.rng.sample(self.LABELS, self.rng.randrange(4)))
        grouping = self.rng.choice(["", " by (%s)" % labels, " without (%s)" % labels])
        kind = self.rng.randrange(10)
        if kind == 0:
            return "%s%s (%s, %s)" % (self.rng.choice(["topk", "bottomk"]), grouping, self.rng.choice(
                ["0", "1", "2", "3.7", "10", "-1", "NaN", "1e30"]), self.rng.choice(self.DISTINCT))
        if kind == 1:
            return "quantile%s (%s, %s)" % (grouping, self.rng.choice(
                ["0", "0.3", "1", "-0.1", "7", "NaN"]), self.vector(depth - 1))
        if kind == 2:
            return 'count_values%s ("%s", %s)' % (grouping, self.rng.choice(
                ["v", "code", "i", "__name__", "not-a-name"]), self.vector(depth - 1))
        op = self.rng.choice(["sum", "avg", "min", "max", "count", "SUM", "group", "stddev", "stdvar"])
        return "%s%s (%s)" % (op, grouping, self.vector(depth - 1))

    def call(self, depth):
        inner = self.vector(depth - 1)
        kind = self.rng.randrange(8)
        if kind == 0:
            return "clamp(%s, %s, %s)" % (inner, self.number(), self.number())
        if kind == 1:
            return "clamp_%s(%s, %s)" % (self.rng.choice(["min", "max"]), inner, self.number())
        if kind == 2:
            return "round(%s, %s)" % (inner, self.number())
        if kind == 3:
            return 'label_replace(%s, "%s", "%s", "%s", "%s")' % (
                inner, self.rng.choice(["to", "i", "__name__", "job", "bad-name"]),
                self.rng.choice(["$1", "x-${1}-$0", "", "$$1", "$1$2", "$name", "${name}!", "$", "a$b"]),
                self.rng.choice(self.LABELS), self.rng.choice(["(.*)", "", "h(.*):80", "(?P<name>.).*", "(", "r.|h.*"]))
        if kind == 4:
            return 'label_join(%s, "%s", "-"%s)' % (
                inner, self.rng.choice(["to", "room", "no name", "instance"]),
                "".join(', "%s"' % l for l in self.rng.sample(self.LABELS + ["a-b"], self.rng.randrange(3))))
        if kind == 5:
            return "vector(scalar(%s))" % inner
        return "%s(%s)" % (self.rng.choice(self.EACH), inner)

    def special(self):
        return self.rng.choice([
            "%s(%s) * 3" % (self.rng.choice(self.MATHS), self.rng.choice(self.SELECTORS)),
            "(temperature - 20) atan2 on (room, floor) humidity",
            "histogram_quantile(%s, %s_bucket)" % (self.number(), self.rng.choice(
                ["latency_seconds", "racing", "open", "below_zero", "no"])),
            "histogram_quantile(%s, rate(latency_seconds_bucket[%s]))" % (
                self.rng.choice(["0.5", "0.9", "0.99"]), self.rng.choice(RANGES)),
            "histogram_quantile(0.9, sum by (le) (rate(latency_seconds_bucket[5m])))",
            "temperature * on (floor) group_left (%s) group by (floor, %s) (humidity)" % (
                self.rng.choice(["", "job", "room"]), self.rng.choice(["floor", "floor, job"])),
            "max by (floor) (humidity) %s ignoring (room) group_right temperature" % self.operator(),
            "humidity %s on (floor) group_left (room) temperature" % self.operator(),
            "%s(%s + 86400 * %s)" % (self.rng.choice(self.CALENDAR), self.rng.choice(
                ["timestamp(temperature)", "temperature", "vector(0)"]), self.number_of_days()),
            "time() - timestamp(%s%s)" % (self.rng.choice(self.SELECTORS), self.shift()),
            "%s()" % self.rng.choice(["time", "pi"] + self.CALENDAR),
            'absent(%s%s)' % (self.rng.choice(
                ['nope{a="b", c!="d"}', '(nope{a="b"})', 'nope{a="b",a="c"}', 'sum(nope{a="b"})']), self.shift()),
            'absent_over_time(nope{a="b"}[5m]%s)' % self.shift(),
            'absent_over_time((nope{a="b"}[5m:30s]))'])

    def number_of_days(self):
        return str(self.rng.randrange(-200000, 800000))

    def matching(self):
        return self.rng.choice(["", "", " on (room)", " ignoring (code)", " on (i, job)", " on ()"])

    def pair(self, depth):
        sides = ["temperature", "avg_over_time(humidity[%s])" % self.rng.choice(RANGES)]
        if self.rng.random() < 0.4:
            sides = [self.vector(depth - 1), self.vector(depth - 1)]
        return "(%s %s%s %s)" % (sides[0], self.operator(), self.matching(), sides[1])

    def operator(self):
        if self.rng.random() < 0.6:
            return self.rng.choice(self.ARITHMETIC)
        return self.rng.choice(self.COMPARISON) + self.rng.choice(["", " bool"])

    def number(self):
        return self.rng.choice(self.NUMBERS)

    def scalar(self, depth):
        if depth <= 0 or self.rng.random() < 0.6:
            return self.number()
        operator = self.operator()
        if operator in self.COMPARISON:
            operator += " bool"
        return "%s %s %s" % (self.scalar(depth - 1), operator, self.scalar(depth - 1))

    def any(self):
        query = self.vector(3) if self.rng.random() < 0.95 else self.scalar(3)
        is_vague = "count_values" in query and is_rounded(query)
        return self.any() if is_vague or FORGETS_OFFSET.search(query) else query


WRONG = ["", "(", "rate(x)", "rate(x[5m)", "sum(1)", "1 + ", "x[5m] + 1", "foo bar", "{}", '{a=~".*"}',
         'x{a=~"("}', "sum by (a b) (x)", "1 == 1", "x and 1", "rate(x[0s])", "unknown(x)", "x{a=1}",
         "x{__name__='y'}", "1 + bool 2", "x == on() 1", "-'a'", "rate(x[5m], 1)", "5m", "x[5]",
         "x offset", "0x", "1e", "'abc", "x\"", "sum(x", "by(x)", "2 ^ bool 3", "x[5m:1m", "1..2",
         "limitk(1, x)", "mad_over_time(x[5m])", "sort_by_label(x, 'a')", "x @ foo", "x[5m:1m:1m]",
         "x and on() group_left y", "topk(x, y)", "count_values(1, x)", "label_replace(x, 'a')"]
FIXED = ["'a \"string\"'", "`raw\\n`", "\"\\u00e9<&>\\t\"", "-1 ^ 2", "2 ^ 3 ^ 2", "-2 ^ -1 ^ 2", "1 - 2 - 3",
         "2 * 3 % 4", "1 + 2 * 3 ^ 2 == bool 19", "temperature[1m]", "strange[45s]", "((resetting_total[1m]))",
         "sum(rate(http_requests_total[1m]))", "rate((http_requests_total[1m]))", "# comment\n1 # two\n+ 1",
         "sum without () (temperature)", "sum by () (temperature)", "count({__name__=~'.+'})", "by", "inf > bool nan",
         "max_over_time(nan_first[2m])", "sum(big)", "avg(big)", "avg_over_time(big[5m])", "sum_over_time(decimal[5m])",
         "temperature > 20 < 25", "1 + 2 + temperature", "temperature == temperature", "temperature != bool humidity",
         "rate({i=\"0\"}[1m])", "-{i=\"0\"}", "last_over_time({i=\"0\"}[1m])", "rate({job=~\".+\"}[17m])",
         "temperature[5m:1m]", "(rate(resetting_total[1m])[3m:20s])", "temperature[2m] offset 1m",
         "temperature[1m] @ 1700001000", "max_over_time(max_over_time(humidity[1m])[5m:1m] offset 2m)",
         "sum_over_time(count_over_time(temperature[1m])[5m:30s] @ end())", "hour(vector(-1))", "year(vector(1e11))",
         "days_in_month(vector(951782400))", "day_of_year(vector(1709164800))", "month(vector(1e15 / 1e6))",
         "timestamp(temperature @ 1700001000)", "timestamp((temperature offset 1m))", "timestamp(-temperature)",
         "topk(scalar(vector(2)), temperature)", "topk((2), temperature)", "count_values('v', decimal)",
         "count_values without (i) ('i', decimal)", "group(absent_metric)", "stddev(strange)", "vector(1) or temperature",
         "temperature and on () vector(1)", "temperature unless on (room) humidity > 50",
         "label_replace(temperature, 'room', '', 'floor', '.*')", "histogram_quantile(0.5, {__name__=~'racing_bucket|open_bucket'})"]
# The order of what they answer is a part of the answer.
ORDERED = ["sort(temperature)", "sort_desc(humidity)", "topk(3, temperature)", "bottomk(4, humidity)",
           "(sort(temperature))", "topk by (floor) (2, temperature)"]
