package mptcp

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// controlled is a client and a server whose subflows the test controls, with what the two connections have
// told.
type controlled struct {
	*testNet
	client, server *endpoint
	c, s           *Conn
	told           []string // by the client's connection
	toldServer     []string
}

// control connects a client without path manager to a server and lets it become fully established, with up
// and down octets written.
func control(t testingT, c netConfig, up, down int64) *controlled {
	t.Helper()
	if c.client.PathManager == "" {
		c.client.PathManager, c.server.PathManager = "none", "none"
	}
	if c.paths == nil {
		c.paths = twoPaths()
	}
	n, _, _ := newNet(t, c)
	k := &controlled{testNet: n}
	k.client, k.server = n.connect(up, down)
	k.client.keepOpen, k.server.keepOpen = true, true
	k.c = k.client.s.(*Conn)
	k.c.SetListener(k.noter(&k.told))
	n.run(100 * unit.Millisecond)
	k.s, _ = k.server.s.(*Conn)
	if k.s != nil {
		k.s.SetListener(k.noter(&k.toldServer))
	}
	return k
}

// noter writes events down.
func (k *controlled) noter(list *[]string) func(now sim.Time, e ConnEvent) {
	return func(_ sim.Time, e ConnEvent) { *list = append(*list, brief(e)) }
}

// brief writes an event without times and ports.
func brief(e ConnEvent) string {
	switch e.Kind {
	case EventSubflowTried, EventSubflowCreated:
		return fmt.Sprintf("%v %d", e.Kind, e.Index)
	case EventSubflowClosed:
		return fmt.Sprintf("%v %d (%v)", e.Kind, e.Index, e.Cause)
	case EventPriority:
		return fmt.Sprintf("%v %d backup=%v peer=%v", e.Kind, e.Index, e.Backup, e.ByPeer)
	case EventTimeout:
		return fmt.Sprintf("%v %d", e.Kind, e.Index)
	case EventRemoteAdded, EventRemoteRemoved, EventLocalUp, EventLocalDown:
		return fmt.Sprintf("%v %d %v", e.Kind, e.AddressID, e.Address.Netip())
	default:
		return e.Kind.String()
	}
}

// address returns the client's i-th address.
func (k *controlled) address(i int) wire.Addr { return k.testNet.client.Addrs()[i] }

// open opens a subflow from the client's i-th address and waits until it works.
func (k *controlled) open(i int) uint32 {
	k.t.Helper()
	id, err := k.c.OpenSubflow(k.w.Now(), SubflowRequest{Local: k.address(i), Interface: -1})
	if err != nil {
		k.t.Fatalf("open from address %d: %v", i, err)
	}
	k.run(500 * unit.Millisecond)
	return id
}

// indices lists the path indices of the attached subflows, as EachAttached does.
func indices(c *Conn) string {
	var list []string
	c.EachAttached(func(i SubflowInfo) bool {
		list = append(list, fmt.Sprint(i.Index))
		return true
	})
	return strings.Join(list, " ")
}

func TestOpenSubflow(t *testing.T) {
	k := control(t, netConfig{seed: 1}, 1000, 1000)
	id := k.open(1)
	i, _ := k.c.Subflow(id)
	if !i.FullyEstablished || !i.Join || !i.Opener || i.Local != k.address(1) || i.Index != 2 || i.Backup {
		t.Errorf("subflow %+v", i)
	}
	if at, ok := k.c.SubflowAt(2); !ok || at != id {
		t.Errorf("index 2 is subflow %d, %v", at, ok)
	}
	if got := indices(k.c); got != "2 1" {
		t.Errorf("attached: %s", got)
	}
	want := "subflow-tried 1, subflow-created 1, established, subflow-tried 2, subflow-created 2"
	if got := strings.Join(k.told, ", "); !strings.HasSuffix(want, got) {
		t.Errorf("told %q, want the end of %q", got, want)
	}
}

