package netlink_test

import (
	"testing"

	"mpsim/model/mptcp"
	"mpsim/model/wire"
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
	const both = netlink.AttrResetReason | netlink.AttrResetFlags
	for _, x := range []struct {
		name      string
		end       func(c *scene) error
		reason    uint8
		transient bool
	}{
		{"closed by RST", func(c *scene) error {
			return c.accepted.MPTCP().CloseSubflow(c.Now(), 1, mptcp.CloseReset)
		}, wire.ResetUnspecified, false},
		{"withdrawn", func(c *scene) error { return c.s.Remove(c.p, c.token, 5) }, wire.ResetUnspecified, true},
		{"refused", func(c *scene) error {
			c.accepted.MPTCP().RestrictLocals(c.remote[1:2])
			return c.create(7, c.local[2])
		}, wire.ResetProhibited, false},
	} {
		families(t, func(t *testing.T, f netlink.Family) {
			contract(t, f, func(c *scene) {
				c.expect(c.p, x.name, x.end(c), nil)
				e := c.wait(c.p, c.s, netlink.EventSubflowClosed)
				if f == netlink.OutOfTree {
					if e.Has&both != 0 {
						t.Errorf("%s: %s", x.name, e)
					}
				} else if e.Has&both != both || e.ResetReason != x.reason || e.ResetFlags == 1 != x.transient {
					t.Errorf("%s: %s", x.name, e)
				}
			})
		})
	}
}
