package pkt

import "strings"

// mptcpOption reads one of the options of RFC 8684.
func (p *parser) mptcpOption(o *TCPOption, t *token) {
	switch t.text {
	case "mpcapable", "mp_capable":
		o.Kind, o.Capable = OptCapable, p.capable()
	case "mp_join_syn":
		o.Kind, o.Join = OptJoin, p.join(0)
	case "mp_join_syn_ack":
		o.Kind, o.Join = OptJoin, p.join(1)
	case "mp_join_ack":
		o.Kind, o.Join = OptJoin, p.join(2)
	case "dss":
		o.Kind, o.DSS = OptDSS, p.dss()
	case "add_address":
		o.Kind, o.AddAddr = OptAddAddr, p.addAddr()
	case "remove_address":
		o.Kind = OptRemoveAddr
		p.expect("address_id")
		p.expect("=")
		p.expect("[")
		for {
			o.IDs = append(o.IDs, uint8(p.number("the address ID", 0, 255)))
			if !p.accept(",") {
				break
			}
		}
		p.expect("]")
		if len(o.IDs) > 37 {
			p.failAt(t.Pos, "REMOVE_ADDR has room for 37 address IDs")
		}
	case "mp_prio":
		o.Kind = OptPrio
		o.Backup = p.backup()
		o.HasID, o.ID = p.addressID()
	case "mp_fail":
		o.Kind = OptFail
		if p.accept("dsn8") {
			o.Value = p.position()
		}
	case "mp_fastclose":
		o.Kind = OptFastClose
		if p.tok().kind == tokWord {
			o.Value = &Number{Func: "key", Arg: p.take().text}
			if p.accept("=") {
				o.Value = &Number{Num: p.uint64("the key")}
			} else if p.accept("+") {
				o.Value.Num = p.uint64("what is added to the key")
			}
		}
	case "mp_reset", "mp_tcprst":
		o.Kind, o.Num = OptReset, uint32(p.number("the reason", 0, 255))
		if p.accept("flags") {
			o.Transient = p.flagSet()&1 != 0
		}
	default:
		p.failAt(t.Pos, "%q is no TCP option that scripts know", t.text)
	}
}

// uint64 reads a number of 64 bits.
func (p *parser) uint64(what string) uint64 {
	if k := p.tok().kind; k != tokInteger && k != tokHex {
		p.unexpected(what)
	}
	return uint64(p.integer())
}

// flagSet reads [flag_a, flag_h], a number, or [flag_t]: bit A is 0x80, H 0x01, T 0x01.
func (p *parser) flagSet() (set uint8) {
	if !p.accept("[") {
		return uint8(p.number("the flags", 0, 255))
	}
	for {
		t := p.word("a flag")
		switch {
		case t.text == "no_flags":
		case t.text == "flag_t":
			set |= 1
		case len(t.text) == 6 && strings.HasPrefix(t.text, "flag_") && t.text[5] >= 'a' && t.text[5] <= 'h':
			set |= 1 << ('h' - t.text[5])
		default:
			p.failAt(t.Pos, "%q is no flag: flag_a to flag_h, flag_t, no_flags", t.text)
		}
		if !p.accept(",") {
			break
		}
	}
	p.expect("]")
	return set
}

func (p *parser) capable() *Capable {
	c := &Capable{Version: 1, DataLen: -1}
	if t := p.tok(); t.kind == tokWord && len(t.text) == 2 && t.text[0] == 'v' && isDigit(t.text[1]) {
		c.Version = p.take().text[1] - '0'
	} else {
		p.accept("none")
	}
	if p.accept("flags") {
		c.Flags = p.flagSet()
	}
	switch {
	case p.accept("nokey"):
	case p.accept("key"):
		p.expect("[")
		for {
			c.Keys = append(c.Keys, p.key())
			if !p.accept(",") {
				break
			}
		}
		if end := p.expect("]"); len(c.Keys) > 2 {
			p.failAt(end.Pos, "MP_CAPABLE has two keys at most")
		}
	default:
		p.unexpected("nokey or key[...]")
	}
	at := p.tok().Pos
	if p.accept("mpcdatalen") {
		if len(c.Keys) != 2 {
			p.failAt(at, "MP_CAPABLE with data has both keys")
		}
		c.DataLen = int(p.number("the data-level length", 0, 65535))
		switch {
		case p.accept("nocs"):
			c.NoSum = true
		case p.accept("cksum"):
			p.expect("=")
			v := int(p.number("the checksum", 0, 65535))
			c.Checksum = &v
		}
	}
	return c
}

func (p *parser) key() Key {
	t := p.word("the name of a key")
	k := Key{Pos: t.Pos, Name: t.text}
	if p.accept("=") {
		k.Bound, k.Value = true, p.uint64("the key")
	}
	return k
}

func (p *parser) backup() bool {
	if !p.accept("backup") {
		return false
	}
	p.expect("=")
	return p.number("backup", 0, 1) == 1
}

