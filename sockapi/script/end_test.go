package script_test

import (
	"testing"

	"mpsim/sim"
)

// TestWorldEnds closes a world in which tasks block in every call that there is: they unwind, and nothing is an error.
func TestWorldEnds(t *testing.T) {
	w := newWorld()
	server := w.start(w.server, "server", `
def quiet(c):
  attempt(c.recv, 10)
  sleep(hours(1))
def main():
  l = socket()
  l.bind(port=80)
  l.listen()
  while True:
    spawn(quiet, l.accept())
`)
	phone := w.start(w.phone, "phone", `
def connected():
  s = socket()
  s.connect("server", 80)
  return s
def receiver(): attempt(attempt, connected().recv, 10)
def discarder(): [connected().recv(10, discard=True) for i in range(3)]
def second(s): s.recv(10)
def sender(): connected().send(1 << 60)
def writer(): connected().send("x" * 10000000)
def poller(): poll([connected(), (connected(), "pri")])
def listener():
  s = connected()
  s.subscribe("fell-back")
  s.event()
def accepter():
  l = socket()
  l.bind(port=81)
  l.listen()
  l.accept()
def connecter(): socket("tcp").connect("server", 80, local="lte", timeout=hours(1)) or sleep(hours(1))
def sleeper(): sorted([3, 1, 2], key=lambda i: sleep(hours(1)))
def manager(): netlink().event()
def main():
  s = connected()
  policy("handover", s)
  all = [spawn(f) for f in [receiver, discarder, sender, writer, poller, listener, accepter, connecter, sleeper, manager]]
  all += [spawn(second, s), spawn(second, s)]
  for t in all:
    spawn(t.join)
  all[0].join()
`)
	w.Run(sim.Time(30e9))
	if phone.Ended() || server.Ended() {
		t.Error("a script has ended", phone.Errors(), server.Errors())
	}
	w.Close()
	for _, r := range phone.Errors() {
		t.Error(r.Backtrace())
	}
	for _, r := range server.Errors() {
		t.Error(r.Backtrace())
	}
}

// TestSameDigest runs scripts twice: everything that a script does is in the digest of the world.
func TestSameDigest(t *testing.T) {
	digests := map[string]string{}
	for _, text := range []string{
		"def main(): pass\n", "def main(): log(1)\n", "def main(): log(2)\n", "def main(): record('t', x=1)\n",
		"def main(): record('t', x=2)\n", "def main(): record('t', x=1.0)\n", "def main(): result(x=1)\n",
		"def main(): result(x='1')\n", "def main(): result(x=True)\n", "def main(): result(x=ms(1))\n",
		"def main(): sleep(ms(1))\n", "def main(): log(rand())\n", "def main(): fail('x')\n",
	} {
		run := func() string {
			w := newWorld()
			w.start(w.phone, "app", text)
			w.Run(sim.Time(1e9))
			w.Close()
			return w.Digest()
		}
		d := run()
		if again := run(); d != again {
			t.Errorf("%q: %s and %s", text, d, again)
		}
		if other, ok := digests[d]; ok {
			t.Errorf("%q and %q have one digest", text, other)
		}
		digests[d] = text
	}
}
