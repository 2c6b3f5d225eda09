package script_test

import (
	"fmt"
	"strings"
	"testing"

	"mpsim/sim"
)

// Two scripts that wait for each other for ever say where.
func TestWaiting(t *testing.T) {
	w := newWorld()
	defer w.Close()
	server := w.start(w.server, "server", `
def main():
    l = socket()
    l.bind(port=80)
    l.listen()
    c = l.accept()
    task = spawn(c.recv, 10)
    for i in range(1000):
        spawn(sleep, ms(1))
    attempt(task.join)
`)
	phone := w.start(w.phone, "phone", `
def get(s):
    return s.recv(1)

def main():
    s = socket()
    s.connect("server", 80)
    get(s)
`)
	w.Run(sim.Time(3e9))
	var all []string
	for _, x := range append(phone.Waiting(), server.Waiting()...) {
		all = append(all, fmt.Sprint(x))
	}
	want := []string{
		"main: in recv of <socket 1> at phone.star:3:18, since ",
		"main: in join of <task recv.1> at server.star:10:12, since ",
		"recv.1: in recv of <socket 2> at server.star:7:17, since ",
	}
	if len(all) != len(want) {
		t.Fatalf("got %q, want %q", all, want)
	}
	for i := range want {
		if !strings.HasPrefix(all[i], want[i]+"0.0") {
			t.Errorf("got %q, want %q ...", all[i], want[i])
		}
	}
}
