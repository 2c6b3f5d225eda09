package build

import (
	"fmt"

	"mpsim/model/middlebox"
	"mpsim/model/wire"
	"mpsim/scenarios/spec"
	"mpsim/sim"
	"mpsim/sim/trace"
)

// groupMiddleboxes is the array of summary.json with one record a box.
const groupMiddleboxes = "middleboxes"

// box is one box of the scenario as it was built.
type box struct {
	*middlebox.Box
	link, kind string
}

// addMiddleboxes puts the scenario's boxes on its links.
func (w *World) addMiddleboxes() error {
	for i, d := range w.links {
		boxes := w.spec.Links[i].Middleboxes
		if len(boxes) == 0 {
			continue
		}
		c := w.chainOn(d)
		for k := range boxes {
			m := &boxes[k]
			path := "links." + d.spec.Name + ".middleboxes." + m.Name
			kinds, err := w.boxKinds(m, d)
			if err != nil {
				return w.problem(path, err)
			}
			for _, cfg := range kinds {
				b, err := c.Add(cfg)
				if err != nil {
					return w.problem(path, err)
				}
				w.boxes = append(w.boxes, box{b, d.spec.Name, m.Kind})
			}
		}
	}
	return nil
}

// chainOn returns the chain of a link, made when first asked for.
func (w *World) chainOn(d *duplex) *middlebox.Chain {
	if w.layer == nil {
		w.layer = middlebox.NewLayer(w.net, w.graph)
	}
	if d.chain == nil {
		d.chain = w.layer.NewChain(d.spec.Name, d.ids[0], d.ids[1])
	}
	return d.chain
}

// boxKinds returns the boxes that one of the scenario stands for: one, but for a mix of several.
func (w *World) boxKinds(m *spec.Middlebox, d *duplex) ([]middlebox.Config, error) {
	name := d.spec.Name + "." + m.Name
	cfg := middlebox.Config{Name: name, Probability: m.Probability, Direction: applies(m.Direction)}
	switch m.Kind {
	case spec.KindNAT, spec.KindFirewall: // for every connection: they have no probability
	default:
		if cfg.Probability.Num == 0 { // the file says 0%; the zero value would mean always
			cfg.Probability.Den = 1
		}
	}
	switch m.Kind {
	case spec.KindStudy2011:
		return middlebox.Study2011(name, m.Port == spec.PortHTTP), nil
	case spec.KindNAT:
		if err := w.graph.AddGate(wire.AddrFrom(m.Address), d.ids[outer(m)]); err != nil {
			return nil, err
		}
	}
	if cfg.Do = boxKind(m); cfg.Do != nil {
		return []middlebox.Config{cfg}, nil
	}
	heard, err := w.earOn(m.Watch)
	if err != nil {
		return nil, err
	}
	if err := w.graph.AddGate(wire.AddrFrom(m.Address), d.ids[1]); err != nil {
		return nil, err
	}
	if cfg.Do = attackKind(m, heard); cfg.Do == nil {
		return nil, fmt.Errorf("kind %s is not built", m.Kind)
	}
	return []middlebox.Config{cfg}, nil
}

// earOn puts an ear on a link, once.
func (w *World) earOn(link string) (*middlebox.Heard, error) {
	for _, d := range w.links {
		if d.spec.Name != link {
			continue
		}
		if d.heard == nil {
			ear, heard := middlebox.NewEar()
			b, err := w.chainOn(d).Add(middlebox.Config{Name: link + ".ear", Do: ear})
			if err != nil {
				return nil, err
			}
			d.heard = heard
			w.boxes = append(w.boxes, box{b, link, "ear"})
		}
		return d.heard, nil
	}
	return nil, fmt.Errorf("there is no link %s to listen on", link)
}

