package script

import (
	"strings"
	"testing"

	"mpsim/model/cc"
	"mpsim/model/mptcp/pm"
	"mpsim/model/mptcp/sched"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// at is the time of the calls that fail here.
const at = sim.Time(1204 * unit.Millisecond)

// TestSchedulerErrors: a pick that fails says where and when, once, and the connection goes on with minrtt.
func TestSchedulerErrors(t *testing.T) {
	for _, test := range []struct{ body, want string }{
		{`return 7`, "p.star:1:1: pick returned 7: an index must be 0..1 (or return the subflow, or None) (at 1.204s)"},
		{`return -1`, "p.star:1:1: pick returned -1: an index must be 0..1 (or return the subflow, or None) (at 1.204s)"},
		{`return "wifi"`,
			`p.star:1:1: pick returned "wifi" (string): return one of subflows, its index, or None (at 1.204s)`},
		{`return [subflows[0], 2]`, "pick returned 2: an index must be 0..1"},
		{`return subflows[0].rtt`, `p.star:2:23: subflow has no .rtt field or method (did you mean .srtt?) (at 1.204s)`},
		{`return 1 // 0`, "p.star:2:14: floored division by zero (at 1.204s)"},
		{`fail("no", 1)`, "p.star:2:9: fail: no 1 (at 1.204s)"},
		{`sleep(ms(1))`, "p.star:2:10: sleep: not in a scheduler: it would block (at 1.204s)"},
		{`socket()`, "p.star:2:11: socket: not in a scheduler"},
		{`rand()`, "p.star:2:9: rand: not in a scheduler (at 1.204s)"},
		{`
    while True:
        pass`, "one call of pick has taken 100000 steps (limit StepsAtOnce): an endless loop? (at 1.204s)"},
		{`subflows[0].room = 1`, "p.star:2:16: can't assign to .room field of subflow (at 1.204s)"},
		{`return subflows[5]`, "p.star:2:20: subflows index 5 out of range"},
		{`return x`, "p.star:2:12: global variable x referenced before assignment"},
		{`return {subflows: 1}`, "unhashable type: subflows"},
		{`return want.state.pop("nothing")`, `missing key`},
	} {
		var errs []string
		f, err := Scheduler(compiled(t, "p.star", "def pick(subflows, want):\n    "+test.body+"\nif False:\n    x = 1\n"),
			PlugConfig{Error: func(err *Error) { errs = append(errs, err.Error()) }})
		if err != nil {
			t.Fatal(err)
		}
		s := f()
		views := []sched.View{view(0, 30*ms, 1000), view(1, 20*ms, 1000)}
		for range 3 {
			if got := s.Pick(at, views, sched.Want{Unsent: 1}); got != 1 {
				t.Errorf("%s: picked %d after an error, minrtt would pick 1", test.body, got)
			}
		}
		if len(errs) != 1 || !strings.Contains(errs[0], test.want) {
			t.Errorf("%s:\n got %q\nwant %q", test.body, errs, test.want)
		}
		f().Pick(at, views, sched.Want{Unsent: 1})
		if len(errs) != 2 || errs[1] != errs[0] {
			t.Errorf("%s: another connection: %q", test.body, errs)
		}
	}
}

// TestPlugErrorsApart: the errors of two connections under one factory have nothing to do with each other.
func TestPlugErrorsApart(t *testing.T) {
	var errs []string
	f, err := Scheduler(compiled(t, "p.star", `
def pick(subflows, want):
    if want.unsent == 1:
        while True:
            pass
    return want.unsent
`), PlugConfig{Error: func(err *Error) { errs = append(errs, err.Limit+" "+err.Msg) }})
	if err != nil {
		t.Fatal(err)
	}
	views := []sched.View{view(0, 30*ms, 1000)}
	f().Pick(at, views, sched.Want{Unsent: 1})
	f().Pick(at, views, sched.Want{Unsent: 2})
	if len(errs) != 2 || !strings.HasPrefix(errs[0], "StepsAtOnce one call") || !strings.HasPrefix(errs[1], " pick returned 2") {
		t.Errorf("errors %q", errs)
	}
}

// TestPlugGrowth: what a script keeps for a connection is bounded, not what it has used and dropped.
func TestPlugGrowth(t *testing.T) {
	for _, test := range []struct{ body, want string }{
		{`want.state[len(want.state)] = [0] * 5000`, "the state of one connection or flow is too large"},
		{`want.state[0] = want.state.get(0, []) + [1] * 5000; return 0`, "limit StepsAtOnce"},
		{`subflows[0].state[len(subflows[0].state)] = "x" * 50000`, "the state of one connection or flow is too large"},
		{`want.state["self"] = want.state; x = [0] * 3000`, "too large, or holds itself"},
		{`x = [0] * 5000; return 0`, ""},
	} {
		msg := ""
		f, err := Scheduler(compiled(t, "p.star", "def pick(subflows, want):\n    "+test.body),
			PlugConfig{Error: func(err *Error) { msg = err.Error() }})
		if err != nil {
			t.Fatal(err)
		}
		s, views := f(), []sched.View{view(0, 30*ms, 1000)}
		for i := 0; i < 100_000 && msg == ""; i++ {
			s.Pick(at, views, sched.Want{Unsent: 1})
			if test.want == "" && i > 1000 {
				break
			}
		}
		if (test.want == "") != (msg == "") || !strings.Contains(msg, test.want) {
			t.Errorf("%s: %q, want %q", test.body, msg, test.want)
		}
	}
}

// TestControllerErrors: a controller that fails is NewReno from then on.
func TestControllerErrors(t *testing.T) {
	for _, test := range []struct{ body, want string }{
		{`f.cwnd += 0.5`, "cwnd = 10000.5 (float): windows are integer octets; use int(...) or //"},
		{`f.cwnd = 0`, "cwnd = 0: must be 1..1099511627776 octets"},
		{`f.cwnd = f.ssthresh`, "cwnd = infinite: must be 1..1099511627776 octets"},
		{`f.srtt = ms(1)`, "flow has no .srtt that can be set: cwnd and ssthresh can"},
		{`f.siblings[0].cwnd = 1`, "cwnd of another flow cannot be set: each flow sets its own"},
		{`f.undo()`, "flow has no .undo field or method"},
	} {
		var errs []string
		f, err := Controller(compiled(t, "c.star", "def on_ack(f, acked):\n    "+test.body),
			PlugConfig{Error: func(err *Error) { errs = append(errs, err.Error()) }})
		if err != nil {
			t.Fatal(err)
		}
		x := &cc.Flow{MSS: 1000, Cwnd: 10_000, Ssthresh: cc.InfiniteSsthresh}
		ctrl := pair(f, x, &cc.Flow{MSS: 1000, Cwnd: 10_000})
		ctrl[0].OnAck(at, x, 1000)
		if len(errs) != 1 || !strings.Contains(errs[0], test.want) || !strings.HasSuffix(errs[0], "(at 1.204s)") {
			t.Errorf("%s:\n got %q\nwant %q", test.body, errs, test.want)
		}
		ctrl[0].OnAck(at, x, 1000)
		x.FlightSize = 11_000
		if half := ctrl[0].OnLoss(at, x); x.Cwnd != 11_000 || half != 5500 || len(errs) != 1 {
			t.Errorf("%s: window %d, ssthresh %d after a loss, errors %q", test.body, x.Cwnd, half, errs)
		}
	}
}

// TestControllerAnswers: what on_loss may return.
func TestControllerAnswers(t *testing.T) {
	for _, test := range []struct {
		body   string
		want   int64
		errors int
	}{
		{"return 7000", 7000, 0}, {"return None", 5000, 0}, {"pass", 5000, 0}, {"return 100", 2000, 0},
		{"return 0.7 * f.cwnd", 5000, 1}, {"return f.cwnd * 7 // 10", 7000, 0}, {"return -1", 5000, 1},
	} {
		n := 0
		f, err := Controller(compiled(t, "c.star", "def on_ack(f, acked):\n    pass\ndef on_loss(f):\n    "+test.body+
			"\ndef on_rto(f):\n    "+test.body), PlugConfig{Error: func(*Error) { n++ }})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			x := &cc.Flow{MSS: 1000, Cwnd: 10_000, Ssthresh: cc.InfiniteSsthresh, FlightSize: 10_000}
			c, got := f(), int64(0)
			if i == 0 {
				got = c.OnLoss(at, x)
			} else {
				got = c.OnRTO(at, x)
			}
			if got != test.want {
				t.Errorf("%s: ssthresh %d, want %d", test.body, got, test.want)
			}
		}
		if n != 2*test.errors {
			t.Errorf("%s: %d errors", test.body, n)
		}
	}
}

