package script_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sockapi/script"
)

// hostile are the bodies of main() that must end in an error, soon, and in little memory. want is a part of the
// error, or the name of the limit in it.
var hostile = []struct{ name, body, want string }{
	{"endless loop", "while True: pass", "StepsAtOnce"},
	{"endless sleep", "while True: sleep(0)", "StepsAtOnce"},
	{"endless attempt", "while True: attempt(sleep, 0)", "StepsAtOnce"},
	{"endless range", "for i in range(1 << 60): pass", "StepsAtOnce"},
	{"nested ranges", "for i in range(100000):\n  for j in range(100000):\n    pass", "StepsAtOnce"},
	{"endless poll", "s = socket()\nwhile True: poll([(s, 'in')], timeout=0)", "StepsAtOnce"},
	{"steps in all", "while True:\n  sleep(ns(1))\n  for i in range(100000): pass", "Steps"},

	{"string doubled", "s = 'x'\nwhile True: s = s + s", "Value"},
	{"string doubled in place", "s = 'x'\nwhile True: s += s", "Value"},
	{"string times", "s = 'x' * (1 << 40)", "Value"},
	{"string times 2", "s = 'x'\nwhile True: s = s * 2", "Value"},
	{"times string", "s = 'x'\nwhile True: s = 2 * s", "Value"},
	{"string times in place", "s = 'x'\nwhile True: s *= 2", "Value"},
	{"joined", "s = 'x'\nwhile True: s = s.join([s, s, s])", "Value"},
	{"join bound", "s = 'x'\nwhile True:\n  j = s.join\n  s = j([s, s, s])", "Value"},
	{"join by getattr", "s = 'x'\nwhile True: s = getattr(s, 'join')([s, s, s])", "Value"},
	{"replaced", "s = 'xx'\nwhile True: s = s.replace('x', 'xx')", "Value"},
	{"replaced empty", "s = 'xx'\nwhile True: s = s.replace('', s)", "Value"},
	{"formatted", "s = 'xx'\nwhile True: s = '{0}{0}'.format(s)", "Value"},
	{"formatted by place", "s = '{0}' * 10000\nx = 'x' * 10000\ny = s.format(x)", "Value"},
	{"interpolated", "s = 'xx'\nwhile True: s = '%s%s' % (s, s)", "Value"},
	{"interpolated dict", "s = 'xx'\nwhile True: s = '%(a)s%(a)s' % {'a': s}", "Value"},
	{"repr", "s = '\\n'\nwhile True: s = repr(s)", "Value"},
	{"str of lists", "s = []\nwhile True:\n  s = [s, s]\n  x = str(s)", "parts"},
	{"upper", "s = 'x' * 1000000\nwhile True: t = s.upper()", "Memory|StepsAtOnce"},
	{"split", "s = 'x ' * 1000000\nwhile True: t = s.split(' ')", "Value"},
	{"bytes", "b = b'x'\nwhile True: b = b + b", "Value"},
	{"bytes of range", "b = bytes(range(1 << 40))", "Value"},
	{"in place attribute", "d = {'s': 'x'}\nwhile True: d['s'] += d['s']", "Value"},
	{"in place index", "l = ['x']\nwhile True: l[0] += l[0]", "Value"},

	{"list doubled", "l = [1]\nwhile True: l = l + l", "Value"},
	{"list doubled in place", "l = [1]\nwhile True: l += l", "Value"},
	{"list extended", "l = [1]\nwhile True: l.extend(l)", "Value"},
	{"list extended by range", "l = [1]\nl.extend(range(1 << 40))", "Value"},
	{"list plus range", "l = [1]\nl += range(1 << 40)", "Value"},
	{"list times", "l = [1] * (1 << 40)", "Value"},
	{"list appended", "l = []\nwhile True: l.append(0)", "Value"},
	{"list inserted", "l = []\nwhile True: l.insert(0, 0)", "Memory|Value|StepsAtOnce"},
	{"list of range", "l = list(range(1 << 40))", "Value"},
	{"tuple of range", "l = tuple(range(1 << 40))", "Value"},
	{"sorted range", "l = sorted(range(1 << 40))", "Value"},
	{"reversed range", "l = reversed(range(1 << 40))", "Value"},
	{"enumerated range", "l = enumerate(range(1 << 40))", "Value"},
	{"zipped ranges", "l = zip(range(1 << 40), range(1 << 40))", "Value"},
	{"any", "any(range(0, 1 << 40, 1 << 39))\nany([0]*1000)\nx = all(range(1, 1 << 40))", "StepsAtOnce"},
	{"max of range", "x = max(range(1 << 40))", "Value"},
	{"starred range", "def f(*a): return a\nf(*range(1 << 40))", "Value|Memory"},
	{"set of range", "l = set(range(1 << 40))", "Value"},
	{"set union", "l = set().union(range(1 << 40))", "Value"},
	{"dict of range", "d = dict(zip(range(1 << 17), range(1 << 18)))", "Value"},
	{"dict grown", "d = {}\ni = 0\nwhile True:\n  d[i] = i\n  i += 1", "Value"},
	{"dict merged", "d = {0: 0}\nfor i in range(1 << 30): d = d | {i: i}", "Memory|StepsAtOnce"},
	{"dict setdefault", "d = {}\nfor i in range(1 << 30): d.setdefault(i, i)", "Value"},
	{"set added", "d = set()\nfor i in range(1 << 30): d.add(i)", "Value"},
	{"comprehension", "l = [[0 for i in range(1000)] for j in range(1 << 40)]", "Memory|StepsAtOnce"},
	{"dict comprehension", "l = [{i: i for i in range(1000)} for j in range(1 << 40)]", "Memory|StepsAtOnce"},
	{"comprehension that blocks",
		"l = [(sleep(ns(1)) if i % 1000 == 0 else 0) for i in range(1 << 60)]", "Memory|Steps"},
	{"dict comprehension that blocks",
		"l = {i: (sleep(ns(1)) if i % 1000 == 0 else 0) for i in range(1 << 60)}", "Memory|Steps"},
	{"strings in reverse", "s = 'x' * 1000000\nwhile True: t = s[::-1]", "Memory|StepsAtOnce"},
	{"longest of strings", "s = 'x' * 1000000\nt = s + ''\nwhile True: u = max(s, t)", "StepsAtOnce"},
	{"slices", "l = [0] * 100000\nk = []\nwhile True: k.append(l[:])", "Memory|Value|StepsAtOnce"},
	{"chain of lists", "l = None\nwhile True: l = [l]", "Memory|StepsAtOnce"},
	{"chain of tuples", "l = None\nwhile True: l = (l,)", "deep"},
	{"chain of dicts", "l = None\nwhile True: l = {0: l}", "Memory|StepsAtOnce"},
	{"chain of closures", "def mk(g):\n  return lambda: g\nf = None\nwhile True: f = mk(f)", "Memory|StepsAtOnce"},
	{"chain of functions", "def mk(g):\n  def h():\n    return g\n  return h\nf = None\nwhile True: f = mk(f)",
		"Memory|StepsAtOnce"},
	{"chain of rest", "def f(*a): return a\nx = None\nwhile True: x = f(x)", "deep"},
	{"unpacking", "a, b = range(1 << 60)", "too many values"},

	{"tuple tree", "t = (1,)\nwhile True: t = (t, t)", "parts"},
	{"tuple tree as key", "t = (1,)\nfor i in range(14): t = (t, t)\nd = {}\nwhile True: d[t] = 1", "StepsAtOnce|depth"},
	{"tuple tree by times", "t = (1,)\nwhile True: t = (t,) * 2", "parts|Value"},
	{"tuple tree by rest", "def f(*a): return a\nt = (1,)\nwhile True: t = f(t, t)", "parts"},
	{"tuple tree by tuple()", "t = (1,)\nwhile True: t = tuple([t, t])", "parts"},
	{"list tree compared", "def tree():\n  l = [1]\n  for i in range(9): l = [l] * 50\n  return l\na = tree()\nb = tree()\nx = a == b",
		"parts"},
	{"list tree searched", "l = [1]\nfor i in range(9): l = [l] * 50\nx = l in [1, 2]", "parts"},
	{"list tree logged", "l = [1]\nfor i in range(9): l = [l] * 50\nlog(l)", "parts"},
	{"list tree failed", "l = [1]\nfor i in range(9): l = [l] * 50\nfail(l)", "parts"},
	{"list tree in a record", "l = [1]\nfor i in range(9): l = [l] * 50\nrecord('t', x=l)", "want a number"},
	{"deep list printed", "l = []\nfor i in range(100000): l = [l]\nlog(l)", "deep"},
	{"deep list compared", "l = []\nfor i in range(100000): l = [l]\nx = l == l\nk = []\nfor i in range(100000): k = [k]\nx = l == k",
		"depth"},
	{"list that holds itself", "l = []\nl.append(l)\nlog(l)", "deep"},
	{"long keys", "s = 'x' * 1000000\nd = {s: 1}\nwhile True: x = d[s]", "StepsAtOnce"},
	{"long strings compared", "s = 'x' * 1000000\nt = s + ''\nwhile True: x = s == t", "StepsAtOnce"},
	{"search", "s = 'x' * 1000000\nwhile True: x = 'xy' in s", "StepsAtOnce"},
	{"index", "l = [0] * 100000\nl.append(1)\nwhile True: x = l.index(1)", "StepsAtOnce"},
	{"pop from the front", "l = [0] * 500000\nwhile True:\n  l.pop(0)\n  l.append(0)", "StepsAtOnce|Memory|Value"},
	{"sort", "l = ['x' * 100000 + str(i) for i in range(100)]\nwhile True: x = sorted(l)", "StepsAtOnce"},
	{"sort by a key", "s = 'x' * 100000\nl = range(1000)\nwhile True: x = sorted(l, key=lambda i: s + str(i))",
		"StepsAtOnce|Memory"},

	{"large shift", "x = 1 << 1000000", "Value|shift count"},
	{"shifted again", "x = 1\nwhile True: x = x << 100", "bits"},
	{"shifted in place", "x = 1\nwhile True: x <<= 100", "bits"},
	{"squared", "x = 3\nwhile True: x = x * x", "bits"},
	{"squared in place", "x = 3\nwhile True: x *= x", "bits"},
	{"doubled", "x = 3\nwhile True: x = x + x", "bits"},
	{"negative doubled", "x = -3\nwhile True: x = x - -x", "bits"},
	{"int of text", "x = int('9' * 1000000)", "bits"},
	{"float of text", "x = float('9' * 1000000)", "octets"},

	{"tasks", "def f(): sleep(hours(1))\nwhile True: spawn(f)", "Tasks"},
	{"tasks that end", "def f(): pass\nwhile True:\n  spawn(f)\n  sleep(0)", "Tasks|StepsAtOnce"},
	{"attempt nested", "attempt(*([attempt] * 10000))", "nested"},
	{"log", "while True: log('x')", "LogLines"},
	{"print", "while True: print('x')", "LogLines"},
	{"long lines", "s = 'x' * 1000000\nwhile True: log(s)", "LogLines|StepsAtOnce|Memory"},
	{"records", "while True: record('x', a=1)", "Rows|Memory"},
	{"tables", "i = 0\nwhile True:\n  i += 1\n  record('t%d' % i, a=1)", "more than 100 tables"},
	{"columns", "i = 0\nwhile True:\n  i += 1\n  record('t', **{'c%d' % i: 1})", "more than 100 columns"},
	{"results", "i = 0\nwhile True:\n  i += 1\n  result(**{'c%d' % i: 1})", "more than 1000 names"},
	{"texts of records", "s = 'x' * 10000\nwhile True:\n  record('t', a=s)", "Memory|StepsAtOnce"},
	{"texts of results", "s = 'x' * 10000\nwhile True:\n  result(a=s)", "Memory|StepsAtOnce"},
	{"cells", "for i in range(100): record('t', **{'c%d' % i: 1})\nwhile True: record('t', c1=1)", "Memory|Rows"},
	{"sockets", "while True: socket()", "Memory|StepsAtOnce"},
	{"recursion", "def f(): f()\nf()", "recursively"},
	{"recursion by lambda", "f = lambda g: g(g)\nf(f)", "recursively"},
	{"long error", "fail('x' * 1000000)", "..."},
	{"key error", "d = {}\nx = d['x' * 1000000]", "..."},
	{"resolved name", "socket().connect('x' * 1000000, 80)", "no host"},
	{"hash", "s = 'x' * 1000000\nwhile True: hash(s)", "StepsAtOnce"},
	{"dictionary changed", "d = {1: 1}\nfor k in d: d[k + 1] = 1", "during iteration"},
	{"constant", "KiB = 3\nx = None + KiB", "unknown binary"},
	{"frozen", "SHARED.append(1)", "frozen"},
}

