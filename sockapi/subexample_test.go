package sockapi_test

import (
	"errors"
	"fmt"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/abi"
)

// addrs are the client's addresses, one for each interface.
func (w *world) addrs() []wire.Addr { return w.client.MPTCP().Host().Addrs() }

// example runs a client that is connected over wifi and fully established, with the drafts' API.
func example(body func(p *sim.Proc, w *apiWorld, s *sockapi.Socket)) {
	w := newAPIWorld(apiOptions{})
	w.serve()
	w.Go(w.Component("client"), "client", func(p *sim.Proc) { body(p, w, w.connect(p)) })
	w.Run(sim.Time(100 * unit.Second))
	w.Close()
}

// The worked example of the drafts: a phone connects over cellular, opens a subflow over Wi-Fi and closes the
// first one.
func Example_handover() {
	w := newAPIWorld(apiOptions{})
	w.serve()
	w.Go(w.Component("client"), "client", func(p *sim.Proc) {
		s := w.client.Socket(sockapi.MPTCP)
		must(0, s.Connect(p, w.cell, w.remote, 80, true))
		must(s.Send(p, []byte("over cellular"), 0, true))
		pause(p, 100*ms)
		first := must(s.SubIDs())[0].ID

		var r sockapi.OpenRequest
		r.Local = w.wifi
		wifi := must(s.OpenSub(r))
		pause(p, 100*ms)
		t := must(s.SubTuple(wifi))
		fmt.Println("subflow", wifi, "from", t.Local, "to", t.Remote, t.RemotePort)

		must(0, s.CloseSub(first, sockapi.Reset))
		must(s.Send(p, []byte("over Wi-Fi"), 0, true))
		pause(p, 100*ms)
		for _, sub := range must(s.SubIDs()) {
			fmt.Println("left:", sub.ID, "octets acknowledged:", must(s.SubInfo(sub.ID)).BytesAcked)
		}
	})
	w.Run(sim.Time(unit.Second))
	w.Close()
	// Output:
	// subflow 2 from 10.0.0.1 to 10.0.0.2 80
	// left: 2 octets acknowledged: 10
}

func ExampleSocket_SubIDs() {
	example(func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
		must(s.OpenSub(sockapi.OpenRequest{SubTuple: sockapi.SubTuple{Local: w.cell}, Backup: true}))
		for _, sub := range must(s.SubIDs()) { // the SYN has left, and that is all
			fmt.Printf("%d: established %t, join %t, backup %t\n", sub.ID, sub.FullyEstablished, sub.Slave, sub.LowPrio)
		}
		pause(p, 100*ms)
		fmt.Println("later:", must(s.SubIDs())[1].FullyEstablished)
	})
	// Output:
	// 1: established true, join false, backup false
	// 2: established false, join true, backup true
	// later: true
}

func ExampleSocket_SubTuple() {
	example(func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
		t := must(s.SubTuple(1))
		fmt.Println(t.Local, t.LocalPort, "to", t.Remote, t.RemotePort)
		_, err := s.SubTuple(9)
		fmt.Println(err)
	})
	// Output:
	// 10.0.0.1 45498 to 10.0.0.2 80
	// invalid argument (EINVAL): no subflow has the number 9 now (SubIDs lists them)
}

func ExampleSocket_OpenSub() {
	example(func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
		// Addresses and ports that are not given are chosen: here those of the interface, and the peer's.
		id, err := s.OpenSub(sockapi.OpenRequest{Interface: "cell"})
		fmt.Println(id, err, must(s.SubTuple(id)).Local == w.cell)
		// A port below 1024 needs a privilege.
		_, err = s.OpenSub(sockapi.OpenRequest{SubTuple: sockapi.SubTuple{Local: w.cell, LocalPort: 1023}})
		fmt.Println(errors.Is(err, sockapi.EACCES))
		// So does no address of another host help.
		_, err = s.OpenSub(sockapi.OpenRequest{SubTuple: sockapi.SubTuple{Local: w.island}})
		fmt.Println(errors.Is(err, sockapi.EADDRNOTAVAIL))
	})
	// Output:
	// 2 <nil> true
	// true
	// true
}

// Break before make: the connection lives on without a subflow for a while.
func ExampleSocket_CloseSub() {
	example(func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
		must(0, s.CloseSub(1, sockapi.Reset))
		fmt.Println("subflows:", len(must(s.SubIDs())))
		must(s.Send(p, []byte("waits"), 0, true))
		pause(p, 5*unit.Second)
		id := must(s.OpenSub(sockapi.OpenRequest{}))
		pause(p, unit.Second)
		fmt.Println("over", id, "octets acknowledged:", must(s.SubInfo(id)).BytesAcked)
	})
	// Output:
	// subflows: 0
	// over 2 octets acknowledged: 5
}

func ExampleSocket_SubPrio() {
	example(func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
		id := must(s.OpenSub(sockapi.OpenRequest{Interface: "cell"}))
		pause(p, 100*ms)
		must(0, s.SubPrio(1, true)) // MP_CAPABLE has no room for it: the first subflow is regular at first
		must(s.Send(p, make([]byte, 100_000), 0, true))
		pause(p, unit.Second)
		fmt.Println(must(s.SubInfo(1)).BytesAcked < 10, must(s.SubInfo(id)).BytesAcked)
	})
	// Output:
	// true 100000
}

