package sockapi_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"mpsim/model/link"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

func TestDialErrors(t *testing.T) {
	boom := errors.New("boom")
	var nowhere wire.Addr
	for _, c := range []struct {
		name string
		dial func(w *world, p *sim.Proc, n sockapi.Network) (*sockapi.Conn, error)
		want error
		text string
	}{
		{"nobody listens", func(w *world, p *sim.Proc, n sockapi.Network) (*sockapi.Conn, error) {
			return w.client.Dial(p, n, w.local, w.remote, port)
		}, sockapi.ECONNREFUSED, "connection refused (ECONNREFUSED)"},
		{"nobody answers", func(w *world, p *sim.Proc, n sockapi.Network) (*sockapi.Conn, error) {
			w.setDown(true)
			return w.client.Dial(p, n, w.local, w.remote, port)
		}, sockapi.ETIMEDOUT, "connection timed out (ETIMEDOUT)"},
		{"no way", func(w *world, p *sim.Proc, n sockapi.Network) (*sockapi.Conn, error) {
			return w.client.Dial(p, n, w.local, w.island, port)
		}, sockapi.ENETUNREACH, "host client"},
		{"not an own address", func(w *world, p *sim.Proc, n sockapi.Network) (*sockapi.Conn, error) {
			return w.client.Dial(p, n, w.island, w.remote, port)
		}, sockapi.ENETUNREACH, "host client"},
		{"no port", func(w *world, p *sim.Proc, n sockapi.Network) (*sockapi.Conn, error) {
			return w.client.Dial(p, n, w.local, w.remote, 0)
		}, sockapi.EINVAL, ""},
		{"no address", func(w *world, p *sim.Proc, n sockapi.Network) (*sockapi.Conn, error) {
			return w.client.Dial(p, n, w.local, nowhere, port)
		}, sockapi.EINVAL, ""},
		{"interrupted", func(w *world, p *sim.Proc, n sockapi.Network) (*sockapi.Conn, error) {
			w.setDown(true)
			p.Interrupt(boom)
			return w.client.Dial(p, n, w.local, w.remote, port)
		}, boom, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(t *testing.T, n sockapi.Network) {
				w := newWorld(options{})
				p := w.process(t, "client", func(p *sim.Proc) error {
					conn, err := c.dial(w, p, n)
					if conn != nil || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
						t.Errorf("got %v, %v; want %v", conn, err, c.want)
					}
					return nil
				})
				w.finish(t, 300*unit.Second, p)
			})
		})
	}
}

// An interrupted Dial leaves nothing behind: the server sees no connection.
func TestInterruptedDialIsAborted(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		w := newWorld(options{})
		w.process(t, "server", func(p *sim.Proc) error {
			l, err := w.server.Listen(n, wire.Addr{}, port)
			if err != nil {
				return err
			}
			_, err = l.Accept(p)
			return fmt.Errorf("accepted (%v)", err)
		})
		boom := errors.New("boom")
		client := w.process(t, "client", func(p *sim.Proc) error {
			w.process(t, "other", func(q *sim.Proc) error {
				if err := q.Sleep(5 * ms); err != nil {
					return err
				}
				p.Interrupt(boom)
				return nil
			})
			_, err := w.client.Dial(p, n, w.local, w.remote, port)
			return want("Dial", err, boom)
		})
		w.finish(t, 10*unit.Second, client)
	})
}

func TestNoFreePort(t *testing.T) {
	w := newWorld(options{})
	p := w.process(t, "client", func(p *sim.Proc) error {
		for { // take every port towards the server
			_, err := w.client.TCP().DialStream(p.Now(), w.local, w.remote, port)
			if errors.Is(err, tcp.ErrNoPort) {
				break
			}
			if err != nil {
				return err
			}
		}
		_, err := w.client.Dial(p, sockapi.TCP, w.local, w.remote, port)
		if err := want("Dial", err, sockapi.EADDRINUSE); err != nil {
			return err
		}
		_, err = w.client.Dial(p, sockapi.MPTCP, w.local, w.remote, port)
		return want("Dial", err, sockapi.EADDRINUSE)
	})
	w.finish(t, 0, p)
}

func TestListenErrors(t *testing.T) {
	for _, n := range []sockapi.Network{sockapi.TCP, sockapi.MPTCP} {
		w := newWorld(options{})
		l, err := w.server.Listen(n, wire.Addr{}, port)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []sockapi.Network{sockapi.TCP, sockapi.MPTCP} {
			if _, err := w.server.Listen(other, w.remote, port); !errors.Is(err, sockapi.EADDRINUSE) {
				t.Errorf("Listen on a taken port: %v", err)
			}
		}
		if _, err := w.server.Listen(n, wire.Addr{}, 0); !errors.Is(err, sockapi.EINVAL) {
			t.Errorf("Listen on port 0: %v", err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if err := l.Close(); !errors.Is(err, sockapi.EBADF) {
			t.Errorf("Close again: %v", err)
		}
		if _, err := w.server.Listen(n, w.remote, port); err != nil {
			t.Errorf("Listen on a port that was given back: %v", err)
		}
	}
}

// Close ends a blocked Accept, resets what waits in the queue, and refuses what comes later.
func TestListenerClose(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		w := newWorld(options{})
		l := must(w.server.Listen(n, wire.Addr{}, port))
		idle := must(w.server.Listen(n, wire.Addr{}, port+1))
		acceptor := w.process(t, "acceptor", func(p *sim.Proc) error {
			_, err := idle.Accept(p)
			return errors.Join(timed("Accept", p, err, sockapi.EBADF, sim.Time(unit.Second)))
		})
		closer := w.process(t, "closer", func(p *sim.Proc) error {
			if err := p.Sleep(unit.Second); err != nil {
				return err
			}
			if err := errors.Join(l.Close(), idle.Close()); err != nil {
				return err
			}
			_, err := l.Accept(p)
			return want("Accept after Close", err, sockapi.EBADF)
		})
		client := w.process(t, "client", func(p *sim.Proc) error {
			c, err := w.client.Dial(p, n, w.local, w.remote, port)
			if err != nil {
				return err
			}
			_, err = c.Read(p, make([]byte, 1))
			if err := want("Read of a connection that waited in the queue", err, sockapi.ECONNRESET); err != nil {
				return err
			}
			_, err = w.client.Dial(p, n, w.local, w.remote, port)
			return want("Dial to the closed port", err, sockapi.ECONNREFUSED)
		})
		w.finish(t, 10*unit.Second, acceptor, closer, client)
	})
}

