package spec

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"mpsim/sim/unit"
)

// rising reports times that go backwards. at returns the k-th of n times.
func rising(d *decoder, path string, n int, at func(k int) unit.Duration) {
	for k := 1; k < n; k++ {
		if at(k) < at(k-1) {
			d.wrong(join(path, strconv.Itoa(k)+".at"), "the time goes backwards, from "+at(k-1).String()+" to "+
				at(k).String(), "put the changes in the order of time")
		}
	}
}

// checkDirection holds the rules between the properties of one direction, and computes its queue. round is
// the delay there and back.
func checkDirection(d *decoder, path, side string, x *Direction, round unit.Duration) {
	// The property stands in the direction's own block, or in the link.
	where := func(name string) string {
		if own := join(join(path, side), name); d.written(own) {
			return own
		}
		return join(path, name)
	}
	if x.Rate == missingRate {
		d.wrong(path, "\"rate\" is missing for the direction "+side, rateHint)
		return
	}
	given := x.Queue != Queue{} || d.written(where("queue"))
	switch {
	case !given && x.Trace != nil:
		d.wrong(where("trace"), "a link with a trace needs a queue", "such as queue: 256 kB or 200 packets")
	case x.Trace != nil && (x.Queue.time > 0 || x.Queue.bdp > 0):
		d.wrong(where("queue"), "a trace has no rate to compute the queue from", "give it in octets or packets")
	case !given:
		x.Queue.bdp = billion
	}
	x.Queue.resolve(x.Rate, round)
	times := where("timetable")
	rising(d, times, len(x.Timetable), func(k int) unit.Duration { return x.Timetable[k].At })
	for k, c := range x.Timetable {
		if c.Rate != nil && x.Trace != nil {
			d.wrong(join(times, strconv.Itoa(k)+".rate"), "the rate comes from a trace and cannot change", "")
		}
	}
}

// written tells that the value of a path was in the file or in an override.
func (d *decoder) written(path string) bool {
	_, ok := d.at[path]
	return ok
}

// checkReferences reports names of things that do not exist, and things that are used twice or not at all.
func (s *Scenario) checkReferences(d *decoder) {
	if len(s.Hosts) == 0 && s.Topology == nil { // then no name exists, and there is a problem already
		return
	}
	for i, r := range s.Routers {
		switch at := join("routers", strconv.Itoa(i)); {
		case r == "":
		case s.Host(r) != nil:
			d.wrong(at, "the router "+quote(r)+" has the name of a host", "give it another name")
		case slices.Index(s.Routers, r) != i:
			d.wrong(at, "the router "+quote(r)+" is listed twice", "")
		}
	}
	s.checkAddresses(d)
	s.checkEnds(d)
	s.checkMiddleboxes(d)
	for i := range s.Applications {
		s.checkApplication(d, i)
	}
	for i := range s.Calls {
		s.checkCall(d, i)
	}
	s.checkTraffic(d)
	s.checkScripts(d)
}

// elsewhere tells that a name which is not listed may be one of the topology's: whoever builds it knows.
func (s *Scenario) elsewhere(node string) bool {
	return s.Topology != nil && s.Host(node) == nil && !slices.Contains(s.Routers, node)
}

// checkTraffic checks the names that groups of traffic call each other by, and those of hosts where there is
// no topology with others.
func (s *Scenario) checkTraffic(d *decoder) {
	var names []string
	for i := range s.Traffic {
		t := &s.Traffic[i]
		at := join("traffic", t.Name)
		if e := t.Hosts.Except; e != "" && !slices.Contains(names, e) {
			d.wrong(at+".hosts.except", "no traffic before this one is named "+quote(e), nearest(e, names))
		}
		names = append(names, t.Name)
		if s.Duration > 0 && t.MeasureFrom >= s.Duration {
			d.wrong(at+".measure-from", "measure-from "+t.MeasureFrom.String()+" is not before the end of the run, "+
				s.Duration.String(), "a shorter run is measured from earlier on: set traffic."+t.Name+".measure-from")
		}
		for k, name := range t.Hosts.Names {
			if s.Topology == nil && !strings.Contains(name, "..") && s.Host(name) == nil {
				d.wrong(at+".hosts."+strconv.Itoa(k), "there is no host "+quote(name), nearest(name, s.hostNames()))
			}
		}
	}
	if s.Routing.Hash == HashFlowLabel && s.Topology != nil && !s.Topology.IPv6 {
		d.wrong("routing.hash", "IPv4 packets have no flow label", "write topology.addresses: ipv6")
	}
	if s.Topology != nil && len(s.Traffic) == 0 && !d.written("applications") {
		d.wrong("", "there is no traffic", "give traffic or applications")
	}
}

func (s *Scenario) checkAddresses(d *decoder) {
	seen := map[netip.Addr]string{}
	for _, h := range s.Hosts {
		for _, i := range h.Interfaces {
			own := h.Name + "." + i.Name
			if other, twice := seen[i.Address]; twice && i.Address.IsValid() {
				d.wrong("hosts."+h.Name+".interfaces."+i.Name+".address",
					"the address "+i.Address.String()+" is also that of "+other, "each interface has its own")
			}
			seen[i.Address] = own
		}
	}
}

