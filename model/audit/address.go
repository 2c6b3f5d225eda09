package audit

import "mpsim/model/wire"

// useID notes that the sender uses an Address ID for an address (RFC 8684 section 3.2). Behind a NAT the address
// is another one than the sender announced.
func (a *Auditor) useID(id uint8, addr wire.Addr) {
	me := a.me()
	for i := range me.ids {
		e := &me.ids[i]
		if e.id != id || !e.inUse {
			continue
		}
		if e.addr != addr {
			severity := Note
			if a.local {
				severity = Warning
			}
			a.findAs(severity, AddressID, say(e.addr.String()), say(addr.String()))
		}
		return
	}
	me.ids = append(me.ids, address{addr: addr, id: id, inUse: true})
}

// addAddr reads ADD_ADDR (RFC 8684 section 3.4.1).
func (a *Auditor) addAddr() {
	o, c := &a.seg.AddAddr, a.f.conn
	if o.Echo {
		a.addAddrEcho(o)
		return
	}
	me, them := a.me(), a.them()
	if !o.NoHMAC {
		switch {
		case !me.haveKey || !them.haveKey:
			c.unchecked |= noKeys
		default:
			if mac := wire.AddAddrHMAC(me.key, them.key, o.ID, o.Addr, o.Port); mac != o.HMAC {
				a.find(AddAddrHMAC, hexa(mac), hexa(o.HMAC))
				return
			}
		}
	}
	for i := range me.ids {
		e := &me.ids[i]
		if e.id != o.ID || !e.inUse {
			continue
		}
		switch {
		case e.addr == o.Addr:
			e.announced, e.port = true, o.Port
		case e.announced || a.local || o.ID == 0:
			a.find(AddAddrRebound, say(e.addr.String()), say(o.Addr.String()))
		default: // known by a join from behind a NAT
			e.announced, e.addr, e.port = true, o.Addr, o.Port
		}
		return
	}
	me.ids = append(me.ids, address{addr: o.Addr, port: o.Port, id: o.ID, inUse: true, announced: true})
}

func (a *Auditor) addAddrEcho(o *wire.AddAddr) {
	them := a.them()
	for i := range them.ids {
		if e := &them.ids[i]; e.announced && e.id == o.ID && e.addr == o.Addr {
			return
		}
	}
	if a.f.conn.flows[0].midway {
		return
	}
	a.suspect(AddAddrEcho, true, value{}, say(o.Addr.String()))
}

// removeAddr reads REMOVE_ADDR (RFC 8684 section 3.4.2).
func (a *Auditor) removeAddr() {
	me := a.me()
	for _, id := range a.seg.RemoveAddr.List() {
		found := false
		for i := range me.ids {
			if e := &me.ids[i]; e.id == id && e.inUse {
				e.inUse, found = false, true
			}
		}
		if !found && !a.f.conn.flows[0].midway {
			a.find(RemoveAddrUnknown, value{}, num(int64(id)))
		}
	}
}

// prio reads MP_PRIO (RFC 8684 section 3.3.8); only version 0 may name another subflow.
func (a *Auditor) prio() {
	o, c := &a.seg.Prio, a.f.conn
	if !o.HasID {
		a.f.end[a.h].backup = o.Backup
		return
	}
	me := a.f.sideOf(a.h)
	for _, f := range c.flows {
		if h := me ^ f.swap; f.join.id[h] == o.AddrID {
			f.end[h].backup = o.Backup
		}
	}
}

// fastClose reads MP_FASTCLOSE (RFC 8684 section 3.5).
func (a *Auditor) fastClose() {
	if a.seg.Opts&wire.OptFastClose == 0 {
		return
	}
	them := a.them()
	switch {
	case !them.haveKey:
		a.f.conn.unchecked |= noKeys
	case them.key != a.seg.FastCloseKey:
		a.find(FastCloseKey, hexa(them.key), hexa(a.seg.FastCloseKey))
	}
}

// fail reads MP_FAIL (RFC 8684 section 3.7).
func (a *Auditor) fail() {
	c := a.f.conn
	if a.seg.Opts&wire.OptFail != 0 && c.csumKnown && !c.csum {
		a.find(FailUnasked, value{}, value{})
	}
}
