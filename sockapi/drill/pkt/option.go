package pkt

// options reads <...> or a list of TCP options.
func (p *parser) options(k *Packet) {
	open := p.expect("<")
	if p.accept("...") {
		if k.In {
			p.failAt(open.Pos, "<...> is for outgoing packets: name the options to inject")
		}
		p.expect(">")
		k.AnyOption = true
		return
	}
	if p.accept(">") {
		return
	}
	for {
		k.Options = append(k.Options, p.option())
		if !p.accept(",") {
			break
		}
	}
	p.expect(">")
}

func (p *parser) option() TCPOption {
	t := p.word("a TCP option")
	o := TCPOption{Pos: t.Pos}
	switch t.text {
	case "nop":
		o.Kind = OptNOP
	case "eol":
		o.Kind = OptEOL
	case "mss":
		o.Kind, o.Num = OptMSS, uint32(p.number("the mss", 0, 65535))
	case "wscale":
		o.Kind, o.Num = OptWScale, uint32(p.number("the shift count", 0, 255))
	case "sackOK":
		o.Kind = OptSACKOK
	case "sack":
		o.Kind = OptSACK
		for len(o.Blocks) == 0 || p.tok().kind == tokInteger {
			if len(o.Blocks) == 4 {
				p.failAt(p.tok().Pos, "a SACK option has room for four blocks")
			}
			left := uint32(p.number("the left edge", 0, 1<<32-1))
			p.expect(":")
			o.Blocks = append(o.Blocks, [2]uint32{left, uint32(p.number("the right edge", 0, 1<<32-1))})
		}
	case "TS":
		o.Kind = OptTimestamp
		p.expect("val")
		o.Num = uint32(p.number("the timestamp", 0, 1<<32-1))
		p.expect("ecr")
		o.Num2 = uint32(p.number("the echoed timestamp", 0, 1<<32-1))
	case "FO", "FOEXP":
		o.Kind, o.Exp = OptFastOpen, t.text == "FOEXP"
		if k := p.tok().kind; k == tokWord || k == tokInteger || k == tokHex {
			o.Cookie = p.take().text
		}
	case "md5", "ECN":
		p.failAt(t.Pos, "the TCP option %s is not modelled", t.text)
	default:
		p.mptcpOption(&o, t)
	}
	return o
}