func ExampleSocket_SubOption() {
	example(func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
		fmt.Println(s.SubOption(1, sockapi.TTL))
		fmt.Println(s.SubOption(1, sockapi.KeepIdle))
		fmt.Println(s.SubOption(1, sockapi.Cork)) // of the connection
	})
	// Output:
	// 64 <nil>
	// 7200 <nil>
	// 0 protocol option not available (ENOPROTOOPT)
}

// A subflow that is to be given up fast.
func ExampleSocket_SetSubOption() {
	example(func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
		must(s.OpenSub(sockapi.OpenRequest{Interface: "cell"}))
		pause(p, 100*ms)
		must(0, s.SetSubOption(1, sockapi.UserTimeout, 500)) // ms
		w.net.SetDown(w.links[0], true)
		start := p.Now()
		must(s.Send(p, make([]byte, 200_000), 0, true))
		for len(must(s.SubIDs())) == 2 {
			pause(p, ms)
		}
		fmt.Println("one subflow is left after", p.Now().Sub(start)/(100*ms)*(100*ms))
	})
	// Output:
	// one subflow is left after 500ms
}

func ExampleSocket_SubInfo() {
	example(func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
		must(s.Send(p, make([]byte, 1_000_000), 0, true))
		pause(p, 3*unit.Second)
		i := must(s.SubInfo(1))
		fmt.Println("state", i.State, "round trip over 20 ms:", i.RTT > 20_000, "octets:", i.BytesAcked)
	})
	// Output:
	// state 1 round trip over 20 ms: true octets: 1000005
}

func ExampleSocket_SetSubCongestion() {
	example(func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
		id := must(s.OpenSub(sockapi.OpenRequest{Interface: "cell"}))
		fmt.Println(s.SetSubCongestion(id, "lia"))
		fmt.Println(s.SubCongestion(id))
		fmt.Println(s.SubCongestion(1))
		fmt.Println(s.SetSubCongestion(id, "vegas"))
	})
	// Output:
	// <nil>
	// lia <nil>
	// cubic <nil>
	// no such thing (ENOENT)
}

func ExampleSocket_SubCongestion() {
	example(func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
		must(0, s.SetCongestion("olia")) // of the socket: of all subflows, those to come included
		id := must(s.OpenSub(sockapi.OpenRequest{Interface: "cell"}))
		fmt.Println(s.SubCongestion(id))
	})
	// Output:
	// olia <nil>
}

// As the C program does: octets in, octets out.
func ExampleSocket_GetSockOpt() {
	example(func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
		buffer := make([]byte, 42)
		length := len(buffer)
		err := s.GetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_GET_SUB_IDS, nil, buffer, &length)
		fmt.Printf("%v %d octets: % x\n", err, length, buffer[:length])

		// The tuple of subflow 1: its number in, addresses out.
		buffer[0] = 1
		length = len(buffer)
		err = s.GetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_GET_SUB_TUPLE, nil, buffer, &length)
		fmt.Printf("%v %d octets: % x ...\n", err, length, buffer[:9])

		// TCP_CONGESTION of subflow 1, through pointers.
		var memory abi.Memory
		value, size := make([]byte, abi.CongestionNameSize), abi.AppendInt(nil, abi.CongestionNameSize)
		inner := abi.AppendSubGetsockopt(nil, abi.SubGetsockopt{ID: 1, Level: abi.IPPROTO_TCP,
			Optname: abi.TCP_CONGESTION, Optval: memory.Map(value), Optlen: memory.Map(size)})
		length = len(inner)
		err = s.GetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_SUB_GETSOCKOPT, &memory, inner, &length)
		fmt.Printf("%v %s\n", err, abi.Text(value))
	})
	// Output:
	// <nil> 4 octets: 01 00 01 06
	// <nil> 33 octets: 01 02 00 b1 ba 0a 00 00 01 ...
	// <nil> cubic
}

// Marking one subflow's packets.
func ExampleSocket_SetSockOpt() {
	example(func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
		var memory abi.Memory
		tos := memory.Map(abi.AppendInt(nil, 0x20)) // class selector 1
		inner := abi.AppendSubSetsockopt(nil, abi.SubSetsockopt{ID: 1, Level: abi.IPPROTO_IP, Optname: abi.IP_TOS,
			Optval: tos, Optlen: abi.IntSize})
		fmt.Println(s.SetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_SUB_SETSOCKOPT, &memory, inner))
		must(s.Send(p, []byte("marked"), 0, true))
		fmt.Printf("%#x\n", w.sent[len(w.sent)-1].TOS)
	})
	// Output:
	// <nil>
	// 0x20
}

// The kernel that the drafts' authors published differs from their text.
func ExampleHost_SetAPI() {
	w := newAPIWorld(apiOptions{})
	w.client.SetAPI(sockapi.APILinuxFork)
	w.serve()
	w.Go(w.Component("client"), "client", func(p *sim.Proc) {
		s := w.connect(p)
		fmt.Println(s.OpenSub(over(w.cell))) // the number is not told
		pause(p, 100*ms)
		for _, sub := range must(s.SubIDs()) { // the newest first, and a flag less
			fmt.Println(sub.ID, sub.Slave, sub.FullyEstablished)
		}
	})
	w.Run(sim.Time(unit.Second))
	w.Close()
	// Output:
	// 0 <nil>
	// 2 false true
	// 1 false true
}