// TestHostileScripts runs each under limits that are a twentieth of the default ones, so as not to take long.
func TestHostileScripts(t *testing.T) {
	for _, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			e, took := endOf(t, h.body)
			if e == nil {
				t.Fatal("the script ended well")
			}
			found := false
			for want := range strings.SplitSeq(h.want, "|") {
				found = found || e.Limit == want || strings.Contains(e.Msg, want)
			}
			if !found {
				t.Errorf("%q (limit %q), want %s", e.Error(), e.Limit, h.want)
			}
			if len(e.Error()) > 3000 {
				t.Errorf("the error has %d octets", len(e.Error()))
			}
			if took > 3*time.Second {
				t.Errorf("took %s", took)
			}
			if testing.Verbose() {
				fmt.Printf("%-28s %8s %s\n", h.name, took.Round(time.Millisecond), cut(e.Error(), 150))
			}
		})
	}
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// endOf runs a body of main() for ten virtual seconds and returns the error.
func endOf(t *testing.T, body string) (*script.Error, time.Duration) {
	t.Helper()
	text := "SHARED = []\ndef main():\n  " + strings.ReplaceAll(body, "\n", "\n  ") + "\n"
	p, err := script.Compile("x.star", []byte(text))
	if err != nil {
		return err.(script.CompileError)[0], 0
	}
	w := newWorld()
	defer w.Close()
	c := w.config(w.phone, "x")
	c.Limits = script.Limits{StepsAtOnce: 2_000_000, Steps: 20_000_000, Memory: 64 << 20, Value: 4 << 20, Tasks: 500, LogLines: 5000,
		Rows: 20_000}
	r := p.Start(c)
	began := cpuTime()
	w.Run(sim.Time(10e9))
	took := time.Duration(cpuTime() - began)
	if len(r.Errors()) == 0 {
		return nil, took
	}
	return r.Errors()[0], took
}

