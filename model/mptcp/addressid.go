package mptcp

import (
	"fmt"

	"mpsim/model/mptcp/pm"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Address IDs that somebody outside chose (RFC 8684 section 3.4: an ID has one address for the life of a
// connection, until it is withdrawn), as the commands of Linux's netlink interfaces do.

// pinnedID is the ID that was asked for a local address, which need not be one of the host: a translator
// may have given it to a server.
type pinnedID struct {
	addr wire.Addr
	id   uint8
}

// pinnedID returns the ID that was asked for an address.
func (c *Conn) pinnedID(addr wire.Addr) (id uint8, ok bool) {
	for _, p := range c.paths.pinned {
		if p.addr == addr {
			return p.id, true
		}
	}
	return 0, false
}

// pinID gives an address an ID for good. Another address of the host that would have had it gets a new one,
// unless the peer may know it already.
func (c *Conn) pinID(addr wire.Addr, id uint8) error {
	if had := c.localIDOf(addr); had == id {
		return nil
	} else if had != noLocalID && c.idInUse(had) || id == 0 || id == noLocalID || addr == c.local0 {
		return fmt.Errorf("%w: %v and %d", ErrAddressID, addr.Netip(), id)
	}
	if p, ok := c.pinnedID(addr); ok && p != id && c.idInUse(p) {
		return fmt.Errorf("%w: %v is %d and not %d", ErrAddressID, addr.Netip(), p, id)
	}
	owner, taken := c.ownerOf(id)
	if taken {
		if c.idInUse(id) {
			return fmt.Errorf("%w: %d is that of %v and not of %v", ErrAddressID, id, owner.Netip(), addr.Netip())
		}
		free, err := c.freeID(id)
		if err != nil {
			return err
		}
		c.pin(owner, free)
	}
	c.pin(addr, id)
	return nil
}

func (c *Conn) pin(addr wire.Addr, id uint8) {
	for i := range c.paths.pinned {
		if p := &c.paths.pinned[i]; p.addr == addr {
			p.id = id
			return
		}
	}
	c.paths.pinned = append(c.paths.pinned, pinnedID{addr, id})
}

// ownerOf returns the address that has an ID now.
func (c *Conn) ownerOf(id uint8) (addr wire.Addr, ok bool) {
	c.eachHostAddress(func(l pm.Local) {
		if l.ID == id {
			addr, ok = l.Addr, true
		}
	})
	for _, p := range c.paths.pinned {
		if p.id == id {
			return p.addr, true
		}
	}
	return addr, ok
}

// idInUse tells that the peer may know an ID: of a subflow that is not about to end (the kernel has forgotten
// others as soon as it has sent the FIN), or of an announcement.
func (c *Conn) idInUse(id uint8) bool {
	if id == 0 {
		return true
	}
	for _, sf := range c.live {
		if sf.localID == id && sf.state < subflowClosing {
			return true
		}
	}
	return c.announcedID(id)
}

func (c *Conn) announcedID(id uint8) bool {
	for i := range c.signals.adds {
		if c.signals.adds[i].id == id {
			return true
		}
	}
	return false
}

// freeID returns an ID that no address has, other than not.
func (c *Conn) freeID(not uint8) (uint8, error) {
	for id := uint8(maxLocals); id > 0; id-- {
		if _, taken := c.ownerOf(id); !taken && id != not && !c.idInUse(id) {
			return id, nil
		}
	}
	return 0, ErrNoAddressID
}

// AddressID returns the address ID that a local address has in the connection.
func (c *Conn) AddressID(addr wire.Addr) (id uint8, ok bool) {
	if id = c.localIDOf(addr); id != noLocalID {
		return id, true
	}
	return c.pinnedID(addr)
}

// AnnounceAddress tells the peer by ADD_ADDR of an address at which it can open subflows: one of the host,
// or one that a translator has for it. id 0: the one that the address has, else a new one; port 0: none is
// named. It returns the ID. Errors: ErrPlain, ErrClosing, ErrNotReady, ErrAddressID, ErrNoAddressID,
// ErrNoAddress.
func (c *Conn) AnnounceAddress(now sim.Time, addr wire.Addr, id uint8, port uint16) (uint8, error) {
	switch {
	case c.plain:
		return 0, ErrPlain
	case c.over() || c.detached || c.deleted:
		return 0, ErrClosing
	case !c.everEstablished || !c.remoteKnown || !c.sawDSS:
		return 0, ErrNotReady
	case !addr.IsValid():
		return 0, ErrNoAddress
	}
	had, known := c.AddressID(addr)
	switch {
	case id == 0 && known:
		id = had
	case id == 0:
		free, err := c.freeID(0)
		if err != nil {
			return 0, err
		}
		id = free
		c.pin(addr, id)
	default:
		if err := c.pinID(addr, id); err != nil {
			return 0, err
		}
		c.pin(addr, id)
	}
	c.announce(now, pm.Local{ID: id, Addr: addr, Port: port, Up: true})
	return id, nil
}

// WithdrawAddress tells the peer by REMOVE_ADDR that a local address is gone: it was announced, or a
// subflow uses it. The peer closes the subflows; this host does not. Errors: ErrPlain, ErrClosing,
// ErrAddressID: no such ID.
func (c *Conn) WithdrawAddress(now sim.Time, id uint8) error {
	switch {
	case c.plain:
		return ErrPlain
	case c.over() || c.detached || c.deleted:
		return ErrClosing
	}
	used := c.announcedID(id)
	for _, sf := range c.live {
		used = used || sf.attached && sf.localID == id
	}
	if !used {
		return fmt.Errorf("%w: the peer knows no %d", ErrAddressID, id)
	}
	c.withdraw(now, id)
	return nil
}
