package sockapi_test

import (
	"errors"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/abi"
)

// TestOpenErrors has a request and the answers of both profiles.
func TestOpenErrors(t *testing.T) {
	type request = sockapi.OpenRequest
	at := func(local wire.Addr, lport uint16, remote wire.Addr, rport uint16) request {
		return request{SubTuple: sockapi.SubTuple{Local: local, LocalPort: lport, Remote: remote, RemotePort: rport}}
	}
	var none wire.Addr
	for _, c := range []struct {
		name        string
		options     apiOptions
		make        func(w *apiWorld, first sockapi.SubTuple) request
		draft, fork sockapi.Errno
	}{
		{"nothing given", apiOptions{}, func(*apiWorld, sockapi.SubTuple) request { return request{} }, ok, ok},
		{"everything given", apiOptions{}, func(w *apiWorld, _ sockapi.SubTuple) request {
			return at(w.cell, 1024, w.remote, port)
		}, ok, ok},
		{"IPv6", apiOptions{}, func(w *apiWorld, _ sockapi.SubTuple) request {
			return at(w.cell6, 0, w.remote6, 0)
		}, ok, ok},
		{"IPv6 by routing", apiOptions{}, func(w *apiWorld, _ sockapi.SubTuple) request {
			return at(none, 0, w.remote6, 0)
		}, ok, ok},
		{"by interface", apiOptions{}, func(w *apiWorld, _ sockapi.SubTuple) request {
			return request{Interface: "cell"}
		}, ok, ok},
		{"port 1", apiOptions{}, func(w *apiWorld, _ sockapi.SubTuple) request { return at(w.cell, 1, none, 0) },
			sockapi.EACCES, sockapi.EACCES},
		{"port 1023", apiOptions{}, func(w *apiWorld, _ sockapi.SubTuple) request {
			return at(w.cell, 1023, none, 0)
		}, sockapi.EACCES, sockapi.EACCES},
		{"two families", apiOptions{}, func(w *apiWorld, _ sockapi.SubTuple) request {
			return at(w.cell, 0, w.remote6, 0)
		}, sockapi.EINVAL, sockapi.EINVAL},
		{"family of the default", apiOptions{}, func(w *apiWorld, _ sockapi.SubTuple) request {
			return at(w.cell6, 0, none, 0)
		}, sockapi.EAFNOSUPPORT, sockapi.EAFNOSUPPORT},
		{"address of another host", apiOptions{}, func(w *apiWorld, _ sockapi.SubTuple) request {
			return at(w.island, 0, none, 0)
		}, sockapi.EADDRNOTAVAIL, sockapi.EADDRNOTAVAIL},
		{"address of another interface", apiOptions{}, func(w *apiWorld, _ sockapi.SubTuple) request {
			r := at(w.wifi, 0, none, 0)
			r.Interface = "cell"
			return r
		}, sockapi.EADDRNOTAVAIL, ok},
		{"unknown interface", apiOptions{}, func(w *apiWorld, _ sockapi.SubTuple) request {
			return request{Interface: "eth7"}
		}, sockapi.EINVAL, ok},
		{"the tuple of the first", apiOptions{}, func(w *apiWorld, first sockapi.SubTuple) request {
			return request{SubTuple: first}
		}, sockapi.EADDRINUSE, sockapi.EADDRINUSE},
		{"no route", apiOptions{}, func(w *apiWorld, _ sockapi.SubTuple) request {
			return at(w.wifi, 0, w.island, 0)
		}, sockapi.ENETUNREACH, sockapi.ENETUNREACH},
		{"interface down", apiOptions{}, func(w *apiWorld, _ sockapi.SubTuple) request {
			w.topo.SetInterface(w.Now(), 1, false)
			return at(w.cell, 0, none, 0)
		}, sockapi.ENETUNREACH, sockapi.ENETUNREACH},
		{"limit", apiOptions{maxSubflows: 1}, func(w *apiWorld, _ sockapi.SubTuple) request { return request{} },
			sockapi.EPERM, sockapi.EPERM},
		{"the peer takes no joins there", apiOptions{noJoinHere: true}, func(w *apiWorld, _ sockapi.SubTuple) request {
			return at(w.cell, 0, none, 0)
		}, sockapi.EACCES, sockapi.EACCES},
		{"... but at another address", apiOptions{noJoinHere: true}, func(w *apiWorld, _ sockapi.SubTuple) request {
			return at(w.cell6, 0, w.remote6, 0)
		}, ok, ok},
	} {
		bothAPIs(t, func(t *testing.T, api sockapi.API) {
			want := c.draft
			if api == sockapi.APILinuxFork {
				want = c.fork
			}
			o := c.options
			o.api = api
			w := newAPIWorld(o)
			w.serve()
			w.run(t, func(p *sim.Proc) {
				s := w.connect(p)
				id, err := s.OpenSub(c.make(w, must(s.SubTuple(1))))
				if got := errno(t, err); got != want {
					t.Errorf("%s: %v, want %s", c.name, err, name(want))
				}
				wantID, subs := uint8(0), 1
				if want == ok {
					subs = 2
					if api == sockapi.APIDraft {
						wantID = 2
					}
				}
				pause(p, unit.Second)
				if n := len(must(s.SubIDs())); id != wantID || n != subs {
					t.Errorf("%s: number %d and %d subflows, want %d and %d", c.name, id, n, wantID, subs)
				}
				_ = s.Close()
			})
		})
	}
}