// checkEnds checks what links join. It compares names as written, so that a wrong host does not make its
// links wrong too.
func (s *Scenario) checkEnds(d *decoder) {
	used, whole := map[End]string{}, d.written("links")
	for _, l := range s.Links {
		for k, e := range l.Ends {
			at := "links." + l.Name + ".between." + strconv.Itoa(k)
			if e.Node == "" || !s.checkEnd(d, at, e) {
				whole = false
				continue
			}
			if k == 1 && e.Node == l.Ends[0].Node {
				d.wrong(at, "the link "+quote(l.Name)+" joins "+quote(e.Node)+" to itself", "name two nodes")
				whole = false
				continue
			}
			if other, twice := used[e]; twice && e.Interface != "" {
				d.wrong(at, "the interface "+e.String()+" is in link "+quote(other)+" already",
					"an interface has one link; add an interface or a router")
				whole = false
			}
			used[e] = l.Name
		}
	}
	if !whole { // what is wrong there may be meant for an interface here
		return
	}
	for _, h := range s.Hosts {
		for _, i := range h.Interfaces {
			if _, ok := used[End{h.Name, i.Name}]; !ok {
				d.wrong("hosts."+h.Name+".interfaces."+i.Name, "the interface "+h.Name+"."+i.Name+" has no link",
					"name it in a link's between, or leave it out")
			}
		}
	}
}

// checkEnd reports an end that does not exist.
func (s *Scenario) checkEnd(d *decoder, at string, e End) bool {
	h := s.Host(e.Node)
	switch {
	case h == nil && e.Interface == "" && slices.Contains(s.Routers, e.Node):
		return true
	case h == nil && e.Interface != "" && slices.Contains(s.Routers, e.Node):
		d.wrong(at, quote(e.Node)+" is a router, it has no interfaces", "write "+e.Node)
	case s.elsewhere(e.Node):
		return true
	case h == nil:
		hint := nearest(e.Node, append(s.hostNames(), s.Routers...))
		if e.Interface == "" && len(s.Routers) == 0 && closest(e.Node, s.hostNames()) == "" {
			hint = "a router is listed at the top: routers: [" + e.Node + "]"
		}
		d.wrong(at, "there is no host or router "+quote(e.Node), hint)
	case e.Interface == "":
		d.wrong(at, quote(e.Node)+" is a host: which interface?", "write "+e.Node+"."+firstOf(h.interfaceNames()))
	case h.Interface(e.Interface) < 0:
		d.wrong(at, "host "+quote(e.Node)+" has no interface "+quote(e.Interface),
			nearest(e.Interface, h.interfaceNames()))
	default:
		return true
	}
	return false
}

func firstOf(names []string) string {
	if len(names) == 0 {
		return "INTERFACE"
	}
	return names[0]
}

func (s *Scenario) hostNames() []string {
	var names []string
	for _, h := range s.Hosts {
		names = append(names, h.Name)
	}
	return names
}

func (h *Host) interfaceNames() []string {
	var names []string
	for _, i := range h.Interfaces {
		names = append(names, i.Name)
	}
	return names
}

// checkApplication checks the hosts and interfaces of one application, and fills in the interfaces.
func (s *Scenario) checkApplication(d *decoder, i int) {
	a := &s.Applications[i]
	name := a.Name
	if name == "" {
		name = strconv.Itoa(i)
	}
	path := join("applications", name)
	if a.Kind == KindScript {
		if a.Host != "" && s.Host(a.Host) == nil && !s.elsewhere(a.Host) {
			d.wrong(join(path, "host"), "there is no host "+quote(a.Host), nearest(a.Host, s.hostNames()))
		}
		return
	}
	for _, end := range []struct {
		key, ifaceKey, host string
		iface               *string
	}{
		{"client", "local-interface", a.Client, &a.LocalInterface},
		{"server", "remote-interface", a.Server, &a.RemoteInterface},
	} {
		h := s.Host(end.host)
		switch {
		case end.host == "":
		case s.elsewhere(end.host):
		case h == nil:
			d.wrong(join(path, end.key), "there is no host "+quote(end.host), nearest(end.host, s.hostNames()))
		case *end.iface == "":
			if len(h.Interfaces) > 0 {
				*end.iface = h.Interfaces[0].Name
			}
		case h.Interface(*end.iface) < 0:
			d.wrong(join(path, end.ifaceKey), "host "+quote(h.Name)+" has no interface "+quote(*end.iface),
				nearest(*end.iface, h.interfaceNames()))
		}
	}
	if a.Client != "" && a.Client == a.Server {
		d.wrong(join(path, "server"), "client and server are the same host", "name two hosts")
	}
	for _, b := range s.Applications[:i] {
		if a.Server == b.Server && a.Server != "" && a.Port == b.Port && a.Port != 0 {
			d.wrong(join(path, "port"), "port "+strconv.Itoa(int(a.Port))+" of "+quote(a.Server)+
				" is that of application "+quote(b.Name)+" already", "give each application its own")
		}
	}
}
