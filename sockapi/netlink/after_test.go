package netlink_test

import (
	"slices"
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/netlink"
)

// TestAfterEnd gives every command on a connection that has fallen back, that its application has closed or
// aborted, and that is long over.
func TestAfterEnd(t *testing.T) {
	const inval, notconn, opnotsupp = sockapi.EINVAL, sockapi.ENOTCONN, sockapi.EOPNOTSUPP
	commands := []netlink.Command{netlink.CmdSetPriority, netlink.CmdAnnounce, netlink.CmdSubflowCreate,
		netlink.CmdSubflowDestroy, netlink.CmdRemove, netlink.CmdExist}
	for _, x := range []struct {
		name     string
		upstream [6]error // of each command, in the order above
		old      [6]error
	}{
		{"fallen back", [6]error{inval, inval, inval, inval, inval, opnotsupp},
			[6]error{inval, inval, sockapi.EBADR, inval, inval, notconn}},
		{"closing", [6]error{nil, notconn, notconn, nil, inval, opnotsupp},
			[6]error{nil, notconn, sockapi.EOWNERDEAD, nil, nil, nil}},
		{"aborted", [6]error{notconn, notconn, notconn, notconn, inval, opnotsupp},
			[6]error{notconn, notconn, sockapi.EOWNERDEAD, notconn, nil, nil}},
		{"over", [6]error{inval, inval, inval, inval, inval, opnotsupp},
			[6]error{inval, inval, sockapi.EBADR, inval, inval, notconn}},
	} {
		t.Run(x.name, func(t *testing.T) {
			families(t, func(t *testing.T, f netlink.Family) {
				want, got := x.upstream[:], []error{}
				if f == netlink.OutOfTree {
					want = x.old[:]
				}
				ended(t, f, x.name, func(c *scene) {
					for _, cmd := range commands {
						_, err := c.s.Do(c.p, cmd, c.good(f, cmd))
						got = append(got, err)
					}
				})
				if !slices.Equal(got, want) {
					t.Errorf("%v:\n%v, want\n%v", commands, got, want)
				}
			})
		})
	}
}

// ended runs checks on a scene whose connection has come to the end that is named.
func ended(t *testing.T, f netlink.Family, how string, check func(c *scene)) {
	w := newWorld(t, setting{})
	if how == "fallen back" {
		w.at[0].SetTap(0, stripper{})
		w.at[1].SetTap(0, stripper{})
	}
	w.traffic(200_000, 4*unit.Second)
	w.daemon(w.client, f, 0, func(p *sim.Proc, s *netlink.Socket) {
		must(0, p.Sleep(500*ms))
		c := &scene{world: w, p: p, s: s, conn: w.dial.MPTCP()}
		c.token = c.conn.LocalToken()
		_ = c.create(5, w.local[1]) // refused after fallback
		must(0, p.Sleep(200*ms))
		i, ok := c.conn.Subflow(1)
		if !ok {
			i, _ = c.conn.Subflow(0)
		}
		c.sub = netlink.Tuple{Local: i.Local, Remote: i.Remote, LocalPort: i.LocalPort, RemotePort: i.RemotePort}
		switch how {
		case "closing":
			must(0, w.dial.Close())
		case "aborted":
			w.dial.Abort()
		case "over":
			must(0, p.Sleep(200*unit.Second))
		}
		check(c)
	})
	w.Run(sim.Time(300 * unit.Second))
	w.Close()
}
