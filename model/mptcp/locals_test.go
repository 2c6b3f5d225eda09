package mptcp

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"mpsim/model/mptcp/pm"
	"mpsim/model/wire"
	"mpsim/sim/unit"
)

// threePaths is for tests that must tell a path that is forbidden from one that is not tried.
func threePaths() []pathConfig {
	p := twoPaths()
	return append(p, p[1])
}

// used tells at which of the client's addresses subflows are attached.
func (k *controlled) used() string {
	var list []string
	for i := range k.testNet.client.Addrs() {
		n := 0
		k.c.EachAttached(func(s SubflowInfo) bool {
			if s.Local == k.address(i) {
				n++
			}
			return true
		})
		if n > 0 {
			list = append(list, string(rune('0'+i)))
		}
	}
	return strings.Join(list, " ")
}

// TestRestrictLocals: neither the path manager nor the application opens from other addresses; added ones
// are used at once, removed ones given up.
func TestRestrictLocals(t *testing.T) {
	c := netConfig{seed: 1, paths: threePaths(), client: Config{PathManager: "fullmesh"}}
	n, _, _ := newNet(t, c)
	k := &controlled{testNet: n}
	k.client, k.server = n.connect(3_000_000, 0)
	k.c = k.client.s.(*Conn)
	k.c.RestrictLocals([]wire.Addr{k.address(0), k.address(1)})
	n.run(unit.Second)
	k.s = k.server.s.(*Conn)
	k.s.SetListener(k.noter(&k.toldServer))
	if got := k.used(); got != "0 1" {
		t.Fatalf("subflows at %s", got)
	}
	if _, err := k.c.OpenSubflow(n.w.Now(), SubflowRequest{Local: k.address(2), Interface: -1}); !errors.Is(err, ErrNoAddress) {
		t.Error(err)
	}
	must(0, k.c.AddLocal(n.w.Now(), k.address(2)))
	n.run(unit.Second / 2)
	if got := k.used(); got != "0 1 2" {
		t.Errorf("after AddLocal: subflows at %s", got)
	}
	must(0, k.c.RemoveLocal(n.w.Now(), k.address(1)))
	if err := k.c.RemoveLocal(n.w.Now(), k.address(1)); !errors.Is(err, ErrNoAddress) {
		t.Error(err)
	}
	n.run(10 * unit.Second)
	if got := k.used(); got != "0 2" && got != "" {
		t.Errorf("after RemoveLocal: subflows at %s", got)
	}
	if k.server.read != 3_000_000 {
		t.Errorf("%d octets", k.server.read)
	}
	removed := "remote-removed 2 " + k.address(1).Netip().String()
	if !slices.Contains(k.toldServer, removed) {
		t.Errorf("server was told %q, want %q", k.toldServer, removed)
	}
	if got := k.c.Locals(); len(got) != 2 {
		t.Errorf("allowed: %v", got)
	}
}

// TestRestrictLocalsIncoming: joins of the peer to an address that is not allowed are refused.
func TestRestrictLocalsIncoming(t *testing.T) {
	k := control(t, netConfig{seed: 1, serverAddrs: 1}, 1000, 0)
	k.s.RestrictLocals(k.testNet.server.Addrs()[:1])
	id := must(k.c.OpenSubflow(k.w.Now(), SubflowRequest{Remote: k.testNet.server.Addrs()[1], Interface: -1}))
	k.run(unit.Second)
	i, _ := k.c.Subflow(id)
	if i.Cause != CauseRefused || !i.ResetGiven || i.ResetReason != wire.ResetProhibited {
		t.Errorf("%+v", i)
	}
}

// TestRemoveOnlyLocal: REMOVE_ADDR goes out on the subflow that is about to close, if it is the only one,
// and the connection goes on over a new one (break before make).
func TestRemoveOnlyLocal(t *testing.T) {
	k := control(t, netConfig{seed: 1}, 500_000, 0)
	must(0, k.c.RemoveLocal(k.w.Now(), k.address(0)))
	k.run(3 * unit.Second)
	if k.c.Attached() != 0 || k.cs.Counters().RmAddrTx != 1 {
		t.Fatalf("%d subflows, %d REMOVE_ADDR", k.c.Attached(), k.cs.Counters().RmAddrTx)
	}
	k.open(1)
	k.run(5 * unit.Second)
	if k.server.read != 500_000 {
		t.Errorf("%d octets", k.server.read)
	}
}

