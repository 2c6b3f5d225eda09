package pkt

import "strconv"

// unmodelled are words that begin what the stacks do not have.
const unmodelled = " udp ipv4 ipv6 gre GREv0 mpls encap psp raw "

func (p *parser) packet() *Packet {
	dir := p.take()
	k := &Packet{Pos: dir.Pos, In: dir.text == "<", FlowLabel: -1, Window: -1, Urgent: -1}
	p.ipInfo(k)
	if t := p.tok(); t.kind == tokWord && containsWord(unmodelled, t.text) {
		p.failAt(t.Pos, "%s packets are not modelled: only TCP segments directly in IP", t.text)
	}
	if p.is("icmp") {
		p.icmp(k)
		return k
	}
	p.tuple(k)
	if p.is("icmp") {
		p.icmp(k)
		return k
	}
	p.flags(k)
	k.Seq = uint32(p.number("the sequence number", 0, 1<<32-1))
	p.expect(":")
	end := p.tok().Pos
	k.End = uint32(p.number("the end of the sequence numbers", 0, 1<<32-1))
	p.expect("(")
	k.Len = uint16(p.number("the octets of payload", 0, 65535))
	p.expect(")")
	if k.Seq+uint32(k.Len) != k.End {
		p.failAt(end, "%d:%d(%d) does not fit: %d and %d octets end at %d", k.Seq, k.End, k.Len, k.Seq, k.Len,
			k.Seq+uint32(k.Len))
	}
	if p.accept("ack") {
		k.HasAck, k.Ack = true, uint32(p.number("the acknowledgment number", 0, 1<<32-1))
	}
	if p.accept("win") {
		k.Window = int(p.number("the window", 0, 65535))
	}
	if p.accept("urg") {
		k.Urgent = int(p.number("the urgent pointer", 0, 65535))
	}
	if p.is("<") {
		p.options(k)
	}
	return k
}

func containsWord(list, word string) bool {
	for i := 0; i+len(word)+2 <= len(list); i++ {
		if list[i] == ' ' && list[i+1:i+1+len(word)] == word && list[i+1+len(word)] == ' ' {
			return true
		}
	}
	return false
}

// ipInfo reads (tos 0x..), [ect0], [ttl 64], [flowlabel 0x...].
func (p *parser) ipInfo(k *Packet) {
	end := ""
	switch {
	case p.accept("("):
		end = ")"
	case p.accept("["):
		end = "]"
	default:
		return
	}
	for {
		t := p.word("tos, ttl, flowlabel or an ECN codepoint")
		switch t.text {
		case "noecn", "ect1", "ect0", "ce":
			k.TOS = TOSECN
			switch t.text {
			case "ect1":
				k.TOSValue = 1
			case "ect0":
				k.TOSValue = 2
			case "ce":
				k.TOSValue = 3
			}
		case "ect01":
			if k.In {
				p.failAt(t.Pos, "ect01 is for outgoing packets")
			}
			k.TOS = TOSECT
		case "tos":
			k.TOS, k.TOSValue = TOSByte, uint8(p.number("tos", 0, 255))
		case "ttl":
			k.TTL = int(p.number("ttl", 1, 255))
		case "flowlabel":
			k.FlowLabel = int(p.number("flowlabel", 0, 1<<20-1))
		default:
			p.failAt(t.Pos, "%q is no part of an IP header that a script can give", t.text)
		}
		if !p.accept(",") {
			break
		}
	}
	p.expect(end)
}

// tuple reads the optional pair of endpoints: addr[a] > addr[b], with either side left out, or ports, or
// address:port.
func (p *parser) tuple(k *Packet) {
	t := p.tok()
	switch {
	case p.is("addr") && p.peek().text == "[", t.kind == tokIPv4, t.kind == tokInteger && p.peek().text == ">":
		k.Src = p.endpoint()
		p.expect(">")
	case p.is(">"):
		p.take()
	default:
		return
	}
	k.Tuple = true
	if t := p.tok(); p.is("addr") || t.kind == tokIPv4 || t.kind == tokInteger {
		k.Dst = p.endpoint()
	}
}

func (p *parser) endpoint() Endpoint {
	t := p.tok()
	e := Endpoint{Pos: t.Pos, Given: true}
	switch {
	case t.kind == tokIPv4:
		e.IP = p.take().text
		p.expect(":")
		e.Port = int(p.number("the port", 1, 65535))
	case t.kind == tokInteger:
		e.Port = int(p.number("the port", 1, 65535))
	default:
		p.expect("addr")
		p.expect("[")
		e.Var = p.word("the name of an address").text
		p.expect("]")
	}
	return e
}

const flagLetters = "FSRPUEWCA"

// flags reads letters with "." for ACK, or "-" for none. A digit after the dot is the ACE field of AccECN.
func (p *parser) flags(k *Packet) {
	if p.accept("-") {
		return
	}
	any := false
	if t := p.tok(); t.kind == tokWord {
		for i := range len(t.text) {
			if !containsByte(flagLetters, t.text[i]) {
				p.failAt(t.Pos, "%q is no set of TCP flags: letters of FSRPUEWA, then . for ACK", t.text)
			}
		}
		k.Flags, any = p.take().text, true
	}
	switch t := p.tok(); {
	case p.accept("."):
		k.Flags, any = k.Flags+".", true
	case t.kind == tokFloat && len(t.text) == 2 && t.text[0] == '.' && t.text[1] <= '7':
		ace, _ := strconv.Atoi(t.text[1:])
		k.Flags, any = k.Flags+".", true
		for i, letter := range "EWA" {
			if ace>>i&1 != 0 {
				k.Flags += string(letter)
			}
		}
		p.take()
	}
	if !any {
		p.unexpected("the TCP flags (letters of FSRPUEWA, . for ACK, - for none)")
	}
}

func containsByte(s string, c byte) bool {
	for i := range len(s) {
		if s[i] == c {
			return true
		}
	}
	return false
}