// TestOpenOctets has what only the structure can say.
func TestOpenOctets(t *testing.T) {
	bothAPIs(t, func(t *testing.T, api sockapi.API) {
		draft := api == sockapi.APIDraft
		established(t, apiOptions{api: api, maxSubflows: 20}, func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
			tuple := func(localFamily, remoteFamily uint16, prio uint8) abi.SubTuple {
				return abi.SubTuple{Prio: prio, Local: abi.Sockaddr{Family: localFamily, Addr: w.cell},
					Remote: abi.Sockaddr{Family: remoteFamily, Addr: w.remote}}
			}
			wildcard := abi.SubTuple{Local: abi.Sockaddr{Family: abi.AF_INET},
				Remote: abi.Sockaddr{Family: abi.AF_INET, Addr: w.remote, Port: port}}
			for _, c := range []struct {
				what        string
				b           []byte
				draft, fork sockapi.Errno
			}{
				{"IPv4", abi.AppendSubTuple4(nil, tuple(abi.AF_INET, abi.AF_INET, 0)), ok, ok},
				{"wildcard", abi.AppendSubTuple4(nil, wildcard), ok, ok},
				{"local family", abi.AppendSubTuple4(nil, tuple(abi.AF_INET6, abi.AF_INET, 0)), sockapi.EINVAL, ok},
				{"remote family", abi.AppendSubTuple4(nil, tuple(abi.AF_INET, abi.AF_INET6, 0)), sockapi.EINVAL, ok},
				{"no family", abi.AppendSubTuple4(nil, tuple(0, 0, 0)), sockapi.EINVAL, ok},
				{"families of the other length", abi.AppendSubTuple6(nil, tuple(abi.AF_INET, abi.AF_INET, 0)),
					sockapi.EINVAL, ok},
				{"prio 0", abi.AppendSubTuplePrio4(nil, tuple(abi.AF_INET, abi.AF_INET, 0)), ok, sockapi.EINVAL},
				{"prio 1", abi.AppendSubTuplePrio4(nil, tuple(abi.AF_INET, abi.AF_INET, 1)), ok, sockapi.EINVAL},
				{"prio 2", abi.AppendSubTuplePrio4(nil, tuple(abi.AF_INET, abi.AF_INET, 2)), sockapi.EINVAL, sockapi.EINVAL},
			} {
				want := c.fork
				if draft {
					want = c.draft
				}
				before := len(w.sent)
				if got := errno(t, getRaw(s, abi.MPTCP_OPEN_SUB_TUPLE, nil, c.b)); got != want {
					t.Errorf("%s: %s, want %s", c.what, name(got), name(want))
				}
				joins := since(w.sent, before, isJoinSYN)
				if (want == ok) != (len(joins) == 1) {
					t.Fatalf("%s: %d MP_JOIN", c.what, len(joins))
				}
				if want == ok && joins[0].Join.Backup != (draft && c.what == "prio 1") {
					t.Errorf("%s: B flag is %t", c.what, joins[0].Join.Backup)
				}
			}
		})
	})
}

