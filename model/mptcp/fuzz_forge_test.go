package mptcp

import (
	"encoding/binary"

	"mpsim/model/wire"
)

// forge makes up a segment for an end from the state of one of its subflows.
func (x *connFuzz) forge(c *Conn, b []byte) {
	if len(c.live) == 0 {
		return
	}
	sf := c.live[int(b[1])%len(c.live)]
	if sf.e == nil {
		return
	}
	seqOff := int32(binary.BigEndian.Uint32(b[4:])) >> (b[2] & 31)
	g := wire.Segment{Src: sf.remote, Dst: sf.local, SrcPort: sf.rport, DstPort: sf.lport, TTL: 64,
		Flags: wire.Flags(b[3]) | wire.ACK, Window: binary.BigEndian.Uint16(b[8:])}
	g.Seq = sf.e.IRS() + uint32(sf.e.RcvNxt()) + uint32(seqOff)
	g.Ack = sf.e.ISS() + uint32(sf.e.SndUna())
	if b[2]&32 != 0 {
		g.Ack = sf.e.ISS() + uint32(sf.e.SndNxt())
	}
	if n := uint32(binary.BigEndian.Uint16(b[10:])) % 1200; b[2]&64 != 0 && n > 0 && g.Flags&wire.SYN == 0 {
		x.tainted = true
		g.Payload = wire.Payload{Stream: x.forged, Pos: uint64(b[11]), Len: n}
	}
	if g.Flags&wire.FIN != 0 && c.plain || g.Ack != sf.e.ISS()+uint32(sf.e.SndUna()) {
		x.tainted = true // an end that acknowledges what was not received, or closes, is not held to anything
	}
	x.forgeOptions(c, sf, &g, b)
	if g.OptionLen() > maxOptions {
		return
	}
	x.deliver(g)
}

func (x *connFuzz) forgeOptions(c *Conn, sf *subflow, g *wire.Segment, b []byte) {
	by := int64(int32(binary.BigEndian.Uint32(b[12:])) >> (b[9] & 31))
	switch b[8] % 10 {
	case 0: // no option
	case 1, 2, 3:
		g.Opts |= wire.OptDSS
		x.forgeDSS(c, sf, g, b, by)
	case 4:
		g.Opts |= wire.OptFail
		g.FailDSN = c.localIDSN + 1 + c.snd.Una() + uint64(by)
	case 5:
		g.Opts |= wire.OptFastClose
		g.FastCloseKey = c.localKey + uint64(b[9]&3)
	case 6:
		g.Opts |= wire.OptAddAddr
		g.AddAddr = wire.AddAddr{ID: b[9], Addr: sf.remote, HMAC: uint64(by), Echo: b[10]&1 != 0}
	case 7:
		g.Opts |= wire.OptRemoveAddr
		g.RemoveAddr = wire.RemoveAddr{N: 1}
		g.RemoveAddr.IDs[0] = b[9]
	case 8:
		g.Opts |= wire.OptPrio
		g.Prio.Backup = b[9]&1 != 0
	case 9:
		g.Opts |= wire.OptCapable
		g.Capable = wire.Capable{Form: []uint8{4, 12, 20, 22, 24}[b[9]%5], Version: uint8(c.version),
			Flags: wire.CapableHMACSHA | b[10]&0x80, SenderKey: c.remoteKey + uint64(b[11]&1), ReceiverKey: c.localKey,
			DataLen: uint16(by)}
		x.tainted = x.tainted || g.Capable.Form >= wire.CapableData
		if c.version == 0 && g.Capable.Form != 12 && g.Capable.Form != 20 {
			g.Opts &^= wire.OptCapable
		}
	}
	if b[3]&4 != 0 && b[9]&64 != 0 {
		g.Opts |= wire.OptReset
		g.Reset.Reason = b[9] & 7
	}
}

// forgeDSS makes up a DSS around the positions that come next. Its checksum is always wrong.
func (x *connFuzz) forgeDSS(c *Conn, sf *subflow, g *wire.Segment, b []byte, by int64) {
	d := &g.DSS
	d.Flags = b[10] & (wire.DSSAck | wire.DSSAck8 | wire.DSSMap | wire.DSSMap8 | wire.DSSFin)
	if b[10]&0x80 != 0 || c.sum && b[10]&0x40 != 0 {
		d.Flags |= wire.DSSSum
	}
	d.DataAck = c.localIDSN + 1 + c.snd.Una()
	if b[8]%10 == 1 {
		d.DataAck += uint64(by)
	}
	if d.Flags&wire.DSSAck != 0 && by > 0 && b[8]%10 == 1 {
		x.tainted = true
	}
	d.DSN = c.remoteIDSN + 1 + c.rcv.Next()
	d.SSN = uint32(sf.e.RcvNxt())
	switch b[8] % 10 {
	case 2:
		d.DSN += uint64(by)
	case 3:
		d.SSN += uint32(by)
	}
	d.Len = uint16(g.Payload.Len) + uint16(b[11]&1)*uint16(b[15])
	if d.Flags&wire.DSSFin != 0 {
		d.Len++
	}
	if d.Flags&wire.DSSMap8 == 0 {
		d.DSN = uint64(uint32(d.DSN))
	}
	if d.Flags&wire.DSSMap != 0 {
		x.tainted = true
	}
	if d.Flags&wire.DSSSum != 0 {
		sum := x.n.net.Contents().Sum(g.Payload)
		right := wire.DSSChecksum(c.remoteIDSN+1+c.positionAsIf(d), d.SSN, d.Len, sum)
		if d.Checksum = right ^ 0x0101; d.Len == 0 {
			d.Checksum = 0
		}
	}
}