// attackKind translates one kind of attacker; nil: it is none of these.
func attackKind(m *spec.Middlebox, heard *middlebox.Heard) middlebox.Kind {
	a := middlebox.Attacker{
		Addr: wire.AddrFrom(m.Address), Heard: heard, Start: sim.Time(m.Start), Interval: m.Interval,
		Count: m.Count,
	}
	switch m.Kind {
	case spec.KindJoinGuesser:
		return middlebox.JoinGuess{Attacker: a, Knows: knowledge(m.Knows)}
	case spec.KindJoinReplayer:
		return middlebox.JoinReplay{Attacker: a}
	case spec.KindJoinFlooder:
		return middlebox.JoinFlood{Attacker: a, Knows: knowledge(m.Knows)}
	case spec.KindAddressHijacker:
		return middlebox.Hijack{Attacker: a, ResetOther: m.ResetOther}
	}
	return nil
}

func knowledge(word string) middlebox.Knowledge {
	switch word {
	case spec.KnowsAll:
		return middlebox.KnowsAll
	case spec.KnowsToken:
		return middlebox.KnowsToken
	}
	return middlebox.KnowsNothing
}

// outer is the direction in which packets from outside meet the box.
func outer(m *spec.Middlebox) middlebox.Direction {
	if m.Inside == spec.SecondEnd {
		return middlebox.Forward
	}
	return middlebox.Backward
}

// boxKind translates one kind of box that is no attacker; nil: it is none of these.
func boxKind(m *spec.Middlebox) middlebox.Kind {
	second := m.Inside == spec.SecondEnd
	switch m.Kind {
	case spec.KindOptionRemover:
		return middlebox.Options{Set: optionSet(m.Options), On: segments(m.On), How: removal(m.How), Every: m.Every}
	case spec.KindNAT:
		return middlebox.NAT{
			Public: wire.AddrFrom(m.Address), InsideSecond: second, Timeout: m.Timeout, Transitory: m.Transitory,
			ResetOutsider: m.Unsolicited == spec.Reset,
		}
	case spec.KindFirewall:
		return middlebox.Firewall{
			InsideSecond: second, Timeout: m.Timeout, Transitory: m.Transitory, Strict: m.Strict,
			ResetOutsider: m.Unsolicited == spec.Reset,
		}
	case spec.KindSequenceRewriter:
		return middlebox.ISN{KeepSACK: m.SACK == spec.Keep}
	case spec.KindSplitter:
		return middlebox.Split{Size: int(m.Size), FirstOnly: m.Copies == spec.OnFirst}
	case spec.KindCoalescer:
		return middlebox.Coalesce{Size: int(m.Size), Wait: m.Wait}
	case spec.KindPayloadRewriter:
		return middlebox.Rewrite{
			Find: []byte(m.Find), At: uint64(m.At), Remove: int(m.Remove), Replace: []byte(m.Replace), Times: m.Times,
			FixChecksum: m.Checksum == spec.Fix,
		}
	case spec.KindHoleBlocker:
		return middlebox.Holes{Hold: m.Holes == spec.Hold}
	case spec.KindACKChecker:
		return middlebox.Acks{Drop: m.WrongACKs == spec.Drop}
	case spec.KindWindowLimiter:
		return middlebox.Window{Limit: int64(m.Window)}
	case spec.KindProxy:
		return middlebox.Proxy{Buffer: int64(m.Window), MPTCP: proxyOptions(m.KeepMPTCP)}
	case spec.KindResetter:
		return middlebox.Reset{
			After: int64(m.After), ToFirst: m.To != spec.SecondEnd, ToSecond: m.To != spec.FirstEnd,
		}
	case spec.KindCorrupter:
		return middlebox.Corrupt{What: corruption(m.What), After: int64(m.After), Ratio: m.Ratio}
	case spec.KindDuplicator:
		return middlebox.Duplicate{Ratio: m.Ratio}
	case spec.KindDataInjector:
		return middlebox.Inject{Knows: knowledge(m.Knows), After: int64(m.After), Count: m.Count}
	}
	return nil
}

func proxyOptions(word string) middlebox.ProxyOptions {
	switch word {
	case spec.KeepAll:
		return middlebox.KeptOptions
	case spec.KeepHandshake:
		return middlebox.HandshakeOptions
	}
	return middlebox.NoOptions
}

