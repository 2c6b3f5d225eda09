package mptcp

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim/unit"
)

// TestPathIndexCursor: indices come round in turn, 1 after 31, and those in use are passed over.
func TestPathIndexCursor(t *testing.T) {
	var p pathIndices
	for i := range 100 {
		got := p.take()
		if want := uint8(i%31 + 1); got != want {
			t.Fatalf("index %d, want %d", got, want)
		}
		p.give(got)
	}
	p = pathIndices{}
	for i := 1; i <= 31; i++ {
		p.take()
	}
	if !p.full() || p.take() != 0 {
		t.Error("a 32nd index")
	}
	p.give(0)
	if !p.full() {
		t.Error("index 0 was given back")
	}
	p.give(7)
	p.give(3)
	if a, b := p.take(), p.take(); a != 3 || b != 7 { // the cursor stood behind 31
		t.Errorf("%d, %d", a, b)
	}
}

// TestPathIndexRule compares with the rule written out: the next number round the circle that is free.
func TestPathIndexRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p pathIndices
		var used [32]bool
		last, n := 0, 0
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			if i := rapid.IntRange(1, 31).Draw(t, "index"); used[i] && rapid.Bool().Draw(t, "give") {
				p.give(uint8(i))
				used[i] = false
				n--
				continue
			}
			want := 0
			for k := 1; k <= 31 && want == 0; k++ {
				if i := (last+k-1)%31 + 1; !used[i] {
					want = i
				}
			}
			got := int(p.take())
			if got != want || p.full() != (n >= 30 && want != 0 || want == 0) {
				t.Fatalf("index %d, want %d; full %v with %d", got, want, p.full(), n)
			}
			if want != 0 {
				used[want], last = true, want
				n++
			}
		}
	})
}

// manySubflows lets both ends have so many.
func manySubflows(n int) netConfig {
	return netConfig{seed: 1, client: Config{MaxSubflows: n}, server: Config{MaxSubflows: n}}
}

// TestIndicesExhausted: 31 subflows can be named. One more cannot be opened by the application; one index
// that becomes free is enough.
func TestIndicesExhausted(t *testing.T) {
	k := control(t, manySubflows(40), 1000, 0)
	open := func() (uint32, error) {
		return k.c.OpenSubflow(k.w.Now(), SubflowRequest{Local: k.address(1), Interface: -1})
	}
	for range 30 {
		must(open())
	}
	k.run(unit.Second)
	if _, err := open(); !errors.Is(err, ErrNoIndex) {
		t.Error(err)
	}
	if k.c.Attached() != 31 || k.s.Attached() != 31 {
		t.Errorf("%d and %d subflows", k.c.Attached(), k.s.Attached())
	}
	id, _ := k.c.SubflowAt(17)
	must(0, k.c.CloseSubflow(k.w.Now(), id, CloseReset))
	again := must(open())
	if i, _ := k.c.Subflow(again); i.Index != 17 || again <= id {
		t.Errorf("subflow %d has index %d", again, i.Index)
	}
}

// TestMoreSubflowsThanIndices: a path manager may open more than can be named.
func TestMoreSubflowsThanIndices(t *testing.T) {
	c := manySubflows(40)
	c.client.PathManager, c.client.Paths.Subflows, c.client.Paths.Limit = "ndiffports", 36, 39
	c.paths = twoPaths()
	n, _, _ := newNet(t, c)
	client, server := n.connect(500_000, 0)
	client.keepOpen = true
	n.run(5 * unit.Second)
	conn := client.s.(*Conn)
	unnamed, seen := 0, map[uint8]bool{}
	conn.EachAttached(func(i SubflowInfo) bool {
		switch {
		case i.Index == 0:
			unnamed++
		case seen[i.Index]:
			t.Errorf("index %d twice", i.Index)
		}
		seen[i.Index] = true
		return true
	})
	if conn.Attached() != 36 || unnamed != 5 || server.read != 500_000 {
		t.Errorf("%d subflows, %d without index; %d octets", conn.Attached(), unnamed, server.read)
	}
	if _, ok := conn.SubflowAt(0); ok {
		t.Error("index 0 names one of them")
	}
}