func isJoinSYN(s *wire.Segment) bool { return s.Flags == wire.SYN && s.Has(wire.OptJoin) }

// TestOpenOnTheWire: the SYN has left when the call returns, with what was asked for.
func TestOpenOnTheWire(t *testing.T) {
	bothAPIs(t, func(t *testing.T, api sockapi.API) {
		w := newAPIWorld(apiOptions{api: api})
		w.serve()
		w.run(t, func(p *sim.Proc) {
			s := w.connect(p)
			before := len(w.sent)
			r := over(w.cell)
			r.LocalPort, r.Backup = 5000, true
			must(s.OpenSub(r))
			joins := since(w.sent, before, isJoinSYN)
			if len(joins) != 1 {
				t.Fatalf("%d MP_JOIN left at once", len(joins))
			}
			j := joins[0]
			if j.Src != w.cell || j.SrcPort != 5000 || j.Dst != w.remote || j.DstPort != port ||
				j.Join.Backup != (api == sockapi.APIDraft) || j.Join.AddrID == 0 {
				t.Errorf("MP_JOIN is %+v", j.Canonical())
			}
			first := j.Join.AddrID
			must(0, s.CloseSub(2, sockapi.Reset))
			must(s.OpenSub(over(w.cell)))
			if again := since(w.sent, before, isJoinSYN)[1]; again.Join.AddrID != first || again.SrcPort == 5000 {
				t.Errorf("address identifier was %d, is %d, port %d", first, again.Join.AddrID, again.SrcPort)
			}
			_ = s.Close()
		})
	})
}

// TestNumbers: 31 subflows have all numbers; one that is free again comes after the others.
func TestNumbers(t *testing.T) {
	bothAPIs(t, func(t *testing.T, api sockapi.API) {
		w := newAPIWorld(apiOptions{api: api, maxSubflows: 255})
		w.serve()
		w.run(t, func(p *sim.Proc) {
			s := w.connect(p)
			newest := func() (id uint8) {
				uid := uint32(0)
				for _, sub := range must(s.SubIDs()) {
					if sub.UID >= uid {
						uid, id = sub.UID, sub.ID
					}
				}
				return id
			}
			for want := uint8(2); want <= 5; want++ { // each closed before the next comes
				must(s.OpenSub(over(w.cell)))
				if got := newest(); got != want {
					t.Fatalf("number %d, want %d", got, want)
				}
				pause(p, 100*ms)
				must(0, s.CloseSub(want, sockapi.Reset))
			}
			for want := uint8(6); want <= 31; want++ {
				must(s.OpenSub(over(w.cell)))
				if got := newest(); got != want {
					t.Fatalf("number %d, want %d", got, want)
				}
			}
			for want := uint8(2); want <= 5; want++ { // 1 is in use
				must(s.OpenSub(over(w.wifi)))
				if got := newest(); got != want {
					t.Fatalf("after the turn: number %d, want %d", got, want)
				}
			}
			_, err := s.OpenSub(over(w.wifi))
			if !errors.Is(err, sockapi.EPERM) {
				t.Errorf("the 32nd: %v", err)
			}
			if err := getRaw(s, abi.MPTCP_OPEN_SUB_TUPLE, nil, rawTuple(w)); !errors.Is(err, sockapi.EPERM) {
				t.Errorf("the 32nd by octets: %v", err)
			}
			if n := len(must(s.SubIDs())); n != 31 {
				t.Errorf("%d subflows", n)
			}
			if err := getRaw(s, abi.MPTCP_GET_SUB_IDS, nil, make([]byte, 64)); err != nil {
				t.Errorf("31 subflows in 64 octets: %v", err)
			}
			if err := getRaw(s, abi.MPTCP_GET_SUB_IDS, nil, make([]byte, 42)); err != sockapi.EINVAL {
				t.Errorf("31 subflows in 42 octets: %v", err)
			}
			must(0, s.CloseSub(17, sockapi.Reset))
			must(s.OpenSub(over(w.wifi)))
			if got := newest(); got != 17 {
				t.Errorf("the only free number is 17, got %d", got)
			}
			_ = s.Close()
		})
	})
}

