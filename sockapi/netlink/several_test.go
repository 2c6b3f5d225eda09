package netlink_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/mptcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/netlink"
)

// TestTwoDaemons: two daemons of one host that pursue different things hear the same events; each path has
// its subflow, and they do not undo each other's work.
func TestTwoDaemons(t *testing.T) {
	families(t, func(t *testing.T, f netlink.Family) {
		w := newWorld(t, setting{})
		k := must(netlink.Attach(w.client, f))
		closed := 0
		count := &netlink.Plugin{ConnectionClosed: func(*netlink.Connection) { closed++ }}
		for i, x := range []*netlink.Plugin{netlink.OnePerInterface(), netlink.SubflowKeeper{}.Plugin()} {
			w.process([]string{"first", "second"}[i], func(p *sim.Proc) {
				if err := netlink.Serve(p, k.Open(0), x, count); err != nil {
					t.Error(err)
				}
			})
		}
		w.traffic(200_000, 30*unit.Second)
		w.process("check", func(p *sim.Proc) {
			for i := range 3 {
				must(0, p.Sleep(5*unit.Second))
				w.at[0].SetInterface(p.Now(), i, false)
				must(0, p.Sleep(2*unit.Second))
				w.at[0].SetInterface(p.Now(), i, true)
			}
			must(0, p.Sleep(2*unit.Second))
			if got := w.paths(); len(got) != 3 || !slices.Contains(got, 0) || !slices.Contains(got, 1) {
				t.Errorf("subflows over interfaces %v", got)
			}
		})
		w.Run(sim.Time(60 * unit.Second))
		w.Close()
		if i := w.dial.MPTCP().Info(); i.SubflowsTotal > 12 || i.BytesAcked != 6_000_000 || closed != 2 {
			t.Errorf("%d subflows, %d octets, %d times closed", i.SubflowsTotal, i.BytesAcked, closed)
		}
	})
}

// agree tells what the two ends' subflows say of address IDs that cannot be true at once.
func (w *world) agree() error {
	ids := map[uint8]wire.Addr{}
	var err error
	w.dial.MPTCP().EachAttached(func(i mptcp.SubflowInfo) bool {
		if i.Closing || !i.FullyEstablished {
			return true
		}
		if had, ok := ids[i.LocalID]; ok && had != i.Local {
			err = fmt.Errorf("ID %d is %v and %v", i.LocalID, had.Netip(), i.Local.Netip())
		}
		ids[i.LocalID] = i.Local
		w.accepted.MPTCP().EachAttached(func(o mptcp.SubflowInfo) bool {
			same := o.Remote == i.Local && o.RemotePort == i.LocalPort && o.Local == i.Remote
			if same && (o.RemoteID != i.LocalID || o.LocalID != i.RemoteID) {
				err = fmt.Errorf("IDs %d, %d here and %d, %d there", i.LocalID, i.RemoteID, o.RemoteID, o.LocalID)
			}
			return true
		})
		return true
	})
	return err
}

// TestContradictingIDs: commands of two daemons about the same address, or the same ID.
func TestContradictingIDs(t *testing.T) {
	families(t, func(t *testing.T, f netlink.Family) {
		contract(t, f, func(c *scene) {
			other, wrong := c.s.Kernel().Open(0), error(sockapi.EINVAL)
			pause := func() { must(0, c.p.Sleep(300*ms)) }
			announced, unknown := wrong, error(sockapi.ESRCH)
			if f == netlink.OutOfTree { // that an ID is another address's is for the daemon to see to
				announced, unknown = nil, sockapi.EINVAL
			}
			c.expect(c.p, "address with another ID", c.create(6, c.local[1]), wrong)
			c.expect(c.p, "ID of another address",
				other.Announce(c.p, c.token, netlink.Address{ID: 5, Addr: c.local[2]}), announced)
			c.expect(c.p, "ID of another address", c.create(5, c.local[2]), wrong)
			c.expect(c.p, "the first one's ID", c.create(0, c.local[2]), wrong)
			c.expect(c.p, "the first one", c.create(9, c.local[0]), wrong)
			_, err := c.conn.OpenSubflow(c.Now(), subflowFrom(c.local[2]))
			c.expect(c.p, "the application's", err, nil)
			pause()
			c.expect(c.p, "agree", c.agree(), nil)
			c.expect(c.p, "remove", other.Remove(c.p, c.token, 5), nil)
			pause()
			c.expect(c.p, "destroy", c.s.DestroySubflow(c.p, c.token, c.sub), unknown)
			c.expect(c.p, "destroy", other.DestroySubflow(c.p, c.token, c.sub), unknown)
			c.expect(c.p, "application's address", c.create(5, c.local[2]), wrong)
			c.expect(c.p, "free again", c.create(6, c.local[1]), nil)
			pause()
			c.expect(c.p, "agree", c.agree(), nil)
			if got := c.paths(); !slices.Equal(got, []int{0, 2, 1}) {
				t.Errorf("subflows over interfaces %v", got)
			}
		})
	})
}

