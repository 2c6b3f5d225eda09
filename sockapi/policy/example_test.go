package policy_test

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/policy"
)

// talk is an application that connects over Wi-Fi with a policy and sends 20 kB every 100 ms.
func talk(w *world, x policy.Policy, until unit.Duration, during func(a *policy.Agent)) {
	w.serve()
	w.Go(w.Component("app"), "app", func(p *sim.Proc) {
		s := w.phone.Socket(sockapi.MPTCP)
		a, err := policy.Apply(p, w.phone, s, x)
		if err != nil {
			fmt.Println(err)
			return
		}
		a.OnDecision(func(d policy.Decision) { fmt.Printf("%.1fs %s\n", float64(d.At)/1e9, d) })
		if err := s.Connect(p, w.local[wifi], w.remote, port, true); err != nil {
			fmt.Println(err)
			return
		}
		during(a)
		for p.Now() < sim.Time(until) {
			must(s.Conn().Transmit(p, 20_000))
			must(0, p.Sleep(100*ms))
		}
		_ = s.Close()
	})
	w.finish(until + 5*unit.Second)
}

// A telephone leaves Wi-Fi for LTE when it must.
func ExampleApply() {
	w := newWorld(nil, setting{})
	w.later(3*unit.Second, func(*sim.Proc) { w.at.SetInterface(w.Now(), wifi, false) })
	w.later(6*unit.Second, func(*sim.Proc) { w.at.SetInterface(w.Now(), wifi, true) })
	talk(w, policy.Handover{}, 8*unit.Second, func(*policy.Agent) {})
	// Output:
	// 3.0s open path 1
	// 3.1s close path 0 (failed)
	// 6.0s open path 0
	// 6.0s close path 1 (not used)
}

// An application that says only what it is about to do: it cannot afford to lose the connection.
func ExampleIntents_Policy() {
	w := newWorld(nil, setting{})
	w.later(3*unit.Second, func(*sim.Proc) { w.at.SetInterface(w.Now(), wifi, false) })
	x := policy.Intents{Category: policy.Control, Resilience: policy.Sensitive}
	talk(w, x.Policy(), 5*unit.Second, func(*policy.Agent) {})
	// Output:
	// 0.0s open path 1 backup
	// 3.0s rank path 1
	// 3.0s close path 0 (failed)
}

// A primary address as in SCTP, moved by the application.
func ExampleAgent_SetPrimary() {
	w := newWorld(nil, setting{})
	talk(w, policy.Primary{}, 5*unit.Second, func(a *policy.Agent) {
		w.later(2*unit.Second, func(*sim.Proc) { fmt.Println("primary:", a.SetPrimary(w.local[lte])) })
	})
	// Output:
	// 0.0s open path 1 backup
	// 2.0s rank path 0
	// 2.0s rank path 1 backup
	// primary: <nil>
}

// The properties of RFC 9622: use both paths at once.
func ExampleProperties_Apply() {
	w := newWorld(nil, setting{})
	w.serve()
	w.Go(w.Component("app"), "app", func(p *sim.Proc) {
		x := policy.Properties{Multipath: policy.ActiveMP, MultipathPolicy: policy.AggregatePolicy}
		s := x.Socket(w.phone)
		a, err := x.Apply(p, w.phone, s)
		if err != nil {
			fmt.Println(err)
			return
		}
		must(0, s.Connect(p, w.local[wifi], w.remote, port, true))
		must(s.Conn().Transmit(p, 5_000_000))
		fmt.Println(len(must(s.SubIDs())), "subflows;", a.Decisions()[0])
		_ = s.Close()
	})
	w.finish(10 * unit.Second)
	// Output:
	// 2 subflows; open path 1
}
