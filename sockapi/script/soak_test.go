package script_test

import (
	"fmt"
	"strings"
	"testing"

	"mpsim/sim"
	"mpsim/sockapi/script"
)

// soak is a script of random calls with arguments that mostly fit, on a few sockets at once.
const soak = `
def pick(l): return l[rand_int(0, len(l) - 1)]

OPTIONS = [TCP_NODELAY, TCP_MAXSEG, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_SYNCNT, TCP_USER_TIMEOUT, TCP_QUICKACK,
  TCP_CORK, TCP_NOTSENT_LOWAT, TCP_LINGER2, SO_KEEPALIVE, SO_SNDBUF, SO_RCVBUF, IP_TOS, IP_TTL, TCP_INFO, TCP_CONGESTION,
  SO_ERROR, SO_LINGER, TCP_MULTIPATH_ENABLE, TCP_MULTIPATH_SUBFLOWS, TCP_MULTIPATH_CONNID, MPTCP_ENABLED, MPTCP_SCHEDULER,
  MPTCP_PATH_MANAGER, OOT_MPTCP_INFO, MPTCP_INFO, MPTCP_TCPINFO, MPTCP_SUBFLOW_ADDRS, MPTCP_FULL_INFO, TCP_IS_MPTCP]
VALUES = [0, 1, 2, 10, 100, 536, 1000, 100000, True, False, seconds(1), ms(500), "cubic", "reno", "lia", "default", "fullmesh",
  "wifi", "lte", ["wifi", ("lte", 5000)], None]
HOWS = ["rst", "rd", "wr", "rdwr", "silent"]

def anywhere(): return pick(["wifi", "lte", "server", "10.1.2.3", "island", None])
def port(): return pick([0, 80, 81, 5000, rand_int(0, 65535)])
def span(): return pick([ms(0), us(rand_int(0, 1000)), ms(rand_int(0, 300))])

def call(s):
  n = rand_int(0, 31)
  if n < 4: return s.send(pick([1, 1000, 100000, "abc", b"xyz"]), timeout=span())
  elif n < 8: return s.recv(pick([1, 1000, 1000000]), timeout=span(), discard=pick([True, False]))
  elif n < 11: return s.open_sub(local=anywhere(), local_port=port(), remote=anywhere(), remote_port=port(),
      backup=pick([True, False]), interface=pick([None, "wifi", "lte", "eth7"]))
  elif n < 14: return s.close_sub(rand_int(0, 4), how=pick(HOWS))
  elif n < 16: return s.sub_prio(rand_int(0, 4), pick([True, False]))
  elif n < 18: return s.sub_get(rand_int(0, 4), pick(OPTIONS))
  elif n < 20: return s.getsockopt(pick([1, 6, 0, 284]), pick(OPTIONS))
  elif n == 20: return s.event(timeout=span())
  elif n == 21: return s.subscribe(capacity=rand_int(1, 5))
  elif n == 22: return s.events()
  elif n == 23: return s.sub_tuple(rand_int(0, 4))
  elif n == 24: return s.sub_ids()
  elif n == 25: return poll([(s, pick(["in", "out", "pri", "rdhup|in"]))], timeout=span())
  elif n == 26: return s.shutdown(pick(["rd", "wr", "rdwr"])) if rand_int(0, 9) == 0 else None
  elif n == 27: return s.connect(pick(["server", "island", "phone.lte"]), pick([80, 81]), local=anywhere(), timeout=span())
  elif n == 28: return s.close() if rand_int(0, 9) == 0 else None
  elif n == 29: return s.getsockopt(pick([1, 6, 0, 41, 284]), rand_int(0, 80), value=b"\x01\x02", size=rand_int(0, 100))
  elif n == 30: return s.info()
  return policy(pick(["handover", "interactive", "aggregate", "primary"]), s) if rand_int(0, 20) == 0 else None

def option(s):
  o = pick(OPTIONS)
  v = pick(VALUES)
  if v != None:
    return s.setsockopt(o.level, o, v) if rand_int(0, 1) else s.sub_set(rand_int(0, 4), o, v)

def worker(transport):
  for round in range(args.rounds):
    s = socket(transport)
    if rand_int(0, 3) == 0: attempt(s.bind, anywhere(), port())
    if rand_int(0, 3) == 0: attempt(s.subscribe)
    if rand_int(0, 9) == 0: attempt(s.listen)
    attempt(s.connect, "server", 80, local=pick(["lte", "wifi", None]), timeout=seconds(1))
    for i in range(args.calls):
      attempt(call, s)
      if i % 7 == 0: spawn(option, s)
      sleep(span())
    attempt(s.close)

def main():
  tasks = [spawn(worker, pick(["mptcp", "mptcp", "tcp"])) for i in range(4)]
  [t.join() for t in tasks]
  result(done=True)
`

// TestRandomCalls runs random calls, some of which set options of the wrong type, against a server that does the same.
func TestRandomCalls(t *testing.T) {
	for seed := range 20 {
		w := newWorld()
		server := w.start(w.server, "server", `
def serve(c):
  while True:
    b = c.recv(5000, timeout=ms(rand_int(1, 500)))
    if not b:
      break
    c.send(len(b) * rand_int(0, 3))
    if rand_int(0, 20) == 0: c.close_sub(rand_int(1, 3), pick(["rst", "wr"]))
    if rand_int(0, 20) == 0: c.open_sub(remote=pick(["phone.lte", "phone.wifi"]), remote_port=80)
  c.close()
def pick(l): return l[rand_int(0, len(l) - 1)]
def main():
  l = socket()
  l.bind(port=80)
  l.listen()
  while True:
    spawn(attempt, serve, l.accept())
`)
		c := w.config(w.phone, "soak")
		c.Stream = w.Stream(fmt.Sprintf("soak %d", seed))
		c.Args = []script.Arg{{Name: "rounds", Value: 3}, {Name: "calls", Value: 60}}
		phone := must(script.Compile("soak.star", []byte(soak))).Start(c)
		w.Run(sim.Time(300e9))
		for _, e := range append(phone.Errors(), server.Errors()...) {
			if !strings.HasPrefix(e.Task, "option.") {
				t.Errorf("seed %d: %s", seed, e.Backtrace())
			}
		}
		if len(phone.Results()) == 0 {
			t.Errorf("seed %d: the script has not come to its end", seed)
		}
		w.Close()
	}
}