// TestFamilies: subflows of both families in one connection, each with its own addresses.
func TestFamilies(t *testing.T) {
	k := control(t, netConfig{seed: 1, v6: true, serverAddrs: 1}, 300_000, 300_000)
	if k.address(1).Is4() {
		t.Fatal("the second address is IPv4")
	}
	remote := k.testNet.server.Addrs()[1]
	id := must(k.c.OpenSubflow(k.w.Now(), SubflowRequest{Remote: remote, Interface: -1}))
	k.run(5 * unit.Second)
	i, _ := k.c.Subflow(id)
	o, _ := k.c.Subflow(0)
	if i.Local != k.address(1) || i.Remote != remote || !o.Local.Is4() || !i.FullyEstablished {
		t.Errorf("%+v", i)
	}
	if k.server.read != 300_000 || k.client.read != 300_000 || i.BytesDelivered == 0 || o.BytesDelivered == 0 {
		t.Errorf("read %d and %d, delivered %d and %d", k.server.read, k.client.read, i.BytesDelivered, o.BytesDelivered)
	}
}

// TestOpenFromServer: the other side may open, where the client takes joins: at a port that it has
// announced, or at any (profile rfc). By default the profile linux refuses it.
func TestOpenFromServer(t *testing.T) {
	for _, x := range []struct {
		name     string
		client   Config
		announce uint16
		ok       bool
	}{
		{"linux", Config{}, 0, false},
		{"any port", Config{Policy: PathPolicy{JoinAnyPort: tcp.On}}, 0, true},
		{"announced port", Config{}, 7777, true},
	} {
		t.Run(x.name, func(t *testing.T) {
			k := control(t, netConfig{seed: 1, client: x.client}, 100_000, 100_000)
			r := SubflowRequest{Remote: k.address(1), RemotePort: x.announce, Interface: -1}
			if x.announce != 0 {
				must(k.c.AnnounceAddress(k.w.Now(), k.address(1), 0, x.announce))
				k.run(unit.Second / 2)
			}
			id := must(k.s.OpenSubflow(k.w.Now(), r))
			k.run(2 * unit.Second)
			i, _ := k.s.Subflow(id)
			if i.FullyEstablished != x.ok || !x.ok && i.Cause != CauseRefused {
				t.Errorf("%+v", i)
			}
			if x.announce != 0 && i.RemoteID != 2 {
				t.Errorf("remote ID %d", i.RemoteID)
			}
			want := "subflow-created 2"
			if got := k.told[len(k.told)-1]; x.ok && got != want {
				t.Errorf("client was told %s", got)
			}
		})
	}
}

// TestExplicitPorts: a local port may be chosen, also one that another subflow has towards another address.
func TestExplicitPorts(t *testing.T) {
	k := control(t, netConfig{seed: 1, serverAddrs: 1}, 1000, 0)
	_, first := k.c.Local()
	second := k.testNet.server.Addrs()[1]
	for _, x := range []struct {
		r    SubflowRequest
		want error
	}{
		{SubflowRequest{Local: k.address(1), LocalPort: 4000}, nil},
		{SubflowRequest{Local: k.address(1), LocalPort: 4000}, ErrInUse},
		{SubflowRequest{Local: k.address(1), LocalPort: 4000, Remote: second}, nil},
		{SubflowRequest{Local: k.address(0), LocalPort: first}, ErrInUse},
		{SubflowRequest{Local: k.address(1), LocalPort: first}, nil},
	} {
		x.r.Interface = -1
		id, err := k.c.OpenSubflow(k.w.Now(), x.r)
		if !errors.Is(err, x.want) {
			t.Errorf("%+v: %v", x.r, err)
		}
		if i, _ := k.c.Subflow(id); err == nil && i.LocalPort != x.r.LocalPort {
			t.Errorf("%+v: port %d", x.r, i.LocalPort)
		}
	}
	k.run(unit.Second)
	if n := k.s.Attached(); n != 4 {
		t.Errorf("%d subflows", n)
	}
}

// TestWildcardSource: without a local address routing chooses, without a remote one the first subflow's is
// meant.
func TestWildcardSource(t *testing.T) {
	k := control(t, netConfig{seed: 1}, 1000, 0)
	for _, x := range []struct {
		iface int
		want  wire.Addr
	}{{-1, k.address(0)}, {0, k.address(0)}, {1, k.address(1)}} {
		id := must(k.c.OpenSubflow(k.w.Now(), SubflowRequest{Interface: x.iface}))
		i, _ := k.c.Subflow(id)
		remote, port := k.c.Remote()
		if i.Local != x.want || i.Remote != remote || i.RemotePort != port {
			t.Errorf("interface %d: %+v", x.iface, i)
		}
	}
	k.testNet.client.SetInterface(k.w.Now(), 0, false)
	id := must(k.c.OpenSubflow(k.w.Now(), SubflowRequest{Interface: -1}))
	if i, _ := k.c.Subflow(id); i.Local != k.address(1) {
		t.Errorf("with the first interface down: %v", i.Local.Netip())
	}
}
