package sockapi_test

import (
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/abi"
)

// closing is a way of closing and what goes on the wire.
type closing struct {
	name           string
	do             func(s *sockapi.Socket, id uint8) error
	fin, rst, gone bool // what the client sends; whether the subflow is gone when the call returns
	zombie         bool // the peer does not hear of it
}

func closings(api sockapi.API) []closing {
	typed := func(how sockapi.How) func(s *sockapi.Socket, id uint8) error {
		return func(s *sockapi.Socket, id uint8) error { return s.CloseSub(id, how) }
	}
	raw := func(how int) func(s *sockapi.Socket, id uint8) error {
		return func(s *sockapi.Socket, id uint8) error {
			return getRaw(s, abi.MPTCP_CLOSE_SUB_ID, nil, abi.AppendCloseSubHow(nil, abi.CloseSub{ID: id, How: how}))
		}
	}
	kernel := func(s *sockapi.Socket, id uint8) error {
		return getRaw(s, abi.MPTCP_CLOSE_SUB_ID, nil, []byte{id})
	}
	all := []closing{
		{"SHUT_RD", typed(sockapi.ShutRd), false, false, false, false},
		{"SHUT_WR", typed(sockapi.ShutWr), true, false, false, false},
		{"SHUT_RDWR", typed(sockapi.ShutRdWr), true, false, false, false},
		{"RST", typed(sockapi.Reset), false, true, true, false},
		{"silent", typed(sockapi.Silent), false, false, true, true},
		{"octets, SHUT_RD", raw(abi.SHUT_RD), false, false, false, false},
		{"octets, SHUT_WR", raw(abi.SHUT_WR), true, false, false, false},
		{"octets, RST", raw(abi.SUB_RST), false, true, true, false},
		{"octets of the kernel", kernel, false, true, true, false},
		{"another how", typed(3), false, false, false, false},
	}
	if api == sockapi.APILinuxFork {
		for i := range all {
			all[i].fin, all[i].rst, all[i].gone, all[i].zombie = false, false, true, true
		}
	}
	return all
}

// TestCloseOnTheWire closes the second subflow in the midst of a transfer. Every octet arrives, whatever was under way.
func TestCloseOnTheWire(t *testing.T) {
	bothAPIs(t, func(t *testing.T, api sockapi.API) {
		for _, c := range closings(api) {
			t.Run(c.name, func(t *testing.T) {
				const octets = 2_000_000
				var read int
				var server *sockapi.Socket
				w := newAPIWorld(apiOptions{api: api})
				w.serve(func(p *sim.Proc, s *sockapi.Socket) {
					server = s
					must(s.Recv(p, make([]byte, 5), sockapi.MsgWaitAll, true))
					must(s.Send(p, []byte("welcome"), 0, true))
					b := make([]byte, octets)
					read, _ = s.Recv(p, b, sockapi.MsgWaitAll, true)
					for i := range b[:read] {
						if b[i] != byte(i*7) {
							t.Fatalf("octet %d is %d", i, b[i])
						}
					}
				})
				w.run(t, func(p *sim.Proc) {
					s, id := w.opened(p)
					if id == 0 {
						id = 2
					}
					lport := must(s.SubTuple(id)).LocalPort
					b := make([]byte, octets)
					for i := range b {
						b[i] = byte(i * 7)
					}
					must(s.Send(p, b[:400_000], 0, true))
					pause(p, 150*ms)
					before := len(w.sent)
					err := c.do(s, id)
					if bad := c.name == "another how" && api == sockapi.APIDraft; bad != (errno(t, err) == sockapi.EINVAL) {
						t.Errorf("error %v", err)
					}
					_, err = s.SubTuple(id)
					if (errno(t, err) == sockapi.EINVAL) != c.gone {
						t.Errorf("after the call: %v", err)
					}
					must(s.Send(p, b[400_000:], 0, true))
					pause(p, 10*unit.Second)
					of := func(f wire.Flags) int {
						return len(since(w.sent, before, func(x *wire.Segment) bool {
							return x.SrcPort == lport && x.Flags&f != 0
						}))
					}
					if fin, rst := of(wire.FIN) > 0, of(wire.RST) > 0; fin != c.fin || rst != c.rst && !c.zombie {
						t.Errorf("FIN %t, RST %t", fin, rst)
					}
					if c.zombie {
						w.zombie(t, p, server, lport)
					}
					_ = s.Close()
				})
				if read != octets {
					t.Errorf("%d octets arrived", read)
				}
			})
		}
	})
}

// zombie checks that the peer still has a subflow to a port, sends on it, and hears then that nobody is there.
func (w *apiWorld) zombie(t *testing.T, p *sim.Proc, server *sockapi.Socket, lport uint16) {
	t.Helper()
	var id uint8
	for _, sub := range must(server.SubIDs()) {
		if must(server.SubTuple(sub.ID)).RemotePort == lport {
			id = sub.ID
		}
	}
	if id == 0 {
		t.Error("the peer has lost the subflow")
		return
	}
	before := len(w.sent)
	must(0, server.SubPrio(1, true)) // so that its data goes over the other one
	must(server.Send(p, make([]byte, 10_000), 0, true))
	pause(p, unit.Second)
	if rst := since(w.sent, before, func(x *wire.Segment) bool {
		return x.SrcPort == lport && x.Flags&wire.RST != 0
	}); len(rst) == 0 {
		t.Error("what the peer sent on it drew no RST")
	}
	if _, err := server.SubTuple(id); errno(t, err) != sockapi.EINVAL {
		t.Errorf("the peer has it still: %v", err)
	}
}

// TestPrioOnTheWire: one MP_PRIO for each change, on the subflow itself, and both ends know.
func TestPrioOnTheWire(t *testing.T) {
	var server *sockapi.Socket
	w := newAPIWorld(apiOptions{})
	w.serve(func(_ *sim.Proc, s *sockapi.Socket) { server = s })
	w.run(t, func(p *sim.Proc) {
		s, id := w.opened(p)
		lport := must(s.SubTuple(id)).LocalPort
		for _, c := range []struct {
			backup bool
			sent   int
		}{{true, 1}, {true, 0}, {false, 1}, {false, 0}, {true, 1}} {
			before := len(w.sent)
			if c.sent == 1 {
				must(0, s.SetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_SUB_PRIO, nil,
					abi.AppendSubPrio(nil, abi.SubPrio{ID: id, LowPrio: map[bool]uint8{true: 1}[c.backup]})))
			} else {
				must(0, s.SubPrio(id, c.backup))
			}
			pause(p, 100*ms)
			prios := since(w.sent, before, func(x *wire.Segment) bool { return x.Has(wire.OptPrio) })
			if len(prios) != c.sent || c.sent > 0 && (prios[0].Prio.Backup != c.backup || prios[0].SrcPort != lport) {
				t.Errorf("backup %t: %d MP_PRIO", c.backup, len(prios))
			}
			own, peer := must(s.SubIDs())[1], must(server.SubIDs())[1]
			if own.LowPrioOwn != c.backup || own.LowPrio != c.backup || own.LowPrioPeer ||
				peer.LowPrioPeer != c.backup || peer.LowPrio != c.backup || peer.LowPrioOwn {
				t.Errorf("backup %t: %+v and %+v", c.backup, own, peer)
			}
		}
		for _, b := range [][]byte{{id}, {id, 2}, {id, 1, 0}, {}} {
			if err := s.SetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_SUB_PRIO, nil, b); errno(t, err) != sockapi.EINVAL {
				t.Errorf("%x: %v", b, err)
			}
		}
		_ = s.Close()
	})
}
