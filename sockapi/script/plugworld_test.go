package script_test

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"mpsim/model/cc"
	"mpsim/model/mptcp"
	"mpsim/model/mptcp/pm"
	"mpsim/model/mptcp/sched"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi/script"
)

// plugParts are what a host's stack is made of beside the protocol.
type plugParts struct {
	manager    func() pm.Manager
	scheduler  func() sched.Scheduler
	controller func() cc.Controller
}

// builtIn are the plugParts of that name of packages pm, sched and cc.
func builtIn(manager, scheduler, controller string) plugParts {
	return plugParts{
		func() pm.Manager { return must(pm.New(manager, pm.Config{})) },
		func() sched.Scheduler { return must(sched.New(scheduler)) },
		func() cc.Controller { return must(cc.New(controller)) },
	}
}

func load(t testing.TB, name string) *script.Program {
	t.Helper()
	return must(script.Compile(name+".star", must(os.ReadFile("testdata/plug/"+name+".star"))))
}

func plugConfig(t testing.TB, args ...script.Arg) script.PlugConfig {
	return script.PlugConfig{Args: args, Error: func(err *script.Error) { t.Error(err.Backtrace()) },
		Log: func(l script.Line) { t.Log(l.At, l.Text) }}
}

// transfer sends 3 MB from the phone, whose WiFi is away from 0.5 s to 2.5 s, and returns the world when it
// is over.
func transfer(t testing.TB, p plugParts, octets string) (*world, *script.Run) {
	w := newWorld()
	w.phone.MPTCP().SetManagers(p.manager)
	w.phone.MPTCP().SetSchedulers(p.scheduler)
	w.phone.TCP().SetControllers(p.controller)
	server := w.start(w.server, "server", `
def main():
    l = socket()
    l.bind(None, 80)
    l.listen(1)
    c = l.accept()
    n = c.recv(`+octets+`, discard = True)
    while n < `+octets+`:
        n += c.recv(`+octets+` - n, discard = True)
    result(done = now())
    c.close()
`)
	w.start(w.phone, "phone", `
def main():
    s = socket()
    s.connect("server", 80)
    s.send(`+octets+`)
    s.close()
`)
	weather := w.Component("weather")
	for i, down := range []bool{true, false} {
		w.Call(weather, sim.Time(unit.Duration(500+2000*i)*unit.Millisecond), func(sim.Time) {
			for _, id := range w.links["wifi"] {
				w.net.SetDown(id, down)
			}
		})
	}
	w.Run(sim.Time(60 * unit.Second))
	w.Close()
	if err := server.Err(); err != nil || len(server.Results()) != 1 {
		t.Fatalf("the transfer failed: %v, %v", err, server.Results())
	}
	return w, server
}

// TestPlugDigests: the run of a script is that of the part in Go, to the last segment.
func TestPlugDigests(t *testing.T) {
	fullmesh := must(script.Manager(load(t, "fullmesh"), plugConfig(t)))
	minrtt := must(script.Scheduler(load(t, "minrtt"), plugConfig(t)))
	roundrobin := must(script.Scheduler(load(t, "roundrobin"), plugConfig(t)))
	newreno := must(script.Controller(load(t, "newreno"), plugConfig(t)))
	for name, c := range map[string]struct{ own, other plugParts }{
		"minrtt":     {plugParts{scheduler: minrtt}, builtIn("fullmesh", "minrtt", "newreno")},
		"roundrobin": {plugParts{scheduler: roundrobin}, builtIn("fullmesh", "roundrobin", "newreno")},
		"fullmesh":   {plugParts{manager: fullmesh}, builtIn("fullmesh", "minrtt", "newreno")},
		"newreno":    {plugParts{controller: newreno}, builtIn("fullmesh", "minrtt", "newreno")},
		"all":        {plugParts{fullmesh, minrtt, newreno}, builtIn("fullmesh", "minrtt", "newreno")},
	} {
		own := c.other
		if c.own.manager != nil {
			own.manager = c.own.manager
		}
		if c.own.scheduler != nil {
			own.scheduler = c.own.scheduler
		}
		if c.own.controller != nil {
			own.controller = c.own.controller
		}
		a, _ := transfer(t, own, "3000000")
		b, _ := transfer(t, c.other, "3000000")
		if a.Digest() != b.Digest() {
			t.Errorf("%s: the script's run has the digest %s, that of Go %s", name, a.Digest(), b.Digest())
		}
		subflows := 0
		b.phone.MPTCP().EachConn(func(c *mptcp.Conn) bool {
			subflows = c.Info().SubflowsTotal
			return true
		})
		if subflows < 2 {
			t.Errorf("%s: %d subflows", name, subflows)
		}
	}
}

