package build

import (
	"fmt"
	"strconv"

	"mpsim/model/mptcp/pm"
	"mpsim/model/wire"
	"mpsim/scenarios/spec"
	"mpsim/sim"
	"mpsim/sockapi"
)

// addCalls plans the calls of the scenario. Their component exists only if there are any.
func (w *World) addCalls() error {
	if len(w.spec.Calls) == 0 {
		return nil
	}
	src := w.world.Component("calls")
	var problems spec.Problems
	for i := range w.spec.Calls {
		s := &w.spec.Calls[i]
		var a *application
		for _, x := range w.apps {
			if x.spec.Name == s.Application {
				a = x
			}
		}
		problems = append(problems, w.checkCall("calls."+strconv.Itoa(i), s, a)...)
		w.world.Call(src, sim.Time(s.At), func(now sim.Time) { w.call(now, s, a) })
	}
	return problems.Err()
}

// checkCall finds interfaces that hosts of the topology do not have: package spec has checked the others.
func (w *World) checkCall(path string, s *spec.Call, a *application) spec.Problems {
	own, other := w.hostNamed(a.spec.Client), w.hostNamed(a.spec.Server)
	if s.End == spec.EndServer {
		own, other = other, own
	}
	var problems spec.Problems
	for _, x := range []struct {
		key, iface string
		host       *host
	}{{"local-interface", s.LocalInterface, own}, {"remote-interface", s.RemoteInterface, other}} {
		if x.iface != "" && x.host.topo.InterfaceNamed(x.iface) < 0 {
			problems = append(problems, w.wrong(path+"."+x.key,
				fmt.Errorf("host %s has no interface %q", x.host.name, x.iface)))
		}
	}
	return problems
}

// call carries out one call, if its end has a connection that it has not closed.
func (w *World) call(now sim.Time, s *spec.Call, a *application) {
	end := 0
	if s.End == spec.EndServer {
		end = 1
	}
	c := a.conns[end]
	if c == nil || c.Closed() {
		return
	}
	switch s.Call {
	case spec.CallShutdown:
		_ = c.CloseWrite(nil) // of a socket that is not closed it cannot fail
	case spec.CallClose:
		_ = c.Close()
	case spec.CallAbort:
		_ = c.Abort()
	case spec.CallPause, spec.CallResume:
		c.PauseReading(s.Call == spec.CallPause)
	case spec.CallReceiveBuffer:
		c.SetReceiveBuffer(int64(s.Bytes))
	default:
		w.pathCall(now, s, a, c)
	}
}

// pathCall carries out a call that manages the paths of a connection.
func (w *World) pathCall(now sim.Time, s *spec.Call, a *application, c *sockapi.Conn) {
	m := c.MPTCP()
	if m == nil {
		return
	}
	own, other := w.hostNamed(a.spec.Client), w.hostNamed(a.spec.Server)
	if s.End == spec.EndServer {
		own, other = other, own
	}
	m.ManagePaths(now, func(p pm.Conn) {
		switch s.Call {
		case spec.CallCloseSubflow, spec.CallSetBackup:
			flows := p.Subflows()
			if s.Subflow >= len(flows) {
				return
			}
			if id := flows[s.Subflow].ID; s.Call == spec.CallSetBackup {
				p.SetBackup(id, s.Backup)
			} else {
				p.CloseSubflow(id)
			}
			return
		}
		local, ok := localAt(p, own.addressAt(s.LocalInterface))
		if !ok {
			return
		}
		switch s.Call {
		case spec.CallOpenSubflow:
			w.openSubflow(p, local, other.addressAt(s.RemoteInterface), a.spec.Port, s.Backup)
		case spec.CallAnnounce:
			p.Announce(local)
		case spec.CallWithdraw:
			p.Withdraw(local.ID)
		}
	})
}

// openSubflow starts a join to an address of the peer: under the address ID that the peer announced, or 0.
func (w *World) openSubflow(p pm.Conn, local pm.Local, to wire.Addr, port uint16, backup bool) {
	remote := pm.Remote{Addr: to, Port: port}
	for _, r := range p.Remotes() {
		if r.Addr == to {
			remote = r
		}
	}
	if local.Addr.Is4() == to.Is4() {
		p.OpenSubflow(local, remote, backup)
	}
}

// addressAt returns the first address of an interface; without a name of the first one.
func (h *host) addressAt(iface string) wire.Addr {
	i := 0
	if iface != "" {
		i = h.topo.InterfaceNamed(iface)
	}
	return h.topo.Interface(i).Addrs[0]
}

// localAt finds an address of the host among those that a connection knows.
func localAt(p pm.Conn, a wire.Addr) (pm.Local, bool) {
	for _, l := range p.Locals() {
		if l.Addr == a {
			return l, true
		}
	}
	return pm.Local{}, false
}
