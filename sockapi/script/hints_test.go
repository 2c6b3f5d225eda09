package script_test

import (
	"strings"
	"testing"

	"mpsim/sim"
	"mpsim/sockapi/script"
)

// Words of Python are answered with what there is instead.
func TestHints(t *testing.T) {
	for _, x := range []struct{ body, want string }{
		{"try:\n  pass\nexcept: pass", "got try, want primary expression (try: there are no exceptions: v, err = attempt("},
		{"raise ValueError('x')", "fail("}, {"assert 1 == 2", "if not condition: fail("},
		{"import time", "nothing can be imported"}, {"from math import sqrt", "nothing can be imported"},
		{"class A:\n  pass", "there are no classes"}, {"if 1 is None: pass", "use == or !="},
		{"with socket() as s: pass", "close() at the end"}, {"global x", "kept in a dict|keep what changes in a dict"},
		{"yield 1", "spawn a task"}, {"async def f(): pass", "spawn(f, ...)"}, {"await now()", "spawn(f, ...)"},
		{"x = 3\nprint(f'x is {x}')", "there are no f-strings"}, {"x = 2**10", "multiply"},
		{"x = 1 < 2 < 3", "write a < b and b < c"}, {"@f\ndef g(): pass", "no decorators"},
		{"x = (n := 3)", "there is no :="}, {"x: int = 3", "annotations"}, {"print 3", "print(x)"},
		{"def f(a: int): pass", "annotations"}, {"def f(a) -> int: pass", "annotations"},
		{"x = round(2.5)", "undefined: round (use fixed(x, digits)"}, {"x = sum([1])", "undefined: sum (add in a loop"},
		{"x = true", "(True)"}, {"x = sokcet()", "did you mean socket?"},

		{"x = '%.2f' % 1.0", "fixed(x, 2)"}, {"x = '{:.2f}'.format(1.0)", "fixed(x, 2)"},
		{"SHARED.append(1)", "make it in main()"}, {"SHARED += [1]", "cannot be assigned in functions"},
		{"b'x'.decode()", "str(b)"}, {"x = b'x' + 'y'", "str(b)"}, {"x = 'x' + 3", "str(x)"},
		{"x = now() + 1", "such as ms(20)"}, {"x = now() > 3", "such as ms(20)"}, {"args['size']", "args.size"},
		{"s = socket()\ns.setsockopt(TCP_NODELAY, 1)", "needs a value for value: setsockopt(level, option, value)"},
		{"s = socket()\ns.sub_get(TCP_INFO)", "needs a value for option: sub_get(id, option)"},
		{"s = socket()\ns.connect(('server', 80))", `host and port are two arguments: connect("server", 80)`},
		{"s = socket()\ns.connect('10.0.0.300', 80)", `"10.0.0.300" is not an address`},
		{"s = socket()\ns.connect('server', 80, local='wlan')", "interfaces of this host: lte, wifi"},
		{"s = socket()\ns.connect('server', 80, local='wfi')", "did you mean wifi?"},
		{"s = socket()\ns.recv(-1)", "max: want an int from 1 up"},
		{"s = socket()\npolicy('handover', s, maxrto=ms(1))", "no setting maxrto (did you mean max_rto?): it has max_rto, retry"},
		{"x = fixed(1.5, 21)", "digits: want an int from 0 to 20"}, {"x = fixed(ms(1), 2)", "d.ms"},
		{"x = fixed('a', 2)", "want a number"},
	} {
		e, _ := endOf(t, x.body)
		if e == nil {
			t.Errorf("%s: no error", x.body)
			continue
		}
		found := false
		for want := range strings.SplitSeq(x.want, "|") {
			found = found || strings.Contains(e.Error(), want)
		}
		if !found {
			t.Errorf("%s: %v, want %s", x.body, e, x.want)
		}
	}
}

// A script without main says what is nearest to it, at its place.
func TestNoMain(t *testing.T) {
	for _, x := range []struct{ text, want string }{
		{"def mian():\n  pass\n", "w.yaml:7:5: the script defines no function main() (did you mean mian?)"},
		{"x = 1\nmain = 5\n", "w.yaml:8:5: main is not a function: write def main():"},
		{"", "w.yaml:7:5: the script defines no function main()"},
		{"def main():\n  pass\nmain = 5\n", "w.yaml:7:5: main is not a function when the module has run (at 0s, in task main)"},
		{"if True:\n  def main():\n    pass\n", ""},
	} {
		p := must(script.CompileAt("w.yaml", []byte(x.text), 7, 4))
		w := newWorld()
		r := p.Start(w.config(w.phone, "x"))
		w.Run(sim.Time(1e9))
		err := r.Err()
		switch {
		case x.want == "" && err == nil:
		case x.want == "" || err == nil || !strings.HasPrefix(err.Error(), x.want):
			t.Errorf("%s: %v, want %s", x.text, err, x.want)
		}
		if e := p.Needs("main"); e != nil && err != nil && !strings.HasPrefix(err.Error(), e.Error()) {
			t.Errorf("Needs: %v, the run %v", e, err)
		}
		w.Close()
	}
}

// fixed writes numbers with so many digits.
func TestFixed(t *testing.T) {
	e, _ := endOf(t, `
for got, want in [(fixed(2, 0), "2"), (fixed(1.005, 2), "1.00"), (fixed(-2.5, 0), "-2"), (fixed(1/3, 3), "0.333"),
  (fixed(1 << 70, 1), "1180591620717411303424.0"), (fixed(float("nan"), 2), "nan"), (fixed(1e20), "100000000000000000000.00"),
  (fixed(float("-inf"), 2), "-inf")]:
  if got != want: fail(got, want)`)
	if e != nil {
		t.Error(e)
	}
}

// open_sub says what to wait for, and which interfaces there are.
func TestOpenSubHints(t *testing.T) {
	server := `
def main():
    l = socket()
    l.bind(port=80)
    l.listen()
    c = l.accept()
    c.send(c.recv(10))
`
	for _, x := range []struct{ body, want string }{
		{"s.open_sub('wifi')", "exchange data first, such as send and recv of the answer, or wait for the event established"},
		{"s.send('x')\n    s.recv(10)\n    s.open_sub(interface='wfi')",
			"EINVAL invalid argument (there is no interface wfi; interfaces of this host: lte, wifi (did you mean wifi?))"},
		{"s.subscribe('established')\n    s.send('x')\n    s.event()\n    s.open_sub(interface='wifi')", ""},
	} {
		w := newWorld()
		w.start(w.server, "server", server)
		r := w.start(w.phone, "phone",
			"def main():\n    s = socket()\n    s.connect('server', 80, local='lte')\n    "+x.body+"\n")
		w.Run(sim.Time(2e9))
		switch err := r.Err(); {
		case x.want == "" && err == nil && r.Ended():
		case x.want == "" || err == nil || !strings.Contains(err.Error(), x.want):
			t.Errorf("%s: got %v, want %s", x.body, err, x.want)
		}
		w.Close()
	}
}

// Errors that come without a reason get one.
func TestReasons(t *testing.T) {
	for _, x := range []struct{ body, want string }{
		{"s = socket()\ns.send('x')", "send: EPIPE broken pipe (the socket is not connected, or shut for writing)"},
		{"s = socket('tcp')\ns.open_sub('wifi')", "open_sub: E"},
	} {
		if e, _ := endOf(t, x.body); e == nil || !strings.Contains(e.Error(), x.want) {
			t.Errorf("%s: got %v, want %s", x.body, e, x.want)
		}
	}
}