// TestManagerErrors: a path manager that fails does nothing more.
func TestManagerErrors(t *testing.T) {
	for _, test := range []struct{ body, want string }{
		{`conn.open(7)`, "int 7 is none of conn.locals: give one of them, its id, address or interface"},
		{`conn.open("lte")`, `string "lte" is none of conn.locals`},
		{`conn.open(0, "1.2.3.4")`, `string "1.2.3.4" is none of conn.remotes`},
		{`conn.open()`, "missing argument for local"},
		{`conn.close("a")`, `string "a" is no subflow: give one of conn.subflows, or its id`},
		{`conn.after(5)`, "int 5: want a duration such as ms(500), not negative"},
		{`conn.after(ms(-1))`, "want a duration such as ms(500), not negative"},
		{`conn.announce(0, port = 70000)`, "port 70000: must be 0 (none said) or 1..65535"},
		{`e.subflow.id`, "NoneType has no .id field or method"},
	} {
		var errs []string
		f, err := Manager(compiled(t, "m.star", "def on_event(conn, e):\n    "+test.body),
			PlugConfig{Error: func(err *Error) { errs = append(errs, err.Error()) }})
		if err != nil {
			t.Fatal(err)
		}
		m, c := f(), phone()
		for range 2 {
			m.Handle(at, c, pm.Event{Kind: pm.Established})
		}
		if len(errs) != 1 || !strings.Contains(errs[0], test.want) || !strings.HasSuffix(errs[0], "(at 1.204s)") {
			t.Errorf("%s:\n got %q\nwant %q", test.body, errs, test.want)
		}
		if m.(pm.TimeoutWatcher).WatchesTimeouts() {
			t.Errorf("%s: still watches timeouts", test.body)
		}
	}
	m := managers(t, compiled(t, "m.star", `
def on_event(conn, e):
    if e.kind == "created":
        conn.state["conn"] = [conn.state]
`))()
	m.Handle(at, phone(), pm.Event{Kind: pm.Created})
}