// TestHostileText compiles texts that are long or deep: each must be refused or taken, soon.
func TestHostileText(t *testing.T) {
	many := strings.Repeat
	names := strings.Builder{}
	for i := range 20_000 {
		fmt.Fprintf(&names, "  x%d = x%d\n", i, i+1)
	}
	elifs := "  if a:\n    pass\n" + many("  elif a:\n    pass\n", 30_000)
	nested := strings.Builder{}
	for i := range 2000 {
		nested.WriteString(many(" ", i+2) + "if a:\n")
	}
	nested.WriteString(many(" ", 2003) + "pass\n")
	for _, h := range []struct{ name, body string }{
		{"brackets", "  x = " + many("(", 25_000)}, {"lists", "  x = " + many("[", 25_000)},
		{"balanced", "  x = " + many("(", 900) + "1" + many(")", 900)}, {"not", "  x = " + many("not ", 25_000) + "1"},
		{"minus", "  x = " + many("-", 25_000) + "1"}, {"sum", "  x = 1" + many("+1", 60_000)},
		{"sum of strings", "  x = ''" + many("+'a'", 50_000)}, {"attributes", "  x = args" + many(".a", 60_000)},
		{"calls", "  x = args" + many("()", 60_000)}, {"index", "  x = args" + many("[0]", 60_000)},
		{"and", "  x = a" + many(" and a", 25_000)}, {"conditions", "  x = " + many("a if a else ", 50_000) + "a"},
		{"lambdas", "  x = " + many("lambda: ", 25_000) + "1"}, {"comparisons", "  x = a" + many(" == a", 25_000)},
		{"elif", elifs}, {"nested if", nested.String()}, {"names", names.String()},
		{"comprehension", "  x = [1 " + many("for i in a ", 50_000) + "]"},
		{"large int", "  x = " + many("9", 100_000)}, {"large int in hex", "  x = 0x" + many("f", 100_000)},
		{"arguments", "  x = max(" + many("a, ", 200_000) + ")"}, {"statements", many("  a = 1\n", 25_000)},
		{"list", "  x = [" + many("1,", 100_000) + "]"}, {"dict", "  x = {" + many("1:1,", 200_000) + "}"},
		{"too long", many("  a = 1\n", 200_000)}, {"zeros", many("\x00", 25_000)}, {"not UTF-8", "  x = '\xff\xfe'"},
		{"targets", "  " + many("(", 900) + "x" + many(")", 900) + " = 1"},
	} {
		began := cpuTime()
		_, err := script.Compile("x.star", []byte("a = 1\ndef main():\n"+h.body+"\n"))
		took := time.Duration(cpuTime() - began)
		if took > 5*time.Second {
			t.Errorf("%s: took %s", h.name, took)
		}
		if err != nil && (err.(script.CompileError)[0].Pos.Line == 0 || len(err.Error()) > 25_000) {
			t.Errorf("%s: %s", h.name, cut(err.Error(), 200))
		}
		if testing.Verbose() {
			fmt.Printf("%-16s %8s %s\n", h.name, took.Round(time.Millisecond), cut(fmt.Sprint(err), 120))
		}
	}
}