// TestCloseSubflow: every way of closing, while data is under way in both directions.
func TestCloseSubflow(t *testing.T) {
	for _, x := range []struct {
		how          CloseHow
		ours, theirs string // causes
	}{
		{CloseWrite, "closed locally", "closed by the peer"},
		{CloseBoth, "closed locally", "closed by the peer"},
		{CloseReset, "closed locally", "reset"},
		{CloseSilent, "closed locally", "reset"},
	} {
		t.Run(x.how.String(), func(t *testing.T) {
			k := control(t, netConfig{seed: 1}, 2_000_000, 2_000_000)
			id := k.open(1)
			if err := k.c.CloseSubflow(k.w.Now(), id, x.how); err != nil {
				t.Fatal(err)
			}
			k.run(100 * unit.Millisecond) // before any timeout
			if n := k.c.Info().BytesReinjected; n < 10_000 {
				t.Errorf("%d octets went out on the other subflow at once", n)
			}
			k.run(30 * unit.Second)
			if k.server.read != 2_000_000 || k.client.read != 2_000_000 {
				t.Errorf("server has %d octets, client %d", k.server.read, k.client.read)
			}
			i, _ := k.c.Subflow(id)
			o, _ := k.s.Subflow(id)
			if i.Attached || o.Attached || i.Cause.String() != x.ours || o.Cause.String() != x.theirs {
				t.Errorf("causes %v, %v (%s, %s), attached %v, %v", i.Cause, o.Cause, i.Reason, o.Reason, i.Attached,
					o.Attached)
			}
			if _, ok := k.c.SubflowAt(2); ok || k.c.Endpoint(id) != nil && x.how >= CloseReset {
				t.Error("it is still there")
			}
		})
	}
}

// TestCloseBothRefusesData: after CloseBoth data of the peer draws a RST, after CloseWrite it counts.
func TestCloseBothRefusesData(t *testing.T) {
	for _, how := range []CloseHow{CloseWrite, CloseBoth} {
		k := control(t, netConfig{seed: 1}, 1000, 4_000_000)
		id := k.open(1)
		before, _ := k.c.Subflow(id)
		resets := k.ct.Info().ResetsSent
		must(0, k.c.CloseSubflow(k.w.Now(), id, how))
		k.run(10 * unit.Second)
		after, _ := k.c.Subflow(id)
		late, refused := after.BytesDelivered-before.BytesDelivered, k.ct.Info().ResetsSent-resets
		if (how == CloseBoth) != (late == 0) || (how == CloseBoth) != (refused > 0) || k.client.read != 4_000_000 {
			t.Errorf("%v: %d octets came after it, %d RSTs; %d octets in all", how, late, refused, k.client.read)
		}
	}
}

// TestCloseBothEnds: a peer that acknowledges the FIN and never sends its own does not keep the endpoint after
// CloseBoth, as the kernel ends what no application holds in FIN-WAIT-2 (tcp_fin_timeout, 60 s); after
// CloseWrite it may go on sending.
func TestCloseBothEnds(t *testing.T) {
	for _, how := range []CloseHow{CloseWrite, CloseBoth} {
		k := control(t, netConfig{seed: 1}, 1000, 1000)
		id := k.open(1)
		k.taps = append(k.taps, func(_ sim.Time, g *wire.Segment, up bool) {
			if !up && g.Dst == k.address(1) {
				g.Flags &^= wire.FIN
			}
		})
		must(0, k.c.CloseSubflow(k.w.Now(), id, how))
		k.run(55 * unit.Second)
		if e := k.c.Endpoint(id); e == nil || e.State() != tcp.StateFinWait2 {
			t.Errorf("%v: gone, or not in FIN-WAIT-2, after 55 s", how)
		}
		k.run(10 * unit.Second)
		if k.c.Endpoint(id) == nil != (how == CloseBoth) {
			t.Errorf("%v: after 65 s: %v", how, k.c.Endpoint(id) != nil)
		}
	}
}

func TestPrioritiseSubflow(t *testing.T) {
	k := control(t, netConfig{seed: 1}, 1000, 0)
	id := k.open(1)
	must(0, k.c.PrioritiseSubflow(k.w.Now(), id, true))
	must(0, k.c.PrioritiseSubflow(k.w.Now(), id, true))
	k.run(unit.Second)
	i, _ := k.c.Subflow(id)
	o, _ := k.s.Subflow(id)
	if !i.BackupLocal || i.BackupPeer || o.BackupLocal || !o.BackupPeer || k.cs.Counters().MPPrioTx != 1 {
		t.Errorf("client %+v, server %+v", i, o)
	}
	if got := k.toldServer[len(k.toldServer)-1]; got != "priority 2 backup=true peer=true" {
		t.Errorf("server was told %s", got)
	}
	if got := k.told[len(k.told)-1]; got != "priority 2 backup=true peer=false" {
		t.Errorf("client was told %s", got)
	}
}