// TestPlugNeeds: what a script lacks is said when it is loaded.
func TestPlugNeeds(t *testing.T) {
	factories := map[string]func(*Program) error{
		"scheduler":  func(p *Program) error { _, err := Scheduler(p, PlugConfig{}); return err },
		"manager":    func(p *Program) error { _, err := Manager(p, PlugConfig{}); return err },
		"controller": func(p *Program) error { _, err := Controller(p, PlugConfig{}); return err },
	}
	for _, test := range []struct{ role, src, want string }{
		{"scheduler", "", `p.star:1:1: a scheduler needs "def pick(subflows, want)": it is not there`},
		{"scheduler", "\npick = 3", "p.star:1:1: pick is int 3: a scheduler needs a function of that name"},
		{"scheduler", "\ndef pick(s):\n  pass",
			"p.star:2:1: pick has 1 parameters: a scheduler needs pick(subflows, want)"},
		{"scheduler", "def pick(*s):\n  pass", "p.star:1:1: pick has 1 parameters: a scheduler needs pick(subflows, want)"},
		{"scheduler", "eager = 1\ndef pick(s, w):\n  pass", "p.star:1:1: eager is int 1: want True or False"},
		{"scheduler", "def pick(s, w):\n  pass\n1 // 0", "p.star:3:3: floored division by zero"},
		{"scheduler", "sleep(ms(1))", "p.star:1:6: sleep: not in a scheduler: it would block"},
		{"manager", "", `p.star:1:1: a path manager needs "def on_event(conn, e)": it is not there`},
		{"controller", "", `p.star:1:1: a congestion controller needs "def on_ack(f, acked)": it is not there`},
		{"controller", "def on_ack(f, a):\n  pass\ndef on_loss(f, g):\n  pass",
			"p.star:3:1: on_loss has 2 parameters: a congestion controller needs on_loss(f)"},
	} {
		err := factories[test.role](compiled(t, "p.star", test.src))
		if err == nil || err.Error() != test.want {
			t.Errorf("%q:\n got %v\nwant %s", test.src, err, test.want)
		}
	}
}