// TestAddressIDs: what IDs may be given to addresses.
func TestAddressIDs(t *testing.T) {
	foreign := wire.AddrFrom(netip.MustParseAddr("198.51.100.7"))
	for _, x := range []struct {
		name string
		addr func(k *controlled) wire.Addr
		id   uint8
		want uint8
		err  error
	}{
		{"the first address", func(k *controlled) wire.Addr { return k.address(0) }, 0, 0, nil},
		{"the first under another", func(k *controlled) wire.Addr { return k.address(0) }, 5, 0, ErrAddressID},
		{"the second", func(k *controlled) wire.Addr { return k.address(1) }, 0, 2, nil},
		{"another for the second", func(k *controlled) wire.Addr { return k.address(1) }, 9, 9, nil},
		{"that of the third", func(k *controlled) wire.Addr { return k.address(1) }, 3, 3, nil},
		{"none for it", func(k *controlled) wire.Addr { return k.address(1) }, 255, 0, ErrAddressID},
		{"foreign", func(*controlled) wire.Addr { return foreign }, 0, 254, nil},
		{"foreign, given", func(*controlled) wire.Addr { return foreign }, 77, 77, nil},
		{"nothing", func(*controlled) wire.Addr { return wire.Addr{} }, 0, 0, ErrNoAddress},
	} {
		t.Run(x.name, func(t *testing.T) {
			k := control(t, netConfig{seed: 1, paths: threePaths()}, 1000, 0)
			id, err := k.c.AnnounceAddress(k.w.Now(), x.addr(k), x.id, 0)
			if id != x.want || !errors.Is(err, x.err) {
				t.Fatalf("%d, %v; want %d, %v", id, err, x.want, x.err)
			}
			if err != nil {
				return
			}
			k.run(unit.Second)
			told := k.toldServer[len(k.toldServer)-1]
			if want := brief(ConnEvent{Kind: EventRemoteAdded, AddressID: id,
				Address: x.addr(k)}); told != want && id != 0 {
				t.Errorf("server was told %q, want %q", told, want)
			}
			if _, err := k.c.AnnounceAddress(k.w.Now(), x.addr(k), 100, 0); !errors.Is(err, ErrAddressID) {
				t.Errorf("under another ID: %v", err)
			}
			if err := k.c.WithdrawAddress(k.w.Now(), id+1); !errors.Is(err, ErrAddressID) {
				t.Errorf("withdraw %d: %v", id+1, err)
			}
			must(0, k.c.WithdrawAddress(k.w.Now(), id))
			k.run(unit.Second)
			if told := k.toldServer[len(k.toldServer)-1]; id != 0 && !strings.HasPrefix(told, "remote-removed") {
				t.Errorf("server was told %q", told)
			}
			seen := map[uint8]bool{}
			k.c.eachHostAddress(func(l pm.Local) {
				if seen[l.ID] {
					t.Errorf("ID %d twice", l.ID)
				}
				seen[l.ID] = true
			})
		})
	}
}

// TestOpenWithIDs: a local ID sticks to its address, for joins of the peer, too.
func TestOpenWithIDs(t *testing.T) {
	k := control(t, netConfig{seed: 1, serverAddrs: 1}, 1000, 0)
	r := SubflowRequest{Local: k.address(1), Interface: -1, HasLocalID: true, LocalID: 42, HasRemoteID: true, RemoteID: 7}
	id := must(k.c.OpenSubflow(k.w.Now(), r))
	if i, _ := k.c.Subflow(id); i.LocalID != 42 || i.RemoteID != 7 {
		t.Errorf("%+v", i)
	}
	k.run(unit.Second)
	if i, _ := k.c.Subflow(id); i.RemoteID != 0 { // the SYN/ACK said so
		t.Errorf("%+v", i)
	}
	if o, _ := k.s.Subflow(1); o.RemoteID != 42 {
		t.Errorf("the server knows the address as %d", o.RemoteID)
	}
	if got, _ := k.c.AddressID(k.address(1)); got != 42 {
		t.Errorf("ID %d", got)
	}
	r.LocalID = 43
	if _, err := k.c.OpenSubflow(k.w.Now(), r); !errors.Is(err, ErrAddressID) {
		t.Error(err)
	}
	if n := k.c.Attached(); n != 2 {
		t.Errorf("%d subflows", n)
	}
}