func (p *parser) addressID() (given bool, id uint8) {
	if !p.accept("address_id") {
		return false, 0
	}
	p.expect("=")
	if p.accept("auto") {
		return false, 0
	}
	return true, uint8(p.number("the address ID", 0, 255))
}

// hash reads auto, a number, or FUNC(name name).
func (p *parser) hash(what string) Hash {
	if p.accept("auto") {
		return Hash{Auto: true}
	}
	t := p.tok()
	if t.kind != tokWord {
		return Hash{Num: p.uint64(what)}
	}
	h := Hash{Func: p.take().text}
	switch h.Func {
	case "sha256_32", "sha1_32", "trunc_l64_hmac", "full_160_hmac":
	default:
		p.failAt(t.Pos, "%q gives no %s: sha256_32, sha1_32, trunc_l64_hmac, full_160_hmac or auto", h.Func, what)
	}
	p.expect("(")
	for !p.accept(")") {
		if k := p.tok().kind; k == tokInteger || k == tokHex {
			h.Num = p.uint64(what)
		} else {
			h.Args = append(h.Args, p.word("the name of a key").text)
		}
		p.accept(",")
	}
	if len(h.Args) > 2 {
		p.failAt(t.Pos, "%s takes two keys at most", h.Func)
	}
	return h
}

func (p *parser) join(form uint8) *Join {
	j := &Join{Form: form, Rand: -1}
	j.Token.Auto, j.HMAC.Auto = true, true
	if form < 2 {
		j.Backup = p.backup()
		j.HasID, j.ID = p.addressID()
	}
	for {
		switch {
		case form == 0 && p.accept("token"):
			p.expect("=")
			j.Token = p.hash("token")
		case form > 0 && p.accept("sender_hmac"):
			p.expect("=")
			j.HMAC = p.hash("HMAC")
		case form < 2 && p.accept("rand"):
			p.expect("=")
			j.Rand = p.number("the nonce", 0, 1<<32-1)
		default:
			return j
		}
	}
}

// position reads what follows dsn8, dack8 and the like: nothing (any value), =N, =trunc_r64_hmac(key) + N.
func (p *parser) position() *Number {
	if !p.accept("=") {
		return &Number{Auto: true}
	}
	t := p.tok()
	if t.kind != tokWord {
		return &Number{Num: p.uint64("a data sequence number")}
	}
	if n := p.take().text; n != "trunc_r64_hmac" && n != "trunc_r64_hmac_sha256" && n != "trunc_r64_hmac_sha1" {
		p.failAt(t.Pos, "%q gives no data sequence number: a number or trunc_r64_hmac(key)", n)
	}
	n := &Number{Func: t.text}
	p.expect("(")
	n.Arg = p.word("the name of a key").text
	p.expect(")")
	if p.accept("+") {
		n.Num = p.uint64("an offset")
	}
	return n
}

func (p *parser) dss() *DSS {
	d := &DSS{}
	for {
		switch {
		case p.accept("dack4"):
			d.Ack = p.position()
		case p.accept("dack8"):
			d.Ack, d.Ack8 = p.position(), true
		case p.accept("dsn4"):
			d.DSN = p.position()
		case p.accept("dsn8"):
			d.DSN, d.DSN8 = p.position(), true
		case p.accept("ssn"):
			p.expect("=")
			d.HasSSN, d.SSN = true, uint32(p.number("the subflow sequence number", 0, 1<<32-1))
		case p.accept("dll"):
			p.expect("=")
			d.HasLen, d.Len = true, uint16(p.number("the data-level length", 0, 65535))
		case p.accept("nocs"):
			d.Sum = SumNone
		case p.accept("cksum"):
			p.expect("=")
			d.Sum, d.SumText = SumNum, uint16(p.number("the checksum", 0, 65535))
		case p.accept("fin"):
			d.Fin = true
		default:
			return d
		}
	}
}

func (p *parser) addAddr() *AddAddr {
	a := &AddAddr{NoHMAC: true}
	a.HasID, a.ID = p.addressID()
	p.expect("addr")
	p.expect("[")
	a.Var = p.word("the name of an address").text
	if p.accept("=") {
		t := p.word("inet_addr or inet6_addr")
		if t.text != "inet_addr" && t.text != "inet6_addr" {
			p.failAt(t.Pos, "%q gives no address: inet_addr(\"...\") or inet6_addr(\"...\")", t.text)
		}
		p.expect("(")
		if p.tok().kind != tokString {
			p.unexpected("an address in quotes")
		}
		a.IP = p.take().text
		p.expect(")")
	}
	p.expect("]")
	if p.accept("port") {
		p.expect("=")
		a.HasPort, a.Port = true, uint16(p.number("the port", 0, 65535))
	}
	switch {
	case p.accept("addr_echo"):
		a.Echo, a.NoHMAC = true, false
	case p.accept("hmac"):
		p.expect("=")
		a.HMAC, a.NoHMAC = p.hash("HMAC"), false
	}
	return a
}
