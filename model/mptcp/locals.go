package mptcp

import (
	"fmt"
	"slices"

	"mpsim/model/mptcp/pm"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Which local addresses a connection may use (RFC 6897 sections 5.3.2 and 5.3.3): all of the host, or those
// that the application has bound it to. Path managers do not see others, and joins of the peer to others
// are refused.

// mayUse tells that subflows may use a local address.
func (c *Conn) mayUse(addr wire.Addr) bool {
	return !c.paths.limited || slices.Contains(c.paths.allowed, addr)
}

// RestrictLocals makes the connection open and take subflows at these local addresses only; nil: at all.
// Subflows that exist stay. It may be called before Connect.
func (c *Conn) RestrictLocals(addrs []wire.Addr) {
	c.paths.limited = addrs != nil
	c.paths.allowed = slices.Clone(addrs)
}

// Locals returns the addresses that the connection is restricted to, nil: all of the host are allowed.
func (c *Conn) Locals() []wire.Addr {
	if !c.paths.limited {
		return nil
	}
	return slices.Clone(c.paths.allowed)
}

// AddLocal lets the connection use one more address; the path manager hears of it as of one that has come
// up. Errors: ErrNoAddress: not of this host; ErrPlain, ErrClosing.
func (c *Conn) AddLocal(now sim.Time, addr wire.Addr) error {
	l, err := c.ownAddress(addr)
	if err != nil || c.mayUse(addr) {
		return err
	}
	c.paths.allowed = append(c.paths.allowed, addr)
	if l.Up {
		c.keepAddress(l.ID)
		c.pathEvent(pm.Event{Kind: pm.LocalUp, Local: l})
	}
	return nil
}

// RemoveLocal takes an address away from the connection: the peer is told by REMOVE_ADDR, and its subflows
// are closed by FIN once what they had under way goes out on others. Errors as AddLocal; ErrNoAddress also
// if it was taken away before.
func (c *Conn) RemoveLocal(now sim.Time, addr wire.Addr) error {
	l, err := c.ownAddress(addr)
	if err != nil {
		return err
	}
	if !c.mayUse(addr) {
		return fmt.Errorf("%w: %v is not among those of the connection", ErrNoAddress, addr.Netip())
	}
	if !c.paths.limited {
		c.eachHostAddress(func(l pm.Local) { c.paths.allowed = append(c.paths.allowed, l.Addr) })
		c.paths.limited = true
	}
	c.paths.allowed = slices.DeleteFunc(c.paths.allowed, func(a wire.Addr) bool { return a == addr })
	if c.WithdrawAddress(now, l.ID) == nil {
		c.flushSignals(now) // also if the only subflow that can carry it is about to close
	}
	for _, sf := range slices.Clone(c.live) {
		if sf.local == addr && sf.attached && sf.e != nil && sf.kill == killNone {
			if sf.reason == "" {
				sf.reason = "address given up"
			}
			sf.blame(CauseLocalGone)
			if err := c.CloseSubflow(now, sf.id, CloseWrite); err != nil {
				return err
			}
		}
	}
	return nil
}

// ownAddress finds an address of the host, which may be changed for the connection.
func (c *Conn) ownAddress(addr wire.Addr) (found pm.Local, err error) {
	switch {
	case c.plain:
		return found, ErrPlain
	case c.over() || c.deleted:
		return found, ErrClosing
	}
	ok := false
	c.eachHostAddress(func(l pm.Local) {
		if l.Addr == addr {
			found, ok = l, true
		}
	})
	if !ok {
		return found, fmt.Errorf("%w: host %s has no %v", ErrNoAddress, c.s.name, addr.Netip())
	}
	return found, nil
}
