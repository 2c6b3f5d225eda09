package netlink_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/netlink"
)

// TestAnyCommands gives commands with any attributes to both families: each is answered by nothing or by an
// error number, events come in order, and the connection brings its octets over.
func TestAnyCommands(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		f := rapid.SampledFrom([]netlink.Family{netlink.Upstream, netlink.OutOfTree}).Draw(r, "family")
		w := newWorld(t, setting{})
		w.traffic(500_000, 3*unit.Second)
		addrs := append(append([]wire.Addr{{}, w.nowhere}, w.local...), w.remote...)
		w.daemon(w.client, f, 0, func(p *sim.Proc, s *netlink.Socket) {
			token := w.wait(p, s, netlink.EventCreated).Token
			last := sim.Time(0)
			for range rapid.IntRange(1, 25).Draw(r, "commands") {
				must(0, p.Sleep(unit.Duration(rapid.IntRange(0, 100).Draw(r, "wait"))*ms))
				ports := []uint16{0, port, 1}
				tuples := []netlink.Tuple{{}}
				for {
					e, err := s.Recv(p, false)
					if err != nil {
						break
					}
					if e.At < last {
						r.Fatalf("%s at %s after one at %s", e, e.At, last)
					}
					last = e.At
					tuples = append(tuples, e.Tuple())
				}
				m := netlink.Message{
					Has: netlink.Attrs(rapid.Uint32Range(0, 1<<20-1).Draw(r, "has")) | netlink.AttrToken |
						netlink.AttrFamily,
					Token: token, Family: netlink.Inet, LocalID: rapid.Uint8Range(0, 9).Draw(r, "local ID"),
					RemoteID: rapid.Uint8Range(0, 3).Draw(r, "remote ID"), Backup: rapid.Bool().Draw(r, "backup"),
					Local: rapid.SampledFrom(addrs).Draw(r, "local"), Remote: rapid.SampledFrom(addrs).Draw(r, "remote"),
					LocalPort:  rapid.SampledFrom(ports).Draw(r, "local port"),
					RemotePort: rapid.SampledFrom(ports).Draw(r, "remote port"),
					Flags:      rapid.Uint32Range(0, 63).Draw(r, "flags"),
					IfIndex:    rapid.IntRange(0, 4).Draw(r, "interface"),
				}
				if tu := rapid.SampledFrom(tuples).Draw(r, "tuple"); tu.LocalPort != 0 {
					m.Local, m.Remote, m.LocalPort, m.RemotePort = tu.Local, tu.Remote, tu.LocalPort, tu.RemotePort
				}
				cmd := netlink.Command(rapid.IntRange(0, int(netlink.CmdGetLimits)).Draw(r, "command"))
				if len(must(w.subs())) < 2 && (cmd == netlink.CmdSubflowDestroy || cmd == netlink.CmdRemove) {
					continue // the peer closes what uses a removed address: nobody would open another
				}
				_, err := s.Do(p, cmd, m)
				var n sockapi.Errno
				if err != nil && !errors.As(err, &n) {
					r.Fatalf("%s: %v", cmd, err)
				}
			}
		})
		w.Run(sim.Time(60 * unit.Second))
		w.Close()
		if i := w.dial.MPTCP().Info(); i.BytesAcked < i.BytesQueued {
			r.Fatalf("%d octets of %d acknowledged", i.BytesAcked, i.BytesQueued)
		}
	})
}
