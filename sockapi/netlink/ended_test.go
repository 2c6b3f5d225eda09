package netlink_test

import (
	"testing"

	"mpsim/model/mptcp"
	"mpsim/sockapi"
	"mpsim/sockapi/netlink"
)

// TestDestroyForgets: with its subflow goes the address, upstream, so that it may come back with another ID.
func TestDestroyForgets(t *testing.T) {
	contract(t, netlink.Upstream, func(c *scene) {
		c.expect(c.p, "another id", c.create(6, c.local[1]), sockapi.EINVAL)
		c.expect(c.p, "destroy", c.s.DestroySubflow(c.p, c.token, c.sub), nil)
		c.expect(c.p, "create", c.create(6, c.local[1]), nil)
		must(0, c.p.Sleep(200*ms))
		if i, _ := c.conn.Subflow(2); i.LocalID != 6 || !i.FullyEstablished {
			t.Errorf("subflow %+v", i)
		}
	})
}

// TestResetReason: what the peer's MP_TCPRST said is told upstream; the other family has no such attributes.
func TestResetReason(t *testing.T) {
	families(t, func(t *testing.T, f netlink.Family) {
		contract(t, f, func(c *scene) {
			must(0, c.accepted.MPTCP().CloseSubflow(c.Now(), 1, mptcp.CloseReset))
			e := c.wait(c.p, c.s, netlink.EventSubflowClosed)
			i, _ := c.conn.Subflow(1)
			if !i.ResetGiven {
				t.Fatal("no reason came")
			}
			told := e.Has & (netlink.AttrResetReason | netlink.AttrResetFlags)
			want := netlink.AttrResetReason | netlink.AttrResetFlags
			if f == netlink.OutOfTree {
				want = 0
			}
			if told != want || want != 0 && e.ResetReason != i.ResetReason {
				t.Errorf("%s", e)
			}
		})
	})
}
