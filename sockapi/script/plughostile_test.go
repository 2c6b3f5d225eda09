package script_test

import (
	"strings"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi/script"
)

// tree is the text of a list that prints with 2^40 parts.
const tree = "[1]\n    for i in range(40): l = [l, l]\n    "

// TestHostilePlugs runs a transfer with plug-ins that do what they should not. Each ends in an error with its place, or
// is harmless; the run comes to its end soon, and but for "stalls" the transfer does, too.
func TestHostilePlugs(t *testing.T) {
	for _, x := range []struct{ name, role, body, want string }{
		{"wrong index", "sched", "return 7", "pick returned 7"},
		{"large index", "sched", "return 1 << 80", "pick returned 1208925819614629174706176"},
		{"list", "sched", "return [0] * 1000", ""},
		{"list of None", "sched", "return [None, 0]", ""},
		{"long list of None", "sched", "return [None] * 40000", "more than"},
		{"range", "sched", "return range(1 << 40)", "more than"},
		{"tree", "sched", "l = " + tree + "return l", "pick returned"},
		{"tree in a dict", "sched", "l = " + tree + "return {1: l}", "pick returned"},
		{"None for ever", "sched", "return None", "stalls"},
		{"bytes", "sched", "return b'x'", "pick returned"},
		{"endless", "sched", "while True: pass", "StepsAtOnce"},
		{"log", "sched", "log('x' * 2000)\n    return 0", ""},
		{"state", "sched", "want.state[len(want.state)] = 1\n    return 0", ""},
		{"window of a tree", "cc", "l = " + tree + "f.cwnd = l", "cwnd ="},
		{"window below zero", "cc", "f.cwnd = -5", "must be 1.."},
		{"huge window", "cc", "f.cwnd = 1 << 40", ""},
		{"too huge window", "cc", "f.cwnd = 1 << 62", "must be 1.."},
		{"least window", "cc", "f.cwnd = 1\n    f.ssthresh = 1", "stalls"},
		{"window of text", "cc", "f.cwnd = 'x'", "cwnd ="},
		{"acks", "cc", "fail('ack')", "fail: ack"},
		{"endless ack", "cc", "while True: pass", "StepsAtOnce"},
		{"floods of open", "pm", "for i in range(3000): conn.open('wifi')", "without virtual time going on"},
		{"floods of open at timers", "pm", "conn.open('wifi')\n    conn.after(ms(1))", "without virtual time going on"},
		{"floods of announce", "pm", "for i in range(1000): conn.announce('wifi')", ""},
		{"floods of withdraw", "pm", "for i in range(1000): conn.withdraw('wifi')", ""},
		{"floods of backup", "pm", "for i in range(1000):\n      for s in conn.subflows: conn.set_backup(s, i % 2 == 0)", ""},
		{"closes all", "pm", "for s in conn.subflows: conn.close(s)", "stalls"},
		{"after nothing", "pm", "conn.after(ms(0))", "without virtual time going on"},
		{"after nothing twice", "pm", "conn.after(ms(0))\n    conn.after(ns(1))", "timers"},
		{"many timers", "pm", "for i in range(20000): conn.after(seconds(1))", "StepsAtOnce"},
		{"event fails", "pm", "fail(e.kind)", "fail: created"},
		{"endless event", "pm", "while True: pass", "StepsAtOnce"},
		{"wrong close", "pm", "conn.close(1 << 31)\n    conn.set_backup(77, True)", ""},
	} {
		t.Run(x.name, func(t *testing.T) { hostilePlug(t, x.role, x.body, x.want) })
	}
}

func hostilePlug(t *testing.T, role, body, want string) {
	var errs []string
	c := script.PlugConfig{Error: func(e *script.Error) { errs = append(errs, e.Limit+" "+e.Error()) }}
	c.Labels = []script.InterfaceTag{{Name: "lte", Addrs: addrs("10.0.0.1")}, {Name: "wifi", Addrs: addrs("10.1.0.1")}}
	w := newWorld()
	defer w.Close()
	p := builtIn("fullmesh", "minrtt", "newreno")
	head := map[string]string{"sched": "pick(subflows, want)", "cc": "on_ack(f, acked)", "pm": "on_event(conn, e)"}[role]
	prog := must(script.Compile("p.star", []byte("def "+head+":\n    "+body+"\n")))
	switch role {
	case "sched":
		p.scheduler = must(script.Scheduler(prog, c))
	case "cc":
		p.controller = must(script.Controller(prog, c))
	case "pm":
		p.manager = must(script.Manager(prog, c))
	}
	w.phone.MPTCP().SetManagers(p.manager)
	w.phone.MPTCP().SetSchedulers(p.scheduler)
	w.phone.TCP().SetControllers(p.controller)
	server := w.start(w.server, "server", `
def main():
    l = socket()
    l.bind(port=80)
    l.listen()
    c = l.accept()
    result(got=c.recv(300000, discard=True))
`)
	w.start(w.phone, "phone", "def main():\n    s = socket()\n    s.connect('server', 80)\n    s.send(300000)\n")
	began := cpuTime()
	w.Run(sim.Time(10 * unit.Second))
	took := time.Duration(cpuTime() - began)
	if took > 2*time.Second {
		t.Errorf("took %s", took)
	}
	if r := server.Results(); want != "stalls" && (len(r) != 1 || r[0].Value != int64(300000)) {
		t.Errorf("received %v, %v", r, server.Err())
	}
	switch {
	case want == "" || want == "stalls":
		if len(errs) > 0 {
			t.Errorf("errors %q", errs)
		}
	case len(errs) == 0 || len(errs) > 2 || // one for each flow
		!strings.Contains(errs[0], want) || !strings.Contains(errs[0], "p.star:"):
		t.Errorf("errors %.500q, want %q", errs, want)
	}
	if len(strings.Join(errs, "")) > 3000 {
		t.Errorf("long errors")
	}
	if testing.Verbose() {
		t.Logf("%s %s %.300q", took, w.Digest(), errs)
	}
}
