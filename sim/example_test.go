package sim_test

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// one runs the body of one process.
func one(body func(p *sim.Proc)) {
	w := sim.NewWorld(1)
	w.Go(w.Component("app"), "app", body)
	w.Run(sim.Time(10 * unit.Second))
	w.Close()
}

func ExampleProc_Sleep() {
	one(func(p *sim.Proc) {
		fmt.Println(p.Sleep(3*unit.Second), p.Now())
	})
	// Output: <nil> 3.000000000s
}

func ExampleProc_Wait() {
	one(func(p *sim.Proc) {
		var ready sim.Signal
		w := p.World()
		w.Call(p.Component(), sim.Time(unit.Second), func(sim.Time) { ready.Notify(w) })
		fmt.Println(p.Wait(&ready), p.Now())
	})
	// Output: <nil> 1.000000000s
}

func ExampleProc_WaitUntil() {
	one(func(p *sim.Proc) {
		var ready sim.Signal
		w := p.World()
		w.Call(p.Component(), sim.Time(unit.Second), func(sim.Time) { ready.Notify(w) })
		for range 2 {
			in, _ := p.WaitUntil(sim.Time(5*unit.Second), &ready)
			fmt.Println(in, p.Now())
		}
	})
	// Output:
	// true 1.000000000s
	// false 5.000000000s
}

func ExampleProc_First() {
	one(func(p *sim.Proc) {
		var a, b sim.Signal
		w := p.World()
		w.Call(p.Component(), sim.Time(unit.Second), func(sim.Time) { b.Notify(w) })
		i, _ := p.First(sim.Never, &a, &b)
		fmt.Println(i, p.Now())
	})
	// Output: 1 1.000000000s
}

func ExampleProc_FirstOf() {
	one(func(p *sim.Proc) {
		var many [100]sim.Signal
		w := p.World()
		w.Call(p.Component(), sim.Time(unit.Second), func(sim.Time) { many[42].Notify(w) })
		i, _ := p.FirstOf(sim.Never, len(many), func(i int) *sim.Signal { return &many[i] })
		fmt.Println(i, p.Now())
	})
	// Output: 42 1.000000000s
}

func ExampleProc_Interrupt() {
	w := sim.NewWorld(1)
	c := w.Component("app")
	p := w.Go(c, "app", func(p *sim.Proc) {
		fmt.Println(p.Sleep(unit.Minute), p.Now())
	})
	w.Call(c, sim.Time(unit.Second), func(sim.Time) { p.Interrupt(fmt.Errorf("wake up")) })
	w.Run(sim.Time(10 * unit.Second))
	w.Close()
	// Output: wake up 1.000000000s
}
