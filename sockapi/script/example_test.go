package script_test

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi/script"
)

// A script on the phone and one on the server; the phone moves its connection from lte to wifi.
func Example() {
	w := newWorld()
	server := w.start(w.server, "server", `
def main():
    l = socket()
    l.bind(port = 80)
    l.listen()
    c = l.accept()
    result(octets = c.recv(1 * MB, discard = True))
`)
	phone := w.start(w.phone, "phone", `
def main():
    s = socket()
    s.subscribe("subflow-created", "subflow-closed")
    s.connect("server", 80, local = "lte")
    s.send(500 * kB)
    wifi = s.open_sub(local = "wifi")
    while True:
        e = s.event()
        if e.kind == "subflow-created" and e.sub == wifi:
            break
    for sub in s.sub_ids():
        if sub.id != wifi:
            s.close_sub(sub)
    s.send(500 * kB)
    log([s.sub_tuple(sub).local for sub in s.sub_ids()])
`)
	w.Run(sim.Time(10e9))
	w.Close()
	fmt.Println(phone.Log()[0].Text, server.Results()[0].Value)
	// Output: [10.1.0.1] 1000000
}

// What is wrong with a text is told with its place.
func ExampleCompile() {
	_, err := script.Compile("refresh.star", []byte("def main():\n    sleeep(ms(5))\n"))
	fmt.Println(err)
	// Output: refresh.star:2:5: undefined: sleeep (did you mean sleep?)
}

// Text inside of another file keeps the places of that.
func ExampleCompileAt() {
	_, err := script.CompileAt("scenario.yaml", []byte("def main():\n    x = = 1\n"), 12, 4)
	fmt.Println(err)
	// Output: scenario.yaml:13:13: got '=', want primary expression
}

// Arguments, records and results.
func ExampleProgram_Start() {
	w := newWorld()
	p := must(script.Compile("blocks.star", []byte(`
def main():
    for i in range(args.blocks):
        sleep(args.period)
        record("blocks", n = i, at = now())
    result(total = args.blocks * args.size)
`)))
	c := w.config(w.phone, "app")
	c.Args = []script.Arg{{Name: "blocks", Value: 2}, {Name: "period", Value: 500 * unit.Millisecond}, {Name: "size", Value: 64000}}
	r := p.Start(c)
	w.Run(sim.Time(10e9))
	w.Close()
	for _, row := range r.Records() {
		fmt.Println(row.Table, row.Fields)
	}
	fmt.Println(r.Results(), r.Err())
	// Output:
	// blocks [{n 0} {at 500ms}]
	// blocks [{n 1} {at 1s}]
	// [{total 128000}] <nil>
}

// The error of a call names place, time and task.
func ExampleRun_Err() {
	w := newWorld()
	r := w.start(w.phone, "app", "def main():\n    sleep(ms(5))\n    socket().connect(\"server\", 81)\n")
	w.Run(sim.Time(10e9))
	w.Close()
	fmt.Println(r.Err())
	// Output: app.star:3:21: connect: ECONNREFUSED connection refused (at 0.04509152s, in task main)
}

// An endless loop ends in an error of the limit that it reached.
func ExampleLimits() {
	w := newWorld()
	c := w.config(w.phone, "app")
	c.Limits = script.Limits{StepsAtOnce: 1000}
	r := must(script.Compile("app.star", []byte("def main():\n    while True:\n        pass\n"))).Start(c)
	w.Run(sim.Time(10e9))
	w.Close()
	e := r.Errors()[0]
	fmt.Println(e.Limit, e.Pos)
	// Output: StepsAtOnce app.star:2:5
}
