package mptcp

import (
	"slices"
	"strings"
	"testing"

	"mpsim/model/tcp"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestFirstSubflowEvents: what both ends are told from the first SYN on, if they listen before it leaves or
// is answered.
func TestFirstSubflowEvents(t *testing.T) {
	const usual = "subflow-tried 1, subflow-created 1, established"
	for _, x := range []struct {
		name           string
		client, server Config
		plain          bool
		wantClient     string
		wantServer     string
	}{
		{"usual", Config{}, Config{}, false, usual, usual},
		{"cookies", Config{}, Config{Stateless: tcp.On}, false, usual, usual},
		{"older version", Config{Versions: V0 | V1, RetryOlder: tcp.On}, Config{Versions: V0}, false,
			"subflow-tried 1, subflow-closed 1 (closed locally), " + usual,
			"subflow-tried 1, fell-back, subflow-closed 1 (reset), closed, " + usual},
		{"plain peer", Config{}, Config{}, true, "subflow-tried 1, fell-back, subflow-created 1", ""},
	} {
		x.client.PathManager, x.server.PathManager = "none", "none"
		n, _, _ := newNet(t, netConfig{seed: 1, paths: twoPaths(), client: x.client, server: x.server, plainServer: x.plain})
		k := &controlled{testNet: n}
		if n.ss != nil {
			must(0, n.ss.ListenWith(n.server.Addrs()[0], serverPort, func(_ sim.Time, c *Conn) {
				c.SetListener(k.noter(&k.toldServer))
			}, func(sim.Time, *Conn) {}))
		} else {
			must(0, n.st.ListenStream(n.server.Addrs()[0], serverPort, func(sim.Time, *tcp.Stream) {}))
		}
		c := must(n.cs.Prepare(0, n.client.Addrs()[0], 0, n.server.Addrs()[0], serverPort))
		c.SetListener(k.noter(&k.told))
		c.Connect(0)
		c.Queue(0, 1000)
		n.run(5 * unit.Second)
		if got := strings.Join(k.told, ", "); got != x.wantClient {
			t.Errorf("%s: client was told %q, want %q", x.name, got, x.wantClient)
		}
		if got := strings.Join(k.toldServer, ", "); got != x.wantServer {
			t.Errorf("%s: server was told %q, want %q", x.name, got, x.wantServer)
		}
	}
}

// TestTimeoutEvents: each retransmission timeout with its back-off, and no more once the listener is gone.
func TestTimeoutEvents(t *testing.T) {
	k := control(t, netConfig{seed: 1}, 3_000_000, 0)
	ch, sh := k.hosts()
	silence(k.testNet, ch, sh, 0)
	var list []ConnEvent
	k.c.SetListener(func(_ sim.Time, e ConnEvent) {
		if e.Kind == EventTimeout {
			list = append(list, e)
		}
	})
	k.run(10 * unit.Second)
	for i, e := range list {
		if e.Backoff != i+1 || e.Index != 1 || i > 0 && e.RTO != 2*list[i-1].RTO {
			t.Errorf("timeout %d: %+v", i, e)
		}
	}
	if len(list) < 4 {
		t.Errorf("%d timeouts", len(list))
	}
	n := len(list)
	k.c.SetListener(nil)
	k.run(60 * unit.Second)
	if len(list) != n {
		t.Error("told without listener")
	}
}

// TestAddressEvents: announcements, repeated ones once, and withdrawals.
func TestAddressEvents(t *testing.T) {
	k := control(t, netConfig{seed: 1, serverAddrs: 1}, 1000, 0)
	a := k.testNet.server.Addrs()[1]
	var ports []uint16
	k.told = nil
	note := k.noter(&k.told)
	k.c.SetListener(func(now sim.Time, e ConnEvent) {
		note(now, e)
		ports = append(ports, e.Port)
	})
	for range 2 {
		must(k.s.AnnounceAddress(k.w.Now(), a, 0, 8080))
		k.run(unit.Second)
	}
	must(0, k.s.WithdrawAddress(k.w.Now(), 2))
	k.run(unit.Second)
	text := a.Netip().String()
	if want := []string{"remote-added 2 " + text, "remote-removed 2 " + text}; !slices.Equal(k.told, want) ||
		!slices.Equal(ports, []uint16{8080, 8080}) {
		t.Errorf("told %q with ports %v, want %q", k.told, ports, want)
	}
}