// positionAsIf is positionOf for a number of either length.
func (c *Conn) positionAsIf(d *wire.DSS) uint64 { return c.positionOf(d) }

// falseJoin opens a subflow to the server with the right token, or a wrong one, and answers with a wrong HMAC.
func (x *connFuzz) falseJoin(b []byte) {
	c := x.conn(1)
	if c == nil || !c.remoteKnown {
		return
	}
	g := wire.Segment{Src: x.n.client.Addrs()[1], Dst: x.n.server.Addrs()[0], SrcPort: attackPort, DstPort: serverPort,
		TTL: 64, Window: 60000, Opts: wire.OptJoin}
	if b[1]&1 == 0 {
		g.Flags, g.Seq = wire.SYN, 100
		g.Join = wire.Join{Form: wire.JoinSYN, Token: c.localToken + uint32(b[2]&1), Nonce: 5, AddrID: b[3]}
		x.deliver(g)
		return
	}
	for _, sf := range c.live {
		if sf.rport != attackPort || sf.e == nil {
			continue
		}
		mac := wire.JoinHMAC(c.remoteKey, c.localKey, sf.peerNonce, sf.nonce, c.version)
		mac[b[2]%20] ^= 1 + b[3]&0x7f
		g.Flags, g.Seq, g.Ack = wire.ACK, sf.e.IRS()+1, sf.e.ISS()+1
		g.Join = wire.Join{Form: wire.JoinACK, HMAC: mac}
		if b[4]&1 != 0 { // data at once
			x.tainted = x.tainted || !c.sum
			g.Opts = wire.OptDSS
			g.Payload = wire.Payload{Stream: x.forged, Len: 10}
			g.DSS = wire.DSS{Flags: wire.DSSMap | wire.DSSMap8, DSN: c.remoteIDSN + 1 + c.rcv.Next(), SSN: 1, Len: 10}
		}
		x.deliver(g)
		return
	}
}

// connSeeds is the seed corpus: each kind of step in the states that a connection goes through.
func connSeeds() [][]byte {
	step := func(b ...byte) []byte { return append(b, make([]byte, 16-len(b))...) }
	run := func(ms8 uint16) []byte { return step(0, byte(ms8>>8), byte(ms8)) }
	write := func(end byte, n uint16) []byte { return step(end<<7|1, byte(n>>8), byte(n)) }
	call := func(end, what byte) []byte { return step(end<<7|2, what) }
	change := func(end, n, kind byte, by uint32) []byte {
		return step(end<<7|5, n, kind, 0, byte(by>>24), byte(by>>16), byte(by>>8), byte(by))
	}
	forge := func(end, sub, how, flags byte, rest ...byte) []byte {
		return step(append([]byte{end<<7 | 3, sub, how, flags, 0, 0, 0, 0}, rest...)...)
	}
	join := func(configuration, more byte, steps ...[]byte) []byte {
		b := []byte{configuration, more}
		for _, s := range steps {
			b = append(b, s...)
		}
		return b
	}
	var seeds [][]byte
	for configuration := range byte(3) {
		for _, bits := range []byte{0x00, 0x0c, 0x2c, 0x4c, 0x9c} {
			o := configuration + bits - bits%3
			seeds = append(seeds,
				join(o, 7|9<<3, run(2000), write(0, 50_000), run(400), change(0, 3, 8, 0), run(800), call(0, 0),
					call(1, 1), run(8000)),
				join(o, 3|31<<3, run(100), change(0, 30, 2, 0), run(4000), write(1, 9000), run(4000), call(0, 2)),
				join(o, 6|5<<3, run(3000), change(0, 200, 4, 70000), write(0, 60_000), run(16000), call(1, 3)),
				join(o, 7|2<<3, run(3000), forge(1, 0, 64, 0, 2, 0, 0x8d, 100), run(100), forge(0, 0, 0, 0, 4, 0, 0, 0),
					run(900), forge(1, 1, 0, 4, 5, 0x41), run(900)),
				join(o, 7|4<<3, run(3000), step(7, 0, 0, 9), run(200), step(7, 1, 4, 7, 1), step(7, 1, 4, 7), run(900),
					write(0, 5000), step(6, 9), step(6, 40), call(0, 3), run(900)),
				join(o, 7|31<<3, run(3000), change(1, 255, 0, 0), write(0, 60_000), run(30000), call(0, 0), run(65000),
					call(1, 4), write(0, 60_000), run(4000), change(1, 20, 10, 100), call(1, 5)))
		}
	}
	for kind := range byte(12) {
		for _, o := range []byte{0, 1, 2, 12, 13, 14, 28, 77} {
			seeds = append(seeds, join(o, 7|byte(kind%4)<<3, run(1200), change(kind&1, 2, kind, 5), write(kind&1, 20_000),
				run(3000), change(0, 4, kind, 1<<20), write(0, 20_000), write(1, 20_000), run(3000), call(0, 0), call(1, 0)))
		}
	}
	return seeds
}