// The listener closes between SYN and ACK: the handshake's end finds nobody.
func TestListenerCloseDuringHandshake(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		w := newWorld(options{})
		l := must(w.server.Listen(n, wire.Addr{}, port))
		closer := w.process(t, "closer", func(p *sim.Proc) error {
			if err := p.Sleep(15 * ms); err != nil { // the SYN takes a little more than 10 ms
				return err
			}
			return l.Close()
		})
		client := w.process(t, "client", func(p *sim.Proc) error {
			c, err := w.client.Dial(p, n, w.local, w.remote, port)
			if err != nil {
				return err
			}
			_, err = c.Read(p, make([]byte, 1))
			return want("Read", err, sockapi.ECONNRESET)
		})
		w.finish(t, 10*unit.Second, closer, client)
		w.server.TCP().EachEndpoint(func(e *tcp.Endpoint) bool {
			t.Error("an endpoint is left at the server")
			return true
		})
	})
}

// A hundred connections to one listener, each served by a process of its own.
func TestManyConnections(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		const count = 100
		w := newWorld(options{})
		l := must(w.server.Listen(n, wire.Addr{}, port))
		served := 0
		w.Go(w.Component("server"), "server", func(p *sim.Proc) {
			for {
				c, err := l.Accept(p)
				if err != nil {
					return
				}
				w.process(t, fmt.Sprintf("server %d", served), func(p *sim.Proc) error { return echo(p, c) })
				served++
			}
		})
		var all []*sim.Proc
		for i := range count {
			all = append(all, w.process(t, fmt.Sprintf("client %d", i), func(p *sim.Proc) error {
				c, err := w.client.Dial(p, n, w.local, w.remote, port)
				if err != nil {
					return err
				}
				sent := bytes.Repeat([]byte{byte(i)}, 5000)
				if _, err := c.Write(p, sent); err != nil {
					return err
				}
				got := make([]byte, len(sent))
				if _, err := c.ReadFull(p, got); err != nil || !bytes.Equal(got, sent) {
					return fmt.Errorf("got another connection's octets (%v)", err)
				}
				return c.Close()
			}))
		}
		w.finish(t, 60*unit.Second, all...)
		if served != count {
			t.Errorf("%d connections were served", served)
		}
	})
}

// Sockets of network MPTCP on a host without it are plain TCP, and the peer falls back.
func TestServerWithoutMPTCP(t *testing.T) {
	w := newWorld(options{plainServer: true})
	if w.server.HasMPTCP() || w.server.MPTCP() != nil || !w.client.HasMPTCP() {
		t.Error("HasMPTCP is wrong")
	}
	both(t, w, sockapi.MPTCP, func(p *sim.Proc, c *sockapi.Conn) error {
		sent := pattern(50_000)
		if _, err := c.Write(p, sent); err != nil {
			return err
		}
		got := make([]byte, len(sent))
		if _, err := c.ReadFull(p, got); err != nil || !bytes.Equal(got, sent) {
			return fmt.Errorf("echo over the fallback is wrong (%v)", err)
		}
		return c.Close()
	}, echo)
	if list := w.server.PlainConns(); len(list) != 1 || list[0].Client || list[0].LocalPort != port {
		t.Errorf("the server's plain connections: %+v", list)
	}
	if len(w.client.PlainConns()) != 0 {
		t.Error("the client's MPTCP socket is listed as plain TCP")
	}
}

// Losses of the first SYNs only delay Dial.
func TestDialOverLoss(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		w := newWorld(options{})
		w.setDown(true)
		w.Call(w.Component("repair"), sim.Time(1500*ms), func(sim.Time) { w.setDown(false) })
		both(t, w, n, func(p *sim.Proc, c *sockapi.Conn) error {
			if p.Now() < sim.Time(1500*ms) || p.Now() > sim.Time(4*unit.Second) {
				t.Errorf("connected at %s", p.Now())
			}
			return c.Close()
		}, echo)
	})
}

// lossy makes all links lose packets at random.
func (w *world) lossy(ratio unit.Ratio) {
	for _, id := range w.links {
		if err := w.net.SetLoss(id, link.Loss{Ratio: ratio}); err != nil {
			panic(err)
		}
	}
}