// TestStatus follows the flags of a subflow while it comes up, at both ends.
func TestStatus(t *testing.T) {
	var server *sockapi.Socket
	w := newAPIWorld(apiOptions{})
	w.serve(func(_ *sim.Proc, s *sockapi.Socket) { server = s })
	w.run(t, func(p *sim.Proc) {
		s := w.client.Socket(sockapi.MPTCP)
		must(0, s.Connect(p, w.wifi, w.remote, port, true))
		is := func(what string, s *sockapi.Socket, want ...sockapi.SubStatus) {
			t.Helper()
			got := must(s.SubIDs())
			if len(got) != len(want) {
				t.Fatalf("%s: %+v", what, got)
			}
			for i := range got {
				if got[i] != want[i] {
					t.Errorf("%s: %+v\nwant %+v", what, got[i], want[i])
				}
			}
		}
		first := sockapi.SubStatus{ID: 1, Attached: true}
		is("after the handshake", s, first)
		w.talk(p, s)
		first.FullyEstablished = true
		is("after data", s, first)
		r := over(w.cell)
		r.Backup = true
		must(s.OpenSub(r))
		second := sockapi.SubStatus{ID: 2, UID: 1, Attached: true, Slave: true, LowPrio: true, LowPrioOwn: true}
		is("SYN sent", s, first, second)
		pause(p, 25*ms)
		second.PreEstablished = true
		is("SYN/ACK there", s, first, second)
		b := make([]byte, 42)
		must(0, getRaw(s, abi.MPTCP_GET_SUB_IDS, nil, b))
		if b[5] != abi.SlaveSk|abi.Attached|abi.LowPrio|abi.PreEstablished {
			t.Errorf("SYN/ACK there: flags %#x", b[5])
		}
		peer := sockapi.SubStatus{ID: 2, UID: 1, Attached: true, Slave: true, LowPrio: true, LowPrioPeer: true}
		is("at the server, no third packet", server, first, peer)
		pause(p, 25*ms)
		second.PreEstablished, second.FullyEstablished = false, true
		peer.FullyEstablished = true
		is("fourth packet there", s, first, second)
		is("at the server", server, first, peer)
		must(0, s.CloseSub(2, sockapi.ShutWr))
		second.Closing = true // the handshake's flag stays, as in the kernel
		is("FIN sent", s, first, second)
		pause(p, unit.Second)
		is("gone", s, first)
		is("gone at the server", server, first)
		_ = s.Close()
	})
}

// TestServerOpens: the side that was called may open subflows, too, to a host that takes them.
func TestServerOpens(t *testing.T) {
	w := newAPIWorld(apiOptions{anyPort: true})
	w.serve(func(p *sim.Proc, s *sockapi.Socket) {
		pause(p, 50*ms)
		var r sockapi.OpenRequest
		r.Remote = w.cell
		id, err := s.OpenSub(r)
		if id != 2 || err != nil {
			t.Errorf("%d, %v", id, err)
		}
		pause(p, 100*ms)
		if i := must(s.SubIDs()); len(i) != 2 || !i[1].FullyEstablished {
			t.Errorf("%+v", i)
		}
	})
	w.run(t, func(p *sim.Proc) {
		s := w.client.Socket(sockapi.MPTCP)
		must(0, s.Connect(p, w.wifi, w.remote, port, true))
		w.talk(p, s)
		pause(p, 200*ms)
		i := must(s.SubIDs())
		if len(i) != 2 || !i[1].FullyEstablished || must(s.SubTuple(i[1].ID)).Local != w.cell {
			t.Errorf("%+v", i)
		}
		_ = s.Close()
	})
}
