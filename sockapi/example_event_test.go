package sockapi_test

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// second opens a subflow of a socket from the client's other address.
func second(s *sockapi.Socket) uint8 {
	var r sockapi.OpenRequest
	r.Local = s.Conn().MPTCP().Stack().Host().Addrs()[1]
	return must(s.OpenSub(r))
}

func ExampleSocket_Subscribe() {
	demo(sockapi.MPTCP, idle, func(p *sim.Proc, s *sockapi.Socket) {
		must(s.Send(p, []byte("hello"), 0, true))
		must(0, p.Sleep(100*unit.Millisecond))
		must(0, s.Subscribe(sockapi.MaskOf(sockapi.EventSubflowCreated, sockapi.EventSubflowClosed), 10))
		id := second(s)
		must(0, p.Sleep(100*unit.Millisecond))
		must(0, s.CloseSub(id, sockapi.Reset))
		for range 2 {
			e := must(s.RecvEvent(p, true))
			fmt.Println(e.Seq, e.At, e.Kind, e.Sub, e.Cause)
		}
	})
	// Output:
	// 1 0.160373120s subflow-created 2 none
	// 2 0.220119680s subflow-closed 2 closed locally
}

// A loop that reacts to what happens, as a controller would.
func ExampleSocket_RecvEvent() {
	demo(sockapi.MPTCP, idle, func(p *sim.Proc, s *sockapi.Socket) {
		must(0, s.Subscribe(sockapi.AllEvents, 0))
		_, err := s.RecvEvent(p, false)
		fmt.Println(err)
		must(s.Send(p, []byte("hello"), 0, true))
		for closed := false; !closed; {
			switch e := must(s.RecvEvent(p, true)); e.Kind {
			case sockapi.EventEstablished:
				fmt.Println("open another subflow")
				second(s)
			case sockapi.EventSubflowCreated:
				fmt.Println("close the first one")
				must(0, s.CloseSub(1, sockapi.Reset))
			case sockapi.EventSubflowClosed:
				fmt.Println("left:", len(must(s.SubIDs())))
				closed = true
			}
		}
	})
	// Output:
	// resource temporarily unavailable (EAGAIN)
	// open another subflow
	// close the first one
	// left: 1
}

func ExampleSocket_RecvEventUntil() {
	demo(sockapi.MPTCP, idle, func(p *sim.Proc, s *sockapi.Socket) {
		must(0, s.Subscribe(sockapi.AllEvents, 0))
		start := p.Now()
		_, err := s.RecvEventUntil(p, start.Add(3*unit.Second))
		fmt.Println(err, "after", p.Now().Sub(start))
	})
	// Output: resource temporarily unavailable (EAGAIN) after 3s
}

// A queue that is full says how many events were lost.
func ExampleSocket_EventsWaiting() {
	demo(sockapi.MPTCP, idle, func(p *sim.Proc, s *sockapi.Socket) {
		must(s.Send(p, []byte("hello"), 0, true))
		must(0, p.Sleep(100*unit.Millisecond))
		must(0, s.Subscribe(sockapi.MaskOf(sockapi.EventPriority), 2))
		for i := range 5 {
			must(0, s.SubPrio(1, i%2 == 0))
		}
		for s.EventsWaiting() > 0 {
			e := must(s.RecvEvent(p, false))
			fmt.Println(e.Seq, e)
		}
	})
	// Output:
	// 1 priority 1 10.0.0.1:45498 10.0.0.2:80 backup
	// 2 priority 1 10.0.0.1:45498 10.0.0.2:80
	// 3 overflow, 3 events lost
}

// A library watches timeouts beside the application's own subscription.
func ExampleSocket_Watch() {
	demo(sockapi.MPTCP, idle, func(p *sim.Proc, s *sockapi.Socket) {
		must(0, s.Subscribe(sockapi.AllEvents, 0))
		q := must(s.Watch(sockapi.MaskOf(sockapi.EventEstablished), 1))
		must(s.Send(p, []byte("hello"), 0, true))
		fmt.Println(must(q.Recv(p, true)), s.EventsWaiting())
		q.Close()
	})
	// Output: established 1
}

// watching is a subscription to changes of priority.
func watching(f func(p *sim.Proc, s *sockapi.Socket, q *sockapi.Subscription)) {
	demo(sockapi.MPTCP, idle, func(p *sim.Proc, s *sockapi.Socket) {
		must(s.Send(p, []byte("hello"), 0, true))
		must(0, p.Sleep(100*unit.Millisecond))
		f(p, s, must(s.Watch(sockapi.MaskOf(sockapi.EventPriority), 5)))
	})
}

func ExampleSubscription_Recv() {
	watching(func(p *sim.Proc, s *sockapi.Socket, q *sockapi.Subscription) {
		must(0, s.SubPrio(1, true))
		fmt.Println(must(q.Recv(p, true)).Backup)
	})
	// Output: true
}