// TestOpenSubflowErrors: each error of the call, and that nothing is left of the attempt.
func TestOpenSubflowErrors(t *testing.T) {
	other := wire.AddrFrom(netip.MustParseAddr("192.0.2.99"))
	for _, x := range []struct {
		name string
		net  netConfig
		do   func(k *controlled)
		r    func(k *controlled) SubflowRequest
		want error
	}{
		{name: "not the host's address", want: ErrNoAddress,
			r: func(*controlled) SubflowRequest { return SubflowRequest{Local: other, Interface: -1} }},
		{name: "not the interface's address", want: ErrNoAddress,
			r: func(k *controlled) SubflowRequest { return SubflowRequest{Local: k.address(1), Interface: 0} }},
		{name: "no such interface", want: ErrNoAddress,
			r: func(*controlled) SubflowRequest { return SubflowRequest{Interface: 7} }},
		{name: "families", net: netConfig{v6: true}, want: ErrFamily,
			r: func(k *controlled) SubflowRequest { return SubflowRequest{Local: k.address(1), Interface: -1} }},
		{name: "no route", want: ErrNoRoute,
			r: func(k *controlled) SubflowRequest {
				return SubflowRequest{Local: k.address(1), Remote: other, Interface: -1}
			}},
		{name: "no route from anywhere", want: ErrNoRoute,
			r: func(*controlled) SubflowRequest { return SubflowRequest{Remote: other, Interface: -1} }},
		{name: "interface down", want: ErrNoRoute,
			do: func(k *controlled) { k.testNet.client.SetInterface(k.w.Now(), 1, false) },
			r:  func(k *controlled) SubflowRequest { return SubflowRequest{Local: k.address(1), Interface: -1} }},
		{name: "port in use", want: ErrInUse,
			r: func(k *controlled) SubflowRequest {
				_, port := k.c.Local()
				return SubflowRequest{Local: k.address(0), LocalPort: port, Interface: -1}
			}},
		{name: "limit", net: netConfig{client: Config{MaxSubflows: 1}}, want: ErrLimit,
			r: func(*controlled) SubflowRequest { return SubflowRequest{Interface: -1} }},
		{name: "C flag", net: netConfig{server: Config{NoJoinHere: tcp.On}}, want: ErrForbidden,
			r: func(k *controlled) SubflowRequest { return SubflowRequest{Local: k.address(1), Interface: -1} }},
		{name: "plain", net: netConfig{plainServer: true}, want: ErrPlain,
			r: func(*controlled) SubflowRequest { return SubflowRequest{Interface: -1} }},
		{name: "closing", want: ErrClosing, do: func(k *controlled) { k.c.Close(k.w.Now()) },
			r: func(*controlled) SubflowRequest { return SubflowRequest{Interface: -1} }},
		{name: "aborted", want: ErrClosing, do: func(k *controlled) { k.c.Abort(k.w.Now()) },
			r: func(*controlled) SubflowRequest { return SubflowRequest{Interface: -1} }},
	} {
		t.Run(x.name, func(t *testing.T) {
			x.net.seed = 1
			k := control(t, x.net, 1000, 0)
			if x.do != nil {
				x.do(k)
			}
			subs := len(k.c.subs)
			_, err := k.c.OpenSubflow(k.w.Now(), x.r(k))
			if !errors.Is(err, x.want) {
				t.Errorf("%v, want %v", err, x.want)
			}
			if len(k.c.subs) != subs || k.c.indices.used != 1<<1 {
				t.Errorf("%d subflows instead of %d, indices %b", len(k.c.subs), subs, k.c.indices.used)
			}
		})
	}
}

// TestOpenSubflowEarly: before anything has come from the peer with a DSS (RFC 8684 section 3.1).
func TestOpenSubflowEarly(t *testing.T) {
	n, _, _ := newNet(t, netConfig{seed: 1, paths: twoPaths(), client: Config{PathManager: "none"}})
	client, _ := n.connect(1000, 0)
	c := client.s.(*Conn)
	if _, err := c.OpenSubflow(0, SubflowRequest{Interface: -1}); !errors.Is(err, ErrNotReady) {
		t.Error(err)
	}
}

func TestUnknownSubflow(t *testing.T) {
	k := control(t, netConfig{seed: 1}, 1000, 0)
	id := k.open(1)
	must(0, k.c.CloseSubflow(k.w.Now(), id, CloseReset))
	for _, unknown := range []uint32{id, 7} {
		if err := k.c.CloseSubflow(k.w.Now(), unknown, CloseReset); !errors.Is(err, ErrUnknownSubflow) {
			t.Error(err)
		}
		if err := k.c.PrioritiseSubflow(k.w.Now(), unknown, true); !errors.Is(err, ErrUnknownSubflow) {
			t.Error(err)
		}
	}
}
