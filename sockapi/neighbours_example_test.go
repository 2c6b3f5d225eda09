package sockapi_test

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sockapi"
)

// phone runs an application on a phone with WiFi and cellular, whose path manager is of the given name.
// The server answers what it gets first and reads the rest.
func phone(manager string, body func(w *apiWorld, p *sim.Proc, s *sockapi.Socket)) {
	w := newAPIWorld(apiOptions{manager: manager})
	w.serve()
	w.Go(w.Component("client"), "client", func(p *sim.Proc) { body(w, p, w.client.Socket(sockapi.MPTCP)) })
	w.Run(sim.Time(10_000 * ms))
	w.Close()
}

// meet connects over WiFi, says hello and waits for half a second.
func (w *apiWorld) meet(p *sim.Proc, s *sockapi.Socket) {
	must(0, s.Connect(p, w.wifi, w.remote, port, true))
	must(s.Send(p, []byte("hello"), 0, true))
	pause(p, 500*ms)
}

func ExampleSocket_MPTCPInfo() {
	phone("fullmesh", func(w *apiWorld, p *sim.Proc, s *sockapi.Socket) {
		w.meet(p, s)
		must(s.Send(p, make([]byte, 100_000), 0, true))
		pause(p, 500*ms)
		i := must(s.MPTCPInfo())
		fmt.Println(i.SubflowsTotal, "subflows,", i.BytesSent, "octets sent,", i.BytesAcked, "acknowledged,",
			i.BytesRetrans, "of them sent again on another subflow")
	})
	// Output: 2 subflows, 100005 octets sent, 100005 acknowledged, 0 of them sent again on another subflow
}

func ExampleSocket_MPTCPTCPInfo() {
	phone("fullmesh", func(w *apiWorld, p *sim.Proc, s *sockapi.Socket) {
		w.meet(p, s)
		for _, i := range must(s.MPTCPTCPInfo()) {
			fmt.Println("round trip of", i.RTT/1000, "ms, window of", i.SndCwnd, "segments")
		}
	})
	// Output:
	// round trip of 20 ms, window of 10 segments
	// round trip of 20 ms, window of 10 segments
}

func ExampleSocket_MPTCPSubflowAddrs() {
	phone("fullmesh", func(w *apiWorld, p *sim.Proc, s *sockapi.Socket) {
		w.meet(p, s)
		for _, a := range must(s.MPTCPSubflowAddrs()) {
			fmt.Println(a.Local == w.wifi, a.Local == w.cell, a.RemotePort)
		}
	})
	// Output:
	// true false 80
	// false true 80
}

// The first subflow stays in the list when it has closed, and numbers are not used again.
func ExampleSocket_MPTCPSubflows() {
	phone("none", func(w *apiWorld, p *sim.Proc, s *sockapi.Socket) {
		w.meet(p, s)
		must(s.OpenSub(over(w.cell)))
		pause(p, 100*ms)
		must(0, s.CloseSub(1, sockapi.Reset))
		must(0, s.CloseSub(2, sockapi.Reset))
		must(s.OpenSub(over(w.cell)))
		pause(p, 100*ms)
		for _, f := range must(s.MPTCPSubflows()) {
			fmt.Println("subflow", f.ID, "in state", f.TCP.State)
		}
	})
	// Output:
	// subflow 1 in state 7
	// subflow 3 in state 1
}

// Two calls could see two different sets of subflows; one call sees one.
func ExampleSocket_MPTCPFullInfo() {
	phone("fullmesh", func(w *apiWorld, p *sim.Proc, s *sockapi.Socket) {
		w.meet(p, s)
		i, subflows, err := s.MPTCPFullInfo()
		fmt.Println(int(i.SubflowsTotal) == len(subflows), err)
	})
	// Output: true <nil>
}

func ExampleSocket_SetMultipathEnable() {
	phone("none", func(w *apiWorld, p *sim.Proc, s *sockapi.Socket) {
		must(0, s.SetMultipathEnable(false))
		w.meet(p, s)
		fmt.Println(must(s.MultipathEnable()), s.SetMultipathEnable(true))
	})
	// Output: false operation not permitted (EPERM)
}

func ExampleSocket_MultipathEnable() {
	phone("none", func(w *apiWorld, p *sim.Proc, s *sockapi.Socket) {
		_, err := s.MultipathEnable()
		fmt.Println(err)
		w.meet(p, s)
		fmt.Println(must(s.MultipathEnable()))
	})
	// Output:
	// socket is not connected (ENOTCONN)
	// true
}

// A socket that is bound to one address keeps to it, though the path manager would use all. When the bill
// does not matter any more another one is added.
func ExampleSocket_MultipathAdd() {
	phone("fullmesh", func(w *apiWorld, p *sim.Proc, s *sockapi.Socket) {
		must(0, s.Bind(w.wifi, 0))
		w.meet(p, s)
		fmt.Println(w.locals(s))
		must(0, s.MultipathAdd(sockapi.MultipathAddr{Addr: w.cell}))
		pause(p, 500*ms)
		fmt.Println(w.locals(s))
	})
	// Output:
	// wifi
	// cell wifi
}

