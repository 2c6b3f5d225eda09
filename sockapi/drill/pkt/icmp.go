package pkt

import "strings"

// ICMP is an ICMP error that quotes a segment of the host: `icmp TYPE [CODE] [mtu N] [[START:END(OCTETS)]]`.
type ICMP struct {
	Pos
	Type string // unreachable, time_exceeded, parameter_problem, packet_too_big
	Code string // of unreachable and time_exceeded; empty: 0
	MTU  int
	Seq  uint32 // of the segment quoted, as the script counts; 0 where none is given
}

// icmpCodes are the codes of each type, each with a blank on either side.
var icmpCodes = map[string]string{
	"unreachable": " net_unreachable host_unreachable protocol_unreachable port_unreachable frag_needed" +
		" source_route_failed net_unreachable_for_tos host_unreachable_for_tos host_prohibited net_prohibited" +
		" packet_filtered precedence_violation precedence_cutoff communication_prohibited not_neighbour" +
		" address_unreachable ",
	"time_exceeded":     " exceeded_in_transit ",
	"parameter_problem": " ",
	"packet_too_big":    " ",
}

func (p *parser) icmp(k *Packet) {
	t := p.take()
	if !k.In {
		p.failAt(t.Pos, "the host sends no ICMP packets: they can be injected (<) only")
	}
	m := &ICMP{Pos: t.Pos}
	kind := p.word("an ICMP type (unreachable, time_exceeded, parameter_problem, packet_too_big)")
	codes, ok := icmpCodes[kind.text]
	if !ok {
		p.failAt(kind.Pos, "the ICMP type %s is not modelled: unreachable, time_exceeded, parameter_problem, "+
			"packet_too_big", kind.text)
	}
	m.Type = kind.text
	if t := p.tok(); t.kind == tokWord && t.text != "mtu" {
		if !containsWord(codes, t.text) {
			hint := ""
			if t.text == strings.ToUpper(t.text) {
				hint = "; a name in capitals is given its value with --define " + t.text + "=..."
			}
			p.failAt(t.Pos, "%s is no code of the ICMP type %s, which has %s%s", t.text, m.Type,
				strings.Join(strings.Fields(codes+"none"), ", "), hint)
		}
		m.Code = p.take().text
	}
	if p.accept("mtu") {
		m.MTU = int(p.number("the mtu", 0, 65535))
	}
	if p.accept("[") {
		m.Seq = uint32(p.number("the sequence number", 0, 1<<32-1))
		p.expect(":")
		p.number("the end of the sequence numbers", 0, 1<<32-1)
		p.expect("(")
		p.number("the octets of payload", 0, 65535)
		p.expect(")")
		p.expect("]")
	}
	k.ICMP = m
}

// define replaces a word everywhere by the tokens of its value (NAME=VALUE).
func (p *parser) define(text string, at Pos) {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" || strings.TrimSpace(value) == "" {
		p.failAt(at, "--define %s: NAME=VALUE is needed", text)
	}
	toks, err := lex(p.file, value)
	if err != nil {
		p.failAt(at, "--define %s: the value is not understood", text)
	}
	toks = toks[:len(toks)-1] // the end
	var out []token
	for _, t := range p.toks {
		if t.kind != tokWord || t.text != name {
			out = append(out, t)
			continue
		}
		for _, n := range toks {
			n.Pos, n.offset, n.end = t.Pos, t.offset, t.end
			out = append(out, n)
		}
	}
	p.toks = out
}
