package sockapi_test

import (
	"fmt"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// addrs are the client's addresses, one for each interface.
func (w *world) addrs() []wire.Addr { return w.client.MPTCP().Host().Addrs() }

// dial runs a client on a connection whose server sends nothing and reads everything.
func (w *world) dial(body func(p *sim.Proc, s *sockapi.Socket)) {
	w.serve(func(p *sim.Proc, c *sockapi.Conn) {
		b := make([]byte, 1000)
		for {
			if _, err := c.Read(p, b); err != nil {
				return
			}
		}
	})
	w.Go(w.Component("client"), "client", func(p *sim.Proc) {
		s := w.client.Socket(sockapi.MPTCP)
		if err := s.Connect(p, w.local, w.remote, port, true); err != nil {
			panic(err)
		}
		must(s.Send(p, []byte("hello"), 0, true))
		must(0, p.Sleep(100*unit.Millisecond))
		body(p, s)
	})
}

// The worked example of the drafts: a connection over one interface moves to another one.
func ExampleSocket_OpenSub() {
	w := newWorld(options{})
	w.dial(func(p *sim.Proc, s *sockapi.Socket) {
		var r sockapi.OpenRequest
		r.Local = w.addrs()[1]
		id, err := s.OpenSub(r)
		fmt.Println("opened", id, err)
		must(0, p.Sleep(100*unit.Millisecond))
		fmt.Println("closed", s.CloseSub(1, sockapi.Reset))
		for _, sub := range must(s.SubIDs()) {
			fmt.Println("left", sub.ID, sub.FullyEstablished)
		}
	})
	w.Run(sim.Time(unit.Second))
	w.Close()
	// Output:
	// opened 2 <nil>
	// closed <nil>
	// left 2 true
}
