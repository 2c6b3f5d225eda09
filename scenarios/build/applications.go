package build

import (
	"fmt"

	"mpsim/scenarios/spec"
	"mpsim/sim"
	"mpsim/sockapi"
	"mpsim/sockapi/app"
)

// application is one workload of the scenario and what it has achieved.
type application struct {
	spec   *spec.Application
	result *app.Result
	conns  [2]*sockapi.Conn // the client's and the server's, nil before they are open
}

// opened keeps the connection of one end of an application.
func (w *World) opened(now sim.Time, a *application, c *sockapi.Conn, client bool) {
	end := 1
	if client {
		end = 0
	}
	a.conns[end] = c
	if w.onOpen != nil {
		w.onOpen(now, a.spec, c, client)
	}
}

func (w *World) addApplications() error {
	for i := range w.spec.Applications {
		a := &w.spec.Applications[i]
		if a.Kind == spec.KindScript {
			if err := w.startScript(a); err != nil {
				return err
			}
			continue
		}
		if err := w.checkEnds(a); err != nil {
			return err
		}
		ends, err := w.ends(a)
		if err != nil {
			return w.problem("applications."+a.Name, err)
		}
		x := &application{spec: a}
		ends.Opened = func(now sim.Time, c *sockapi.Conn, client bool) { w.opened(now, x, c, client) }
		var r *app.Result
		if a.Kind == spec.KindRequestResponse {
			r = app.StartRequestResponse(w.world, app.RequestResponse{
				Ends: ends, Requests: a.Requests, RequestBytes: int64(a.RequestBytes),
				ResponseBytes: int64(a.ResponseBytes), Think: a.ThinkTime,
			})
		} else {
			r = app.StartBulk(w.world, app.Bulk{
				Ends: ends, Download: a.Direction == spec.Download, Both: a.Direction == spec.Both,
				Bytes: int64(a.Bytes), Duration: a.Duration,
			})
		}
		x.result = r
		w.apps = append(w.apps, x)
	}
	return nil
}

// checkEnds finds names that the topology should have: package spec has checked the others.
func (w *World) checkEnds(a *spec.Application) error {
	if w.fabric == nil {
		return nil
	}
	var problems spec.Problems
	for _, end := range []struct{ key, host, ifaceKey, iface string }{
		{"client", a.Client, "local-interface", a.LocalInterface},
		{"server", a.Server, "remote-interface", a.RemoteInterface},
	} {
		path := "applications." + a.Name + "."
		h := w.hostNamed(end.host)
		switch {
		case h == nil:
			problems = append(problems, w.wrong(path+end.key, unknown("host", end.host, w.hostNames())))
		case end.iface != "" && h.topo.InterfaceNamed(end.iface) < 0:
			problems = append(problems, w.spec.Problem(path+end.ifaceKey,
				fmt.Sprintf("host %s has no interface %q", h.name, end.iface), ""))
		}
	}
	return problems.Err()
}

func (w *World) hostNames() []string {
	names := make([]string, len(w.hosts))
	for i, h := range w.hosts {
		names[i] = h.name
	}
	return names
}

// ends finds the hosts and addresses of a workload and that there is a way between them.
func (w *World) ends(a *spec.Application) (app.Ends, error) {
	client, server := w.hostNamed(a.Client), w.hostNamed(a.Server)
	e := app.Ends{
		Name: a.Name, Client: client.api, Server: server.api, Port: a.Port, Start: sim.Time(a.Start),
		Local: client.addressAt(a.LocalInterface), Remote: server.addressAt(a.RemoteInterface),
		Network: sockapi.MPTCP,
	}
	if a.Transport == spec.TransportTCP {
		e.Network = sockapi.TCP
	}
	if err := client.topo.Reach(e.Local, e.Remote); err != nil {
		return e, fmt.Errorf("client %s cannot reach server %s: %w", a.Client, a.Server, err)
	}
	if err := server.topo.Reach(e.Remote, e.Local); err != nil {
		return e, fmt.Errorf("server %s cannot reach client %s: %w", a.Server, a.Client, err)
	}
	return e, nil
}