// TestWrongArguments calls every function and method with values of every type: what is wrong is an error of the task,
// never a panic.
func TestWrongArguments(t *testing.T) {
	w := newWorld()
	w.start(w.server, "server", `
def main():
  l = socket()
  l.bind(port=80)
  l.listen()
  while True:
    l.accept()
`)
	text := `
def f(*a, **k): return 1
def nothing(): pass
def main():
  s = socket()
  s.connect("server", 80)
  s.send(1000)
  sleep(ms(200))
  fresh = socket()
  plain = socket("tcp")
  l = socket()
  l.bind(port=99)
  l.listen()
  n = netlink()
  p = policy("aggregate", s)
  t = spawn(nothing)
  values = [None, True, 0, 1, -1, 1 << 70, 1.5, "x", "server", b"x", [], [1], {}, {"a": 1}, (), (1, 2), set([1]), ms(1), ms(0),
    EAGAIN, TCP_INFO, TCP_NODELAY, SO_LINGER, MPTCP_OPEN_SUB_TUPLE, IPPROTO_TCP, address("server"), s, fresh, l, t, n, p, host, f,
    host.interface("wifi"), range(3), s.sub_ids()[0], s.sub_info(1), float("nan"), float("inf"), len, "a".elems()]
  functions = [FUNCTIONS]
  for x in [s, fresh, plain, l, t, n, p, host, ms(1), EAGAIN, TCP_INFO, s.sub_ids()[0], s.info(), "x", b"x", [1], {1: 2}, set([1])]:
    for name in dir(x):
      if name not in ["close", "abort", "cancel"]:
        functions.append(getattr(x, name))
  for g in functions:
    if type(g) not in ["builtin_function_or_method", "function"]:
      continue
    spawn(attempt, g)
    for a in values:
      spawn(attempt, g, a)
      for b in VALUES:
        spawn(attempt, g, a, b)
      spawn(attempt, g, a, a, a)
      spawn(attempt, g, IPPROTO_TCP, a, a)
    sleep(us(1))
  result(functions=len(functions))
`
	functions := strings.Join(strings.Fields(`socket poll spawn attempt sleep sleep_until now rand rand_int log record result
		address policy netlink fail abs any all bool bytes chr dict dir enumerate float getattr hasattr hash int len list max
		min ord range repr reversed set sorted str tuple type zip ns us ms seconds minutes hours print`), ", ")
	text = strings.NewReplacer("FUNCTIONS", functions, "VALUES", "[None, 1, 'x', ms(1), s]").Replace(text)
	p := must(script.Compile("wrong.star", []byte(text)))
	c := w.config(w.phone, "wrong")
	c.Limits = script.Limits{Tasks: 1 << 20, Memory: 1 << 40, LogLines: 1 << 30, Rows: 1 << 30}
	failed := 0
	c.OnError = func(e *script.Error) {
		failed++
		if e.Task == "main" {
			t.Error(e.Backtrace())
		}
		if e.Pos.Line == 0 || e.Msg == "" {
			t.Errorf("an error without a place: %v", e)
		}
	}
	r := p.Start(c)
	w.Run(sim.Time(2e9))
	w.Close()
	if len(r.Results()) == 0 || failed < 1000 {
		t.Errorf("%d calls failed, results %v", failed, r.Results())
	}
	t.Logf("%v, %d calls failed", r.Results(), failed)
}
