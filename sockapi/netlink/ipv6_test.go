package netlink_test

import (
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/netlink"
)

// TestIPv6: a subflow of the other family than the first one, its event and its end; addresses of both families do not
// mix.
func TestIPv6(t *testing.T) {
	families(t, func(t *testing.T, f netlink.Family) {
		w := newWorld(t, setting{dual: true})
		local, remote := w.local[3], w.remote[1] // of the second and of the first interface
		if local.Is4() || remote.Is4() {
			t.Fatalf("addresses %v and %v", local, remote)
		}
		w.traffic(200_000, 3*unit.Second)
		w.daemon(w.client, f, 0, func(p *sim.Proc, s *netlink.Socket) {
			token := w.wait(p, s, netlink.EventEstablished).Token
			must(0, p.Sleep(100*ms))
			from, to := netlink.Address{ID: 5, Addr: local}, netlink.Address{Addr: remote, Port: port}
			mixed := from
			mixed.Addr = w.local[2]
			w.expect(p, "mixed", s.CreateSubflow(p, token, netlink.Subflow{Local: mixed, Remote: to}), sockapi.EINVAL)
			w.expect(p, "create", s.CreateSubflow(p, token, netlink.Subflow{Local: from, Remote: to}), nil)
			e := w.wait(p, s, netlink.EventSubflowEstablished)
			if e.Family != netlink.Inet6 || e.Local != local || e.Remote != remote || e.LocalID != 5 {
				t.Errorf("%s, family %d", e, e.Family)
			}
			// Out of tree the tables of the families are apart: the same ID again.
			want := error(sockapi.EINVAL)
			if f == netlink.OutOfTree {
				want = nil
			}
			w.expect(p, "announce", s.Announce(p, token, netlink.Address{ID: 5, Addr: w.local[4]}), want)
			w.expect(p, "destroy", s.DestroySubflow(p, token, e.Tuple()), nil)
			w.wait(p, s, netlink.EventSubflowClosed)
		})
		w.Run(sim.Time(5 * unit.Second))
		w.Close()
	})
}
