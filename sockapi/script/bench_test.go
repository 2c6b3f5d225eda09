package script_test

import (
	"runtime"
	"syscall"
	"testing"

	"mpsim/sim"
	"mpsim/sockapi/script"
)

// unlimited lets benchmarks run as long as they want.
var unlimited = script.Limits{Steps: 1 << 60, StepsAtOnce: 1 << 60, Memory: 1 << 60, LogLines: 1 << 40}

// benchmark runs a script on the phone that does something args.n times, with one on the server.
func benchmark(b *testing.B, phone, server string, until sim.Time) {
	b.Helper()
	w := newWorld()
	start := func(h string, text string) *script.Run {
		host := w.phone
		if h == "server" {
			host = w.server
		}
		c := w.config(host, h)
		c.Limits = unlimited
		c.Args = []script.Arg{{Name: "n", Value: b.N}}
		return must(script.Compile(h+".star", []byte(text))).Start(c)
	}
	runs := []*script.Run{start("phone", phone)}
	if server != "" {
		runs = append(runs, start("server", server))
	}
	b.ReportAllocs()
	b.ResetTimer()
	before := cpuTime()
	w.Run(until)
	used := cpuTime() - before
	b.StopTimer()
	b.ReportMetric(float64(used)/float64(b.N), "cpu-ns/op") // other work on the machine does not count
	for _, r := range runs {
		if r.Err() != nil {
			b.Fatal(r.Err())
		}
	}
	w.Close()
}

// cpuTime is the processor time of the process, nanoseconds.
func cpuTime() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func BenchmarkSleep(b *testing.B) {
	benchmark(b, "def main():\n  d = us(1)\n  for i in range(args.n):\n    sleep(d)\n", "", sim.Never-1)
}

// BenchmarkTwoSleepers is two tasks in turn: each call switches.
func BenchmarkTwoSleepers(b *testing.B) {
	benchmark(b, `
def f(d):
  for i in range(args.n // 2):
    sleep(d)
def main():
  d = us(2)
  spawn(f, d)
  sleep(us(1))
  f(d)
`, "", sim.Never-1)
}

// BenchmarkYield blocks without virtual time going on.
func BenchmarkYield(b *testing.B) {
	benchmark(b, "def main():\n  d = us(0)\n  for i in range(args.n):\n    sleep(d)\n", "", sim.Never-1)
}

// BenchmarkRecv reads a stream of one connection, 1000 octets a call: segments included.
func BenchmarkRecv(b *testing.B) {
	benchmark(b, `
def main():
  s = socket("tcp")
  s.connect("server", 80)
  n = args.n * 1000
  while n > 0:
    n -= len(s.recv(1000))
`, `
def main():
  l = socket("tcp")
  l.bind(port=80)
  l.listen()
  c = l.accept()
  c.send(args.n * 1000)
  c.close()
`, sim.Never-1)
}

// BenchmarkRecvReady reads what has arrived already.
func BenchmarkRecvReady(b *testing.B) {
	benchmark(b, `
def main():
  s = socket("tcp")
  s.setsockopt(SOL_SOCKET, SO_RCVBUF, 4 * MiB)
  s.connect("server", 80)
  n = 0
  while n < args.n:
    sleep(seconds(3))
    for i in range(min(args.n - n, s.readable // 10)):
      s.recv(10)
      n += 1
`, `
def main():
  l = socket("tcp")
  l.bind(port=80)
  l.listen()
  c = l.accept()
  c.send(args.n * 10)
`, sim.Never-1)
}

// BenchmarkEvent opens and closes subflows, two tasks, and counts the events that are told.
func BenchmarkEvent(b *testing.B) {
	benchmark(b, `
def main():
  s = socket()
  s.connect("server", 80)
  s.send(1000)
  sleep(seconds(1))
  s.subscribe("priority")
  id = s.open_sub(local="wifi")
  sleep(seconds(1))
  spawn(flip, s, id)
  for i in range(args.n):
    s.event()
def flip(s, id):
  for i in range(args.n):
    s.sub_prio(id, i % 2 == 0)
    sleep(seconds(1))
`, `
def main():
  l = socket()
  l.bind(port=80)
  l.listen()
  c = l.accept()
  c.recv(1000000, discard=True)
`, sim.Time(1<<62))
}

// BenchmarkLoop is what the interpreter itself takes for a loop with arithmetic.
func BenchmarkLoop(b *testing.B) {
	benchmark(b, `
def main():
  best = None
  l = [3, 1, 2]
  for i in range(args.n):
    x = l[i % 3]
    if best == None or x < best:
      best = x
`, "", sim.Never-1)
}

// TestTenThousandSockets is a world in which one script holds 10 000 sockets, each with a task of its own that
// waits for the server's answer.
func TestTenThousandSockets(t *testing.T) {
	if testing.Short() {
		t.Skip("10 000 connections")
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	w := newWorld()
	server := w.start(w.server, "server", `
def serve(c):
  c.send(c.recv(100))
  c.recv(1)
  c.close()
def main():
  l = socket()
  l.bind(port=80)
  l.listen()
  for i in range(10000):
    spawn(serve, l.accept())
`)
	phone := w.start(w.phone, "phone", `
done = []
def client(i, counts):
  s = socket()
  s.connect("server", 80)
  s.send("%d" % i)
  if s.recv(100) == bytes("%d" % i):
    counts["echoed"] += 1
  sleep(seconds(30))
  s.close()
def main():
  counts = {"echoed": 0}
  for i in range(10000):
    spawn(client, i, counts)
    sleep(ms(1))
  sleep(seconds(5))
  result(echoed=counts["echoed"])
`)
	w.Run(sim.Time(20e9))
	runtime.GC()
	runtime.ReadMemStats(&after)
	got := int64(0)
	for _, f := range phone.Results() {
		got = f.Value.(int64)
	}
	if got != 10000 || phone.Err() != nil || server.Err() != nil {
		t.Errorf("%d echoed, %v, %v", got, phone.Err(), server.Err())
	}
	total := float64(after.HeapAlloc+after.StackInuse) - float64(before.HeapAlloc+before.StackInuse)
	t.Logf("10 000 connections with a task at each end: %.0f MB (heap %.0f, stacks %.0f), %.1f kB a connection",
		total/1e6, float64(after.HeapAlloc-before.HeapAlloc)/1e6, float64(after.StackInuse-before.StackInuse)/1e6,
		total/1e7)
	w.Run(sim.Time(60e9))
	if !phone.Ended() || !server.Ended() {
		t.Error("the scripts have not ended")
	}
	w.Close()
}
