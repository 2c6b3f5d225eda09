package topo

import (
	"slices"
	"testing"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

const ms = sim.Time(unit.Millisecond)

// collect makes h note the interface of each packet that it receives.
func collect(h *Host) *[]int32 {
	var got []int32
	h.SetHandler(func(_ sim.Time, p link.PacketID, iface int32) {
		got = append(got, iface)
		h.net.Free(p)
	})
	return &got
}

func (p *phoneWorld) send(from *Host, src, dst string, size int) {
	path := must(from.Path(addr(src), addr(dst), 0, 0))
	q, s := p.net.NewPacket()
	s.Src, s.Dst = addr(src), addr(dst)
	from.Send(p.w.Now(), q, path, size)
}

type seen struct {
	at      sim.Time
	src     wire.Addr
	inbound bool
}

type tap struct{ seen []seen }

func (t *tap) Packet(now sim.Time, s *wire.Segment, inbound bool) {
	t.seen = append(t.seen, seen{now, s.Src, inbound})
}

func TestDelivery(t *testing.T) {
	p := newPhoneWorld(t)
	atServer, atPhone := collect(p.server), collect(p.phone)
	out, in := &tap{}, &tap{}
	p.phone.SetTap(0, out)
	p.server.SetTap(0, in)
	p.send(p.phone, "10.0.0.1", "10.0.0.2", 1500)
	p.send(p.phone, "10.1.0.1", "10.0.0.2", 1500)
	p.send(p.server, "10.0.0.2", "10.1.0.1", 1500)
	p.w.Run(sim.Time(unit.Second))
	if !slices.Equal(*atServer, []int32{0, 0}) || !slices.Equal(*atPhone, []int32{1}) {
		t.Errorf("server received on %v, phone on %v", *atServer, *atPhone)
	}
	if want := []seen{{0, addr("10.0.0.1"), false}}; !slices.Equal(out.seen, want) {
		t.Errorf("capture at the phone: %v", out.seen)
	}
	want := []seen{ // three links of 1 ms service; delays 1+1+1 and 20+1+1 ms
		{0, addr("10.0.0.2"), false}, {6 * ms, addr("10.0.0.1"), true}, {25 * ms, addr("10.1.0.1"), true},
	}
	if !slices.Equal(in.seen, want) {
		t.Errorf("capture at the server: %v, want %v", in.seen, want)
	}
	if i := p.phone.Interface(0); i.Sent != (link.Count{Packets: 1, Octets: 1500}) || i.Received.Packets != 0 {
		t.Errorf("%+v", i)
	}
	if n := p.net.InUse(); n != 0 {
		t.Errorf("%d packets left", n)
	}
}

func TestInterfaceDown(t *testing.T) {
	p := newPhoneWorld(t)
	got := collect(p.phone)
	atServer := collect(p.server)
	type change struct {
		at    sim.Time
		iface int
		up    bool
	}
	var changes []change
	p.phone.OnInterface(func(now sim.Time, i int, up bool) { changes = append(changes, change{now, i, up}) })
	p.send(p.server, "10.0.0.2", "10.0.0.1", 1500) // arrives at 6 ms
	for range 3 {                                  // depart at 1, 2 and 3 ms
		p.send(p.phone, "10.0.0.1", "10.0.0.2", 1500)
	}
	p.w.Call(p.phone.Component(), 3*ms/2, func(now sim.Time) {
		p.phone.SetInterface(now, 0, false)
		p.phone.SetInterface(now, 0, false)
		p.send(p.phone, "10.0.0.1", "10.0.0.2", 40)
	})
	p.w.Call(p.phone.Component(), 10*ms, func(now sim.Time) {
		p.phone.SetInterface(now, 0, true)
		p.send(p.phone, "10.0.0.1", "10.0.0.2", 40)
	})
	p.w.Run(20 * ms)
	if len(*got) != 0 {
		t.Errorf("received %v while down", *got)
	}
	if len(*atServer) != 2 {
		t.Errorf("server received %d packets, want the one on the air and the last one", len(*atServer))
	}
	if want := []change{{3 * ms / 2, 0, false}, {10 * ms, 0, true}}; !slices.Equal(changes, want) {
		t.Errorf("changes %v, want %v", changes, want)
	}
	i := p.phone.Interface(0)
	if i.DroppedDown != (link.Count{Packets: 2, Octets: 1540}) || i.StateChanges != 2 || i.LastChange != 10*ms {
		t.Errorf("%+v", i)
	}
	if want := unit.Duration(23 * ms / 2); i.UpTime != want {
		t.Errorf("up for %d ns, want %d", i.UpTime, want)
	}
	if c := p.net.Counters(i.Out); c.Flushed.Packets != 2 {
		t.Errorf("link of the interface: %+v", c)
	}
	if n := p.net.InUse(); n != 0 {
		t.Errorf("%d packets left", n)
	}
}

func TestFollowCarrier(t *testing.T) {
	p := newPhoneWorld(t)
	p.phone.FollowCarrier(0)
	i := p.phone.Interface(0)
	steps := []struct {
		id       link.ID
		down, up bool
	}{
		{i.Out, true, false}, {i.In, true, false}, {i.Out, false, false}, {i.In, false, true},
	}
	for n, s := range steps {
		p.net.SetDown(s.id, s.down)
		if got := p.phone.Interface(0).Up; got != s.up {
			t.Errorf("step %d: up %v", n, got)
		}
	}
	if !p.phone.Interface(1).Up {
		t.Error("the other interface followed")
	}
}

func TestInterfaceMTU(t *testing.T) {
	p := newPhoneWorld(t)
	collect(p.server)
	p.send(p.phone, "10.0.0.1", "10.0.0.2", 1501)
	if i := p.phone.Interface(0); i.DroppedMTU != (link.Count{Packets: 1, Octets: 1501}) || i.Sent.Packets != 0 {
		t.Errorf("%+v", i)
	}
	if p.net.InUse() != 0 || p.phone.MTU(0) != 1500 {
		t.Errorf("%d packets left, MTU %d", p.net.InUse(), p.phone.MTU(0))
	}
}

func TestWithoutHandler(t *testing.T) {
	p := newPhoneWorld(t)
	p.send(p.phone, "10.0.0.1", "10.0.0.2", 40)
	p.w.Run(sim.Time(unit.Second))
	if c := p.server.Unhandled(); c.Packets != 1 || p.net.InUse() != 0 {
		t.Errorf("%+v, %d packets left", c, p.net.InUse())
	}
}

// The digest tells worlds apart by what their hosts did.
func TestDigest(t *testing.T) {
	digest := func(act func(p *phoneWorld)) string {
		p := newPhoneWorld(t)
		collect(p.server)
		act(p)
		p.w.Run(sim.Time(unit.Second))
		return p.w.Digest()
	}
	seen := map[string]string{}
	for name, act := range map[string]func(p *phoneWorld){
		"nothing":     func(*phoneWorld) {},
		"one packet":  func(p *phoneWorld) { p.send(p.phone, "10.0.0.1", "10.0.0.2", 40) },
		"longer":      func(p *phoneWorld) { p.send(p.phone, "10.0.0.1", "10.0.0.2", 41) },
		"other path":  func(p *phoneWorld) { p.send(p.phone, "10.1.0.1", "10.0.0.2", 40) },
		"state":       func(p *phoneWorld) { p.phone.SetInterface(0, 0, false) },
		"other state": func(p *phoneWorld) { p.phone.SetInterface(0, 1, false) },
		"too large":   func(p *phoneWorld) { p.send(p.phone, "10.0.0.1", "10.0.0.2", 2000) },
	} {
		d := digest(act)
		if d != digest(act) {
			t.Errorf("%s: two runs differ", name)
		}
		if other, twice := seen[d]; twice {
			t.Errorf("%s and %s have the same digest", name, other)
		}
		seen[d] = name
	}
}

func TestSendDoesNotAllocate(t *testing.T) {
	p := newPhoneWorld(t)
	p.server.SetHandler(func(_ sim.Time, q link.PacketID, _ int32) { p.net.Free(q) })
	path := must(p.phone.Path(addr("10.0.0.1"), addr("10.0.0.2"), 0, 0))
	now := sim.Time(0)
	round := func() {
		q, _ := p.net.NewPacket()
		p.phone.Send(now, q, path, 1500)
		now += ms
		p.w.Run(now)
	}
	for range 20_000 { // through all that grows at first
		round()
	}
	if n := testing.AllocsPerRun(1000, round); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}
