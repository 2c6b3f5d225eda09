package app

import (
	"fmt"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sockapi"
)

// Ends are the two hosts of a workload and how they connect.
type Ends struct {
	Name           string // of the workload; names its component and errors
	Client, Server *sockapi.Host
	Network        sockapi.Network
	Local          wire.Addr // client address of the first subflow
	Remote         wire.Addr // server address
	Port           uint16
	Start          sim.Time

	// Opened, if not nil, is called when an end has its connection: the client's or the server's.
	Opened func(now sim.Time, c *sockapi.Conn, client bool)
}

// start makes the workload's component and starts its two processes.
func (e *Ends) start(w *sim.World, server, client func(p *sim.Proc, r *Result) error) *Result {
	r := newResult()
	src := w.Component("app/" + e.Name)
	w.DigestOf(src, func() uint64 { return uint64(r.hash) })
	w.Go(src, e.Name+"/server", func(p *sim.Proc) { r.returned(&r.Server, server(p, &r)) })
	w.Go(src, e.Name+"/client", func(p *sim.Proc) { r.returned(&r.Client, client(p, &r)) })
	return &r
}

// accept listens and waits for the workload's one connection.
func (e *Ends) accept(p *sim.Proc) (*sockapi.Conn, error) {
	l, err := e.Server.Listen(e.Network, wire.Addr{}, e.Port)
	if err != nil {
		return nil, fmt.Errorf("%s: server %s: listen on port %d: %w", e.Name, e.Server.Name(), e.Port, err)
	}
	c, err := l.Accept(p)
	if err != nil {
		return nil, fmt.Errorf("%s: server %s: accept: %w", e.Name, e.Server.Name(), err)
	}
	e.opened(p, c, false)
	return c, nil
}

// dial waits for the start of the workload and connects.
func (e *Ends) dial(p *sim.Proc, r *Result) (*sockapi.Conn, error) {
	if e.Start > p.Now() {
		if err := p.Sleep(e.Start.Sub(p.Now())); err != nil {
			return nil, err
		}
	}
	r.Started = p.Now()
	c, err := e.Client.Dial(p, e.Network, e.Local, e.Remote, e.Port)
	if err != nil {
		return nil, fmt.Errorf("%s: client %s: connect: %w", e.Name, e.Client.Name(), err)
	}
	r.Connected = p.Now()
	e.opened(p, c, true)
	return c, nil
}

func (e *Ends) opened(p *sim.Proc, c *sockapi.Conn, client bool) {
	if e.Opened != nil {
		e.Opened(p.Now(), c, client)
	}
}