// TestManyMasters: two daemons at the client, one at the server and both applications give commands about one
// connection. None fails but by an error number, the ends agree, and octets arrive while there is a subflow.
func TestManyMasters(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		f := rapid.SampledFrom([]netlink.Family{netlink.Upstream, netlink.OutOfTree}).Draw(r, "family")
		w := newWorld(t, setting{})
		w.traffic(300_000, 4*unit.Second)
		ck, sk := must(netlink.Attach(w.client, f)), must(netlink.Attach(w.server, f))
		for i, k := range []*netlink.Kernel{ck, ck, sk} {
			s := k.Open(unit.Duration(i) * ms)
			w.process(fmt.Sprintf("daemon %d", i), func(p *sim.Proc) {
				must(0, p.Sleep(200*ms))
				for range 12 {
					must(0, p.Sleep(unit.Duration(rapid.IntRange(0, 300).Draw(r, "wait"))*ms))
					err := w.anything(p, r, s, k == sk)
					var n sockapi.Errno
					if err != nil && !errors.As(err, &n) {
						r.Fatal(err)
					}
				}
			})
		}
		w.process("applications", func(p *sim.Proc) {
			must(0, p.Sleep(200*ms))
			for range 12 {
				must(0, p.Sleep(unit.Duration(rapid.IntRange(0, 300).Draw(r, "wait"))*ms))
				w.itself(r, rapid.SampledFrom([]*sockapi.Conn{w.dial, w.accepted}).Draw(r, "end").MPTCP())
			}
			must(0, p.Sleep(unit.Second)) // no answer is under way
			if err := w.agree(); err != nil {
				r.Fatal(err)
			}
		})
		w.Run(sim.Time(50 * unit.Second))
		w.Close()
		c := w.dial.MPTCP()
		if i := c.Info(); i.BytesAcked < i.BytesQueued && len(must(w.subs())) > 0 {
			r.Fatalf("%d octets of %d acknowledged", i.BytesAcked, i.BytesQueued)
		}
	})
}

// anything gives a daemon's command, at the server or at the client, about subflows that are there.
func (w *world) anything(p *sim.Proc, r *rapid.T, s *netlink.Socket, server bool) error {
	c, local, to := w.dial.MPTCP(), w.local, w.remote
	if server {
		c, local, to = w.accepted.MPTCP(), w.remote, w.local
	}
	var all []netlink.Tuple
	c.EachAttached(func(i mptcp.SubflowInfo) bool {
		all = append(all, netlink.Tuple{Local: i.Local, Remote: i.Remote, LocalPort: i.LocalPort, RemotePort: i.RemotePort})
		return true
	})
	a := netlink.Address{ID: rapid.Uint8Range(0, 4).Draw(r, "ID"), Addr: rapid.SampledFrom(local).Draw(r, "local")}
	b := netlink.Address{ID: rapid.Uint8Range(0, 4).Draw(r, "peer's"), Addr: rapid.SampledFrom(to).Draw(r, "remote"),
		Port: port}
	what := rapid.IntRange(0, 5).Draw(r, "command")
	if len(all) == 0 && what > 3 {
		return nil
	}
	switch what {
	case 0, 1:
		return s.CreateSubflow(p, c.LocalToken(), netlink.Subflow{Local: a, Remote: b})
	case 2:
		return s.Announce(p, c.LocalToken(), a)
	case 3:
		return s.Remove(p, c.LocalToken(), a.ID)
	case 4:
		return s.DestroySubflow(p, c.LocalToken(), rapid.SampledFrom(all).Draw(r, "subflow"))
	}
	return s.SetPriority(p, c.LocalToken(), rapid.SampledFrom(all).Draw(r, "subflow"), a.ID > 2)
}

// itself does what an application may do; it may be refused.
func (w *world) itself(r *rapid.T, c *mptcp.Conn) {
	id := uint32(rapid.IntRange(0, 8).Draw(r, "subflow"))
	switch what := rapid.IntRange(0, 5).Draw(r, "what"); what {
	case 0:
		_, _ = c.OpenSubflow(w.Now(), subflowFrom(w.local[id%3]))
	case 1:
		_ = c.PrioritiseSubflow(w.Now(), id, id%2 == 0)
	default:
		_ = c.CloseSubflow(w.Now(), id, mptcp.CloseHow(what-1))
	}
}