// TestPlugRedundantInRun: with a redundant scheduler much of a transfer goes over both paths.
func TestPlugRedundantInRun(t *testing.T) {
	p := builtIn("fullmesh", "minrtt", "newreno")
	p.scheduler = must(script.Scheduler(load(t, "redundant"), plugConfig(t)))
	w, _ := transfer(t, p, "300000")
	w.phone.MPTCP().EachConn(func(c *mptcp.Conn) bool {
		if i := c.Info(); i.BytesReinjected < 80_000 || i.BytesReinjected > 300_000 {
			t.Errorf("%d octets of 300000 were sent twice", i.BytesReinjected)
		}
		return true
	})
}

// TestPlugErrorInRun: a scheduler that fails in the middle leaves a connection that works, and says so once.
func TestPlugErrorInRun(t *testing.T) {
	var errs []string
	p := builtIn("fullmesh", "minrtt", "newreno")
	p.scheduler = must(script.Scheduler(must(script.Compile("p.star", []byte(`
def pick(subflows, want):
    if want.now > ms(700):
        fail("enough")
    return min(subflows, key = lambda f: f.srtt)
`))), script.PlugConfig{Name: "script:mine", Error: func(err *script.Error) { errs = append(errs, err.Error()) }}))
	w, _ := transfer(t, p, "3000000")
	if len(errs) != 1 || errs[0][:30] != "p.star:4:13: fail: enough (at " {
		t.Errorf("errors %q", errs)
	}
	w.phone.MPTCP().EachConn(func(c *mptcp.Conn) bool {
		if got := c.Info().Scheduler; got != "script:mine" {
			t.Errorf("name %q", got)
		}
		return true
	})
}

func addrs(s string) []wire.Addr { return []wire.Addr{wire.AddrFrom(netip.MustParseAddr(s))} }

// TestPlugTimersInRun: a path manager's timers come when they are due, and what it measures is the
// endpoint's.
func TestPlugTimersInRun(t *testing.T) {
	var lines []string
	c := plugConfig(t)
	c.Labels = []script.InterfaceTag{{Name: "lte", Addrs: addrs("10.0.0.1")}, {Name: "wifi", Addrs: addrs("10.1.0.1")}}
	c.Log = func(l script.Line) { lines = append(lines, fmt.Sprintf("%s %s", l.At, l.Text)) }
	p := builtIn("none", "minrtt", "newreno")
	p.manager = must(script.Manager(must(script.Compile("m.star", []byte(`
def on_event(conn, e):
    if e.kind == "created":
        conn.state["start"] = conn.now
    elif e.kind == "established":
        conn.after(ms(100), "first")
        conn.cancel(conn.after(ms(150), "never"))
        conn.after(ms(200), "second")
    elif e.kind == "timer":
        f = conn.subflows[0]
        log(e.name, len(conn.subflows), f.acked > 0, f.srtt > ms(40), f.pacing_rate > 0, f.rto >= ms(200))
        if e.name == "first":
            conn.open("wifi")
    elif e.kind == "subflow-timeout":
        log("timeout of", e.subflow.id, e.subflow.backoff)
`))), c))
	transfer(t, p, "3000000")
	want := []string{
		"0.181553600s first 1 True True True True", "0.281553600s second 2 True True True True",
	}
	if len(lines) < 4 || !slices.Equal(lines[:2], want) {
		t.Errorf("log %q", lines)
	}
	for i, l := range lines[2:min(4, len(lines))] {
		if got := l[strings.Index(l, " ")+1:]; got != fmt.Sprintf("timeout of 1 %d", i+1) {
			t.Errorf("timeouts %q", lines[2:])
		}
	}
}
