package script_test

import (
	"fmt"

	"mpsim/model/cc"
	"mpsim/model/mptcp/sched"
	"mpsim/sim/unit"
	"mpsim/sockapi/script"
)

// A packet scheduler in a few lines: the lowest RTT that has room.
func ExampleScheduler() {
	prog, err := script.Compile("lowest.star", []byte(`
def pick(subflows, want):
    ready = [f for f in want.candidates if f.room]
    return min(ready, key = lambda f: f.srtt) if ready else None
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	factory, err := script.Scheduler(prog, script.PlugConfig{Error: func(err *script.Error) { fmt.Println(err) }})
	if err != nil {
		fmt.Println(err)
		return
	}
	s := factory() // mptcp.Stack.SetSchedulers takes the factory
	views := []sched.View{
		{ID: 0, SRTT: 80 * unit.Millisecond, Room: 1400, MSS: 1400, Usable: true},
		{ID: 1, SRTT: 20 * unit.Millisecond, Room: 1400, MSS: 1400, Usable: true},
	}
	fmt.Println(s.Name(), "picks", s.Pick(0, views, sched.Want{Unsent: 5000, SendWindow: 1 << 16}))
	// Output: script:lowest.star picks 1
}

// A congestion controller: one segment more for each window, a third less at a loss.
func ExampleController() {
	prog, err := script.Compile("gentle.star", []byte(`
def on_ack(f, acked):
    f.state["acked"] = f.state.get("acked", 0) + acked
    if f.cwnd_limited and f.state["acked"] >= f.cwnd:
        f.state["acked"] -= f.cwnd
        f.cwnd += f.mss

def on_loss(f):
    return f.loss_window * 2 // 3
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	factory, err := script.Controller(prog, script.PlugConfig{Error: func(err *script.Error) { fmt.Println(err) }})
	if err != nil {
		fmt.Println(err)
		return
	}
	c := factory() // tcp.Stack.SetControllers takes the factory
	f := &cc.Flow{MSS: 1000, Cwnd: 9000, Ssthresh: cc.InfiniteSsthresh, CwndLimited: true}
	for range 9 {
		c.OnAck(0, f, 1000)
	}
	fmt.Println("window", f.Cwnd, "then ssthresh", c.OnLoss(0, f))
	// Output: window 10000 then ssthresh 6666
}

// A path manager that opens a second subflow half a second after the first, and a wrong one.
func ExampleManager() {
	prog, err := script.Compile("later.star", []byte(`
def on_event(conn, e):
    if conn.client and e.kind == "established":
        conn.after(ms(500), "join")
    elif e.kind == "timer" and e.name == "join":
        conn.open("wifi")
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = script.Manager(prog, script.PlugConfig{Name: "script:later"}) // for mptcp.Stack.SetManagers
	fmt.Println(err)
	prog, err = script.Compile("wrong.star", []byte("def on_event(conn):\n    pass\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = script.Manager(prog, script.PlugConfig{})
	fmt.Println(err)
	// Output:
	// <nil>
	// wrong.star:1:1: on_event has 1 parameters: a path manager needs on_event(conn, e)
}
