package netlink_test

import (
	"fmt"
	"strings"
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/netlink"
)

// TestEvents is the life of a connection as a daemon at each end sees it, in both families.
func TestEvents(t *testing.T) {
	families(t, func(t *testing.T, f netlink.Family) {
		w := newWorld(t, setting{})
		var log [2]strings.Builder
		logTo := func(i int) func(p *sim.Proc, s *netlink.Socket) {
			return func(p *sim.Proc, s *netlink.Socket) {
				for {
					e, err := s.Recv(p, true)
					if err != nil {
						return
					}
					fmt.Fprintf(&log[i], "%s [%s]\n", e.Kind, e.Has)
				}
			}
		}
		cs := w.daemon(w.client, f, 0, logTo(0))
		ss := w.daemon(w.server, f, 0, logTo(1))
		w.traffic(200_000, 4*unit.Second)
		w.process("script", func(p *sim.Proc) {
			must(0, p.Sleep(500*ms))
			cc, sc := w.dial.MPTCP(), w.accepted.MPTCP()
			w.expect(p, "create", cs.CreateSubflow(p, cc.LocalToken(), netlink.Subflow{
				Local:  netlink.Address{ID: 5, Addr: w.local[1]},
				Remote: netlink.Address{Addr: w.remote[0], Port: port}}), nil)
			w.expect(p, "announce", ss.Announce(p, sc.LocalToken(), netlink.Address{ID: 9, Addr: w.remote[1]}), nil)
			must(0, p.Sleep(500*ms))
			w.expect(p, "remove", ss.Remove(p, sc.LocalToken(), 9), nil)
			i, _ := cc.Subflow(1)
			tu := netlink.Tuple{Local: i.Local, Remote: i.Remote, LocalPort: i.LocalPort, RemotePort: i.RemotePort}
			if i.LocalID != 5 {
				t.Errorf("local ID %d, want that of the command, 5", i.LocalID)
			}
			w.expect(p, "priority", cs.SetPriority(p, cc.LocalToken(), tu, true), nil)
			must(0, p.Sleep(500*ms))
			w.expect(p, "destroy", cs.DestroySubflow(p, cc.LocalToken(), tu), nil)
		})
		w.Run(sim.Time(10 * unit.Second))
		w.Close()
		want := wanted[f]
		for i, name := range []string{"client", "server"} {
			if got := log[i].String(); got != want[i] {
				t.Errorf("%s heard\n%swant\n%s", name, got, want[i])
			}
		}
	})
}

const (
	subOld = "[token family loc_id rem_id saddr daddr sport dport backup if_idx]\n"
	subErr = "[token family loc_id rem_id saddr daddr sport dport backup error if_idx]\n"
	conNew = "[token family saddr daddr sport dport flags server_side]\n"
	subNew = "[token family loc_id rem_id saddr daddr sport dport backup]\n"
)

// wanted is what the client and the server hear, by family.
var wanted = map[netlink.Family][2]string{
	netlink.OutOfTree: {"created " + subOld + "established " + subOld +
		"announced [token family rem_id daddr dport]\n" + "subflow-established " + subOld +
		"removed [token rem_id]\n" + "subflow-closed " + subOld + "closed [token]\n",
		"created " + subOld + "established " + subOld + "subflow-established " + subOld +
			"subflow-priority " + subOld + "subflow-closed " + subErr + "closed [token]\n"},
	netlink.Upstream: {"created " + conNew + "established " + conNew +
		"announced [token family rem_id daddr dport]\n" + "subflow-established " + subNew +
		"removed [token rem_id]\n" + "subflow-closed " + subNew + "closed [token]\n",
		"listener-created [family saddr sport]\n" + "created " + conNew + "established " + conNew +
			"subflow-established " + subNew + "subflow-priority " + subNew + "subflow-closed " + subNew +
			"closed [token]\n"},
}

var _ = sockapi.EBADF
