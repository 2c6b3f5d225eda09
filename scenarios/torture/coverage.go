package torture

import (
	"reflect"

	"mpsim/model/link"
	"mpsim/model/middlebox"
	"mpsim/model/topo"
	"mpsim/scenarios/spec"
	"mpsim/sockapi"
)

// Coverage counts how often something happened, by name; "worlds with" counts worlds.
type Coverage map[string]int64

func (c Coverage) merge(o Coverage) {
	for name, n := range o {
		c[name] += n
	}
}

// cover counts what the world has exercised.
func (w *world) cover() {
	c := w.out.Coverage
	for _, h := range w.spec.Hosts {
		c["profile "+h.Profile]++
		c["congestion "+h.TCP.Congestion]++
		if h.MPTCP.Enabled {
			c["scheduler "+h.MPTCP.Scheduler]++
			c["path manager "+h.MPTCP.PathManager]++
		} else {
			c["host without MPTCP"]++
		}
	}
	for _, a := range w.spec.Applications {
		what := "application " + a.Kind
		if a.Kind == spec.KindBulk {
			what += " " + a.Direction
		}
		c[what]++
	}
	for _, x := range w.spec.Calls {
		c["call "+x.Call]++
	}
	net := w.build.Net()
	for id := range link.ID(net.NumLinks()) {
		n := net.Counters(id)
		c["packets"] += n.Accepted.Packets
		c["dropped, queue full"] += n.DroppedQueue.Packets
		c["dropped, lost"] += n.DroppedLoss.Packets
		c["dropped, link down"] += n.DroppedDown.Packets
	}
	w.build.EachBox(func(b *middlebox.Box, _, kind string) {
		n := b.Counters()
		if kind == "ear" { // an attacker's, on another link: it changes nothing
			return
		}
		if n.Affected > 0 { // a NAT, and who stands apart, have no connections of their own
			c["box "+kind+", connections"] += n.Affected
		}
		c["box "+kind+", packets changed, made or dropped"] += n.Modified + n.Made.Packets + n.DroppedPackets()
	})
	for _, t := range w.streams {
		for i := range t.ends {
			switch o := t.outcome(i); {
			case t.ends[i].swept:
				c["end: peer gone, waits"]++
			case o.Done && o.Err == nil:
				c["end: well"]++
			case o.Done:
				c["end: error"]++
			}
		}
	}
	w.build.EachHost(func(_ *topo.Host, h *sockapi.Host) {
		if m := h.MPTCP(); m != nil {
			n := m.Counters()
			v := reflect.ValueOf(n)
			for i := range v.NumField() {
				if v.Type().Field(i).Name != "CurrEstab" && v.Field(i).CanInt() {
					c["mptcp "+v.Type().Field(i).Name] += v.Field(i).Int()
				}
			}
		}
	})
}