// A handover by RFC 6897: the address that goes is removed, and a subflow from another one is there
// before.
func ExampleSocket_MultipathRemove() {
	phone("none", func(w *apiWorld, p *sim.Proc, s *sockapi.Socket) {
		w.meet(p, s)
		fmt.Println(w.locals(s))
		must(0, s.MultipathRemove(sockapi.MultipathAddr{Addr: w.wifi}))
		pause(p, 500*ms)
		fmt.Println(w.locals(s))
	})
	// Output:
	// wifi
	// cell
}

func ExampleSocket_MultipathSubflows() {
	phone("fullmesh", func(w *apiWorld, p *sim.Proc, s *sockapi.Socket) {
		w.meet(p, s)
		for _, pair := range must(s.MultipathSubflows()) {
			fmt.Println(pair.Local.Netip(), "to", pair.Remote.Netip(), pair.RemotePort)
		}
	})
	// Output:
	// 10.0.0.1 to 10.0.0.2 80
	// 10.1.0.1 to 10.0.0.2 80
}

func ExampleSocket_MultipathConnID() {
	phone("none", func(w *apiWorld, p *sim.Proc, s *sockapi.Socket) {
		w.meet(p, s)
		fmt.Println(must(s.MultipathConnID()) == must(s.MPTCPInfo()).Token)
	})
	// Output: true
}

func ExampleSocket_SetMPTCPEnabled() {
	phone("none", func(w *apiWorld, p *sim.Proc, s *sockapi.Socket) {
		must(0, s.SetMPTCPEnabled(false))
		w.meet(p, s)
		fmt.Println(must(s.MPTCPEnabled()), s.SetMPTCPEnabled(true))
	})
	// Output: false operation not permitted (EPERM)
}

func ExampleSocket_MPTCPEnabled() {
	phone("none", func(w *apiWorld, p *sim.Proc, s *sockapi.Socket) {
		fmt.Println(must(s.MPTCPEnabled()))
		w.meet(p, s)
		fmt.Println(must(s.MPTCPEnabled()))
	})
	// Output:
	// false
	// true
}

// The scheduler can be chosen until the socket connects.
func ExampleSocket_SetMPTCPScheduler() {
	phone("none", func(w *apiWorld, p *sim.Proc, s *sockapi.Socket) {
		fmt.Println(s.SetMPTCPScheduler("roundrobin"), s.SetMPTCPScheduler("nosuch"))
		w.meet(p, s)
		fmt.Println(s.SetMPTCPScheduler("default"))
	})
	// Output:
	// <nil> no such thing (ENOENT)
	// operation not permitted (EPERM)
}

func ExampleSocket_MPTCPScheduler() {
	phone("none", func(_ *apiWorld, _ *sim.Proc, s *sockapi.Socket) {
		fmt.Println(must(s.MPTCPScheduler()))
		must(0, s.SetMPTCPScheduler("roundrobin"))
		fmt.Println(must(s.MPTCPScheduler()))
	})
	// Output:
	// default
	// roundrobin
}

// Two subflows between one pair of addresses.
func ExampleSocket_SetMPTCPPathManager() {
	phone("none", func(w *apiWorld, p *sim.Proc, s *sockapi.Socket) {
		must(0, s.SetMPTCPPathManager("ndiffports"))
		w.meet(p, s)
		fmt.Println(w.locals(s))
	})
	// Output: wifi wifi
}

func ExampleSocket_MPTCPPathManager() {
	phone("fullmesh", func(_ *apiWorld, _ *sim.Proc, s *sockapi.Socket) {
		fmt.Println(must(s.MPTCPPathManager()))
	})
	// Output: fullmesh
}

// What the first subflow has carried is known after its end if it was asked for in time.
func ExampleSocket_SaveFirstSubflow() {
	phone("none", func(w *apiWorld, p *sim.Proc, s *sockapi.Socket) {
		must(0, s.SaveFirstSubflow(true))
		w.meet(p, s)
		must(s.OpenSub(over(w.cell)))
		pause(p, 100*ms)
		must(0, s.CloseSub(1, sockapi.Reset))
		fmt.Println(must(s.FirstSubflowInfo()).BytesAcked)
	})
	// Output: 5
}

func ExampleSocket_FirstSubflowInfo() {
	phone("none", func(w *apiWorld, p *sim.Proc, s *sockapi.Socket) {
		w.meet(p, s)
		must(s.OpenSub(over(w.cell)))
		pause(p, 100*ms)
		fmt.Println(must(s.FirstSubflowInfo()).BytesAcked)
		must(0, s.CloseSub(1, sockapi.Reset))
		_, err := s.FirstSubflowInfo()
		fmt.Println(err)
	})
	// Output:
	// 5
	// invalid argument (EINVAL)
}

func ExampleSocket_OutOfTreeInfo() {
	phone("fullmesh", func(w *apiWorld, p *sim.Proc, s *sockapi.Socket) {
		w.meet(p, s)
		i := must(s.OutOfTreeInfo())
		fmt.Println(i.Meta.BytesAcked, "octets over", len(i.Subflows), "subflows")
	})
	// Output: 5 octets over 2 subflows
}