func ExampleSubscription_RecvUntil() {
	watching(func(p *sim.Proc, s *sockapi.Socket, q *sockapi.Subscription) {
		_, err := q.RecvUntil(p, p.Now().Add(unit.Second))
		fmt.Println(err, p.Now())
	})
	// Output: resource temporarily unavailable (EAGAIN) 1.120119680s
}

func ExampleSubscription_Waiting() {
	watching(func(_ *sim.Proc, s *sockapi.Socket, q *sockapi.Subscription) {
		must(0, s.SubPrio(1, true))
		fmt.Println(q.Waiting())
	})
	// Output: 1
}

func ExampleSubscription_SetMask() {
	watching(func(_ *sim.Proc, s *sockapi.Socket, q *sockapi.Subscription) {
		must(0, q.SetMask(sockapi.MaskOf(sockapi.EventTimeout)))
		must(0, s.SubPrio(1, true))
		fmt.Println(q.Waiting())
	})
	// Output: 0
}

func ExampleSubscription_Close() {
	watching(func(p *sim.Proc, _ *sockapi.Socket, q *sockapi.Subscription) {
		q.Close()
		_, err := q.Recv(p, true)
		fmt.Println(err)
	})
	// Output: invalid argument (EINVAL)
}

func ExampleMaskOf() {
	m := sockapi.MaskOf(sockapi.EventTimeout, sockapi.EventFellBack)
	fmt.Println(m.Has(sockapi.EventTimeout), m.Has(sockapi.EventClosed))
	// Output: true false
}

func ExampleEventMask_Has() {
	fmt.Println(sockapi.AllEvents.Has(sockapi.EventOverflow))
	// Output: true
}

func ExampleEventKindOf() {
	fmt.Println(sockapi.EventKindOf("subflow-closed"))
	fmt.Println(sockapi.EventKindOf("lunch"))
	// Output:
	// subflow-closed true
	// none false
}

func ExampleEventKind_String() {
	for k := sockapi.EventSubflowTried; k <= sockapi.EventOverflow; k++ {
		fmt.Print(k, " ")
	}
	// Output: subflow-tried subflow-created subflow-closed remote-added remote-removed local-up local-down priority timeout fell-back established closed overflow
}

func ExampleSocketEvent_String() {
	e := sockapi.SocketEvent{Kind: sockapi.EventSubflowClosed, Sub: 2, Errno: sockapi.ETIMEDOUT, Reason: "no answer"}
	fmt.Println(e)
	// Output: subflow-closed 2 none none ETIMEDOUT: no answer
}

func ExampleSocket_Poll() {
	demo(sockapi.MPTCP, talk("hello"), func(p *sim.Proc, s *sockapi.Socket) {
		fmt.Println(s.Poll() == sockapi.PollOut)
		must(0, p.Sleep(100*unit.Millisecond))
		fmt.Println(s.Poll() == sockapi.PollOut|sockapi.PollIn)
	})
	// Output:
	// true
	// true
}

// One process waits for data and for events of several sockets.
func ExamplePollAll() {
	w := newWorld(options{})
	l := w.listening(sockapi.MPTCP)
	w.Go(w.Component("server"), "server", func(p *sim.Proc) {
		items := []sockapi.PollItem{{Socket: l, Want: sockapi.PollIn}}
		for {
			if n := must(sockapi.PollAll(p, items, p.Now().Add(unit.Second))); n == 0 {
				fmt.Println("nothing for a second")
				return
			}
			for i := range items {
				switch x := items[i]; {
				case x.Got == 0:
				case i == 0:
					s := must(l.Accept(p, false))
					must(0, s.Subscribe(sockapi.MaskOf(sockapi.EventSubflowCreated), 0))
					items = append(items, sockapi.PollItem{Socket: s, Want: sockapi.PollIn | sockapi.PollPri})
					fmt.Println("connection", i+len(items)-1)
				case x.Got&sockapi.PollPri != 0:
					fmt.Println("connection", i, must(x.Socket.RecvEvent(p, false)).Kind)
				default:
					b := make([]byte, 10)
					n := must(x.Socket.Recv(p, b, 0, false))
					fmt.Printf("connection %d says %q\n", i, b[:n])
				}
			}
		}
	})
	w.Go(w.Component("client"), "client", func(p *sim.Proc) {
		for _, text := range []string{"one", "two"} {
			s := w.client.Socket(sockapi.MPTCP)
			must(0, s.Connect(p, w.local, w.remote, port, true))
			must(s.Send(p, []byte(text), 0, true))
			must(0, p.Sleep(200*unit.Millisecond))
		}
	})
	w.Run(sim.Time(10 * unit.Second))
	w.Close()
	// Output:
	// connection 1
	// connection 1 says "one"
	// connection 1 subflow-created
	// connection 2
	// connection 2 says "two"
	// connection 2 subflow-created
	// nothing for a second
}

func ExampleSocket_Edges() {
	demo(sockapi.TCP, talk("hello"), func(p *sim.Proc, s *sockapi.Socket) {
		before, _ := s.Edges()
		must(0, p.Sleep(100*unit.Millisecond))
		after, _ := s.Edges()
		fmt.Println(after-before, "octets have come")
	})
	// Output: 5 octets have come
}
