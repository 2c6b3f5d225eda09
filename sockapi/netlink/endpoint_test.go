package netlink_test

import (
	"fmt"
	"testing"

	"mpsim/model/mptcp"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/netlink"
)

// TestEndpoints is the error contract of the commands on endpoints, in a row on one host.
func TestEndpoints(t *testing.T) {
	w := newWorld(t, setting{})
	w.daemon(w.client, netlink.Upstream, 0, func(p *sim.Proc, s *netlink.Socket) {
		at := func(i int) netlink.Address { return netlink.Address{Addr: w.local[i]} }
		with := func(a netlink.Address, id uint8, port uint16) netlink.Address {
			a.ID, a.Port = id, port
			return a
		}
		const signal, subflow, mesh = netlink.AddrSignal, netlink.AddrSubflow, netlink.AddrFullMesh
		for _, c := range []struct {
			name  string
			a     netlink.Address
			flags uint32
			want  error
		}{
			{"first", at(0), subflow, nil},
			{"same again", at(0), subflow, sockapi.EEXIST},
			{"with an ID", with(at(1), 9, 0), signal, nil},
			{"the same ID", with(at(2), 9, 0), signal, sockapi.EBUSY},
			{"port without signal", with(at(2), 0, 8080), subflow, sockapi.EINVAL},
			{"port with both", with(at(2), 0, 8080), signal | subflow, sockapi.EINVAL},
			{"port with signal", with(at(2), 0, 8080), signal, nil},
			{"signal and full mesh", at(2), signal | mesh, sockapi.EINVAL},
			{"implicit", at(2), netlink.AddrImplicit, sockapi.EINVAL},
			{"no address", netlink.Address{}, subflow, sockapi.EINVAL},
			{"too large an ID", with(at(2), 200, 0), subflow, sockapi.EINVAL},
			{"full mesh", at(2), subflow | mesh, nil},
		} {
			w.expect(p, c.name, s.AddEndpoint(p, c.a, c.flags), c.want)
		}
		for i := range 4 {
			a := at(2)
			a.Addr.Lo += uint64(i + 1)
			w.expect(p, "fill", s.AddEndpoint(p, a, subflow), nil)
		}
		w.expect(p, "ninth", s.AddEndpoint(p, netlink.Address{Addr: w.remote[0]}, subflow), sockapi.ERANGE)

		a, flags, err := s.Endpoint(p, 9)
		w.expect(p, "get", err, nil)
		if a.Addr != w.local[1] || flags != signal {
			t.Errorf("endpoint 9: %v, flags %#x", a, flags)
		}
		w.expect(p, "flag", s.FlagEndpoint(p, 9, true), nil)
		if _, flags, _ = s.Endpoint(p, 9); flags != signal|netlink.AddrBackup {
			t.Errorf("endpoint 9: flags %#x", flags)
		}
		_, _, err = s.Endpoint(p, 99)
		w.expect(p, "get unknown", err, sockapi.EINVAL)
		w.expect(p, "flag unknown", s.FlagEndpoint(p, 99, true), sockapi.EINVAL)
		w.expect(p, "remove unknown", s.DelEndpoint(p, 99), sockapi.EINVAL)
		w.expect(p, "remove", s.DelEndpoint(p, 9), nil)
		w.expect(p, "remove again", s.DelEndpoint(p, 9), sockapi.EINVAL)
		_, err = s.Do(p, netlink.CmdDelAddr, netlink.Message{})
		w.expect(p, "remove none", err, sockapi.EINVAL)
		w.expect(p, "flush", s.FlushEndpoints(p), nil)
		_, _, err = s.Endpoint(p, 1)
		w.expect(p, "after the flush", err, sockapi.EINVAL)

		w.expect(p, "limits", s.SetLimits(p, 3, 2), nil)
		extra, accept, err := s.Limits(p)
		w.expect(p, "get limits", err, nil)
		if extra != 3 || accept != 2 {
			t.Errorf("limits %d and %d", extra, accept)
		}
		w.expect(p, "limit of subflows", s.SetLimits(p, 9, 2), sockapi.EINVAL)
		w.expect(p, "limit of announcements", s.SetLimits(p, 3, 9), sockapi.EINVAL)
		w.expect(p, "no subflows", s.SetLimits(p, 0, 2), sockapi.EINVAL)
	})
	w.Run(sim.Time(unit.Second))
	w.Close()
}

// TestEndpointsAct: what was set is what the kernel's own manager does in connections to come.
func TestEndpointsAct(t *testing.T) {
	w := newWorld(t, setting{client: mptcp.Config{PathManager: "linux"}})
	done := false
	w.process("setup", func(p *sim.Proc) {
		s := must(netlink.Attach(w.client, netlink.Upstream)).Open(0)
		w.expect(p, "add", s.AddEndpoint(p, netlink.Address{Addr: w.local[2]}, netlink.AddrSubflow), nil)
		w.expect(p, "limits", s.SetLimits(p, 1, 0), nil)
		w.client.MPTCP().SetManagers(nil) // back to the kernel's
		w.traffic(200_000, 2*unit.Second)
		must(0, p.Sleep(unit.Second))
		if got := fmt.Sprint(w.paths()); got != "[0 2]" {
			t.Errorf("subflows over interfaces %s", got)
		}
		done = true
	})
	w.Run(sim.Time(4 * unit.Second))
	w.Close()
	if !done {
		t.Error("not done")
	}
}