func corruption(word string) middlebox.Corruption {
	switch word {
	case "dsn":
		return middlebox.CorruptDSN
	case "length":
		return middlebox.CorruptLength
	case "checksum":
		return middlebox.CorruptChecksum
	}
	return middlebox.CorruptPayload
}

func applies(word string) middlebox.Applies {
	switch word {
	case spec.ForwardWay:
		return middlebox.ForwardOnly
	case spec.BackwardWay:
		return middlebox.BackwardOnly
	}
	return middlebox.Both
}

func segments(word string) middlebox.Segments {
	switch word {
	case spec.OnSYN:
		return middlebox.SYNSegments
	case spec.OnData:
		return middlebox.DataSegments
	}
	return middlebox.AllSegments
}

func removal(word string) middlebox.Removal {
	switch word {
	case spec.HowOverwrite:
		return middlebox.Overwrite
	case spec.HowEndOfList:
		return middlebox.EndOfList
	case spec.HowDrop:
		return middlebox.DropSegment
	}
	return middlebox.Remove
}

// optionSet reads the words of spec.OptionWords.
func optionSet(words []string) wire.Options {
	var set wire.Options
	for _, word := range words {
		switch word {
		case "mptcp":
			set |= wire.OptMPTCP
		case "unknown":
			set |= middlebox.Unknown
		case "mp-capable":
			set |= wire.OptCapable
		case "mp-join":
			set |= wire.OptJoin
		case "dss":
			set |= wire.OptDSS
		case "add-addr":
			set |= wire.OptAddAddr
		case "remove-addr":
			set |= wire.OptRemoveAddr
		case "mp-prio":
			set |= wire.OptPrio
		case "mp-fail":
			set |= wire.OptFail
		case "mp-fastclose":
			set |= wire.OptFastClose
		case "mp-tcprst":
			set |= wire.OptReset
		case "fast-open":
			set |= wire.OptFastOpen
		case "mss":
			set |= wire.OptMSS
		case "window-scale":
			set |= wire.OptWindowScale
		case "sack-permitted":
			set |= wire.OptSACKPermitted
		case "sack":
			set |= wire.OptSACK
		case "timestamps":
			set |= wire.OptTimestamps
		}
	}
	return set
}

// Middleboxes calls f for each box in the order of the file.
func (w *World) Middleboxes(f func(link string, b *middlebox.Box)) {
	for _, b := range w.boxes {
		f(b.link, b.Box)
	}
}

// behindNAT returns the end of a connection with a server that a NAT hides behind a public one, or the end
// itself.
func (w *World) behindNAT(a wire.Addr, port uint16, server wire.Addr, serverPort uint16) (wire.Addr, uint16) {
	for i := range w.boxes {
		if inner, p, ok := w.boxes[i].Original(a, port, server, serverPort); ok {
			return inner, p
		}
	}
	return a, port
}

func (w *World) summariseMiddleboxes(s *trace.Summary) {
	for _, b := range w.boxes {
		c := b.Counters()
		r := s.Add(groupMiddleboxes)
		r.Text("middlebox", b.Name())
		r.Text("link", b.link)
		r.Text("kind", b.kind)
		for d, name := range directions {
			r.Int("in_"+name+"_packets", c.In[d].Packets)
			r.Int("in_"+name+"_bytes", c.In[d].Octets)
			r.Int("out_"+name+"_packets", c.Out[d].Packets)
			r.Int("out_"+name+"_bytes", c.Out[d].Octets)
		}
		r.Int("made_packets", c.Made.Packets)
		r.Int("absorbed_packets", c.Absorbed.Packets)
		r.Int("held_packets", c.Held)
		for cause := range middlebox.Causes {
			r.Int("dropped_"+cause.String()+"_packets", c.Dropped[cause].Packets)
		}
		r.Int("modified_packets", c.Modified)
		r.Int("connections", c.Connections)
		r.Int("connections_affected", c.Affected)
		r.Int("events", c.Events)
		r.Int("attempts", c.Attempts)
		r.Int("answered", c.Answered)
		r.Int("refused", c.Refused)
		r.Int("succeeded", c.Succeeded)
	}
}
