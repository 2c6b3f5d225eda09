package mptcp

import (
	"fmt"

	"mpsim/model/mptcp/pm"
	"mpsim/model/mptcp/sched"
	"mpsim/model/tcp"
	"mpsim/sim/unit"
)

// Config holds one host's MPTCP parameters; zero fields take the profile's value (see profile.go for the
// values and where they come from). Buffers are shared by all subflows of a connection.
type Config struct {
	Profile string // "linux" (default) or "rfc"

	// Negotiation (RFC 8684 section 3.1).
	Versions       Versions   // spoken: an acceptor takes any of them
	Offer          Versions   // one of them, which an opener offers; 0: the highest
	RetryOlder     tcp.Switch // answered without MP_CAPABLE, try again with the next older of them
	Checksum       tcp.Switch // A flag: ask for DSS checksums
	RefuseChecksum tcp.Switch // stay with TCP when the peer asks for them
	HoldUnmapped   tcp.Switch // octets without mapping wait for one, up to a window of them, before the RST
	FastCloseOnACK tcp.Switch // MP_FASTCLOSE goes out on an ACK, not on RSTs (section 3.5)
	FailQuietly    tcp.Switch // a wrong checksum on a connection's first mapping leads to TCP without MP_FAIL
	NoJoinHere     tcp.Switch // C flag: the peer opens no subflow to the address and port of the first one
	SYNsCapable    int        // SYNs sent with MP_CAPABLE before plain ones are tried, 1..100

	Stateless tcp.Switch // listeners keep nothing of a SYN until the third packet (cookies.go)

	// What is remembered of peers (cache.go); negative: nothing.
	VersionMemory    unit.Duration // how long the version of a peer is remembered
	BlackHole        unit.Duration // how long MPTCP is off after SYNs with MP_CAPABLE got lost; it doubles
	BlackHolePerPeer tcp.Switch    // off towards that peer, not the whole host

	// Policy.
	Scheduler   string // name known to package sched
	PathManager string // name known to package pm
	Paths       pm.Config
	MaxSubflows int        // subflows that a connection may have at a time, the first included; 1..255
	Policy      PathPolicy // addresses, joins, priorities, resets: pathpolicy.go
	Data        DataPolicy // data sequence signals, buffers: datapolicy.go
	SamePort    tcp.Switch // joins leave from the first subflow's port (section 3.9.1), not an ephemeral one

	// Reliability (sections 3.3.3 and 3.3.6).
	StaleRTOs      int           // retransmission timeouts in a row after which a subflow counts as stale
	MinDataRTO     unit.Duration // lower bound of the data-level retransmission timeout
	MaxDataRTO     unit.Duration // cap of its back-off
	CloseTimeout   unit.Duration // how long a connection lives without any subflow, or closed by us alone
	AddAddrTimeout unit.Duration // cap of the time until ADD_ADDR is repeated
	AddAddrTries   int           // transmissions of an ADD_ADDR that is not echoed
	// Opportunistic resends the octet run that blocks the receive window on a faster subflow, Penalise
	// halves the window of the subflow that held it up (Raiciu et al., NSDI 2012, section 4.2).
	Opportunistic tcp.Switch
	Penalise      tcp.Switch

	// PotentiallyFailed keeps new data off a subflow from its first retransmission timeout until an acknowledgement,
	// and has others send what it carries (out-of-tree kernel v0.9x). Off: only StaleRTOs counts, as in the upstream
	// kernel (losscount.go).
	PotentiallyFailed tcp.Switch

	// Tail resends, once the application has closed and all data was sent, what one subflow would bring
	// later than another can (tail.go).
	Tail tcp.Switch

	Nagle tcp.Switch // hold back a small tail while data is unacknowledged at the data level

	// Buffers in payload octets. Automatic tuning starts at the first and ends at the Max value. The
	// receive buffer must not exceed what the TCP stack's window scale can express.
	ReceiveBuffer, ReceiveBufferMax int64
	SendBuffer, SendBufferMax       int64
}

// Validate reports the first field that is out of range, or nil.
func (c Config) Validate() error {
	_, err := c.resolve()
	return err
}

// Resolved returns c with every zero field replaced by its profile's value.
func (c Config) Resolved() (Config, error) { return c.resolve() }

func pick[T comparable](field *T, base T) {
	var zero T
	if *field == zero {
		*field = base
	}
}

func (c Config) resolve() (Config, error) {
	if c.Profile == "" {
		c.Profile = "linux"
	}
	b, ok := profile(c.Profile)
	if !ok {
		return c, fmt.Errorf("mptcp: no profile %q: use one of %v", c.Profile, Profiles())
	}
	pick(&c.Versions, b.Versions)
	pick(&c.RetryOlder, b.RetryOlder)
	pick(&c.Stateless, b.Stateless)
	pick(&c.VersionMemory, b.VersionMemory)
	pick(&c.BlackHole, b.BlackHole)
	pick(&c.BlackHolePerPeer, b.BlackHolePerPeer)
	pick(&c.Checksum, b.Checksum)
	pick(&c.RefuseChecksum, b.RefuseChecksum)
	pick(&c.HoldUnmapped, b.HoldUnmapped)
	pick(&c.FastCloseOnACK, b.FastCloseOnACK)
	pick(&c.FailQuietly, b.FailQuietly)
	pick(&c.NoJoinHere, b.NoJoinHere)
	pick(&c.SYNsCapable, b.SYNsCapable)
	pick(&c.Scheduler, b.Scheduler)
	pick(&c.PathManager, b.PathManager)
	pick(&c.MaxSubflows, b.MaxSubflows)
	pick(&c.SamePort, b.SamePort)
	pick(&c.StaleRTOs, b.StaleRTOs)
	pick(&c.MinDataRTO, b.MinDataRTO)
	pick(&c.MaxDataRTO, b.MaxDataRTO)
	pick(&c.CloseTimeout, b.CloseTimeout)
	pick(&c.AddAddrTimeout, b.AddAddrTimeout)
	pick(&c.AddAddrTries, b.AddAddrTries)
	pick(&c.Opportunistic, b.Opportunistic)
	pick(&c.Penalise, b.Penalise)
	pick(&c.Tail, b.Tail)
	pick(&c.PotentiallyFailed, b.PotentiallyFailed)
	pick(&c.Nagle, b.Nagle)
	c.Policy = c.Policy.resolve(b.Policy)
	c.Data = c.Data.resolve(b.Data)
	buffers(&c.ReceiveBuffer, &c.ReceiveBufferMax, b.ReceiveBuffer, b.ReceiveBufferMax)
	buffers(&c.SendBuffer, &c.SendBufferMax, b.SendBuffer, b.SendBufferMax)
	return c, c.check()
}

// buffers lets a given limit lower the profile's initial size, and a given initial size raise the
// profile's limit.
func buffers(initial, limit *int64, baseInitial, baseLimit int64) {
	if *limit == 0 {
		*limit = max(baseLimit, *initial)
	}
	if *initial == 0 {
		*initial = min(baseInitial, *limit)
	}
}

// offered is the version that an opener offers, as a set.
func (c *Config) offered() Versions {
	if c.Offer != 0 {
		return c.Offer
	}
	return c.Versions
}

func (c Config) check() error {
	bad := func(field string, value any, want string) error {
		return fmt.Errorf("mptcp: %s is %v: must be %s", field, value, want)
	}
	switch {
	case c.Checksum == tcp.On && c.RefuseChecksum == tcp.On:
		return bad("refusing checksums", "on", "off when checksums are asked for")
	case c.Versions&^versionsKnown != 0:
		return bad("set of versions", c.Versions, "of 0 and 1")
	case c.Offer != 0 && (c.Offer&(c.Offer-1) != 0 || c.Versions&c.Offer == 0):
		return bad("version to offer", c.Offer, "one of those spoken")
	case c.SYNsCapable < 1 || c.SYNsCapable > 100:
		return bad("SYNs with MP_CAPABLE", c.SYNsCapable, "1..100")
	case c.MaxSubflows < 1 || c.MaxSubflows > 255:
		return bad("largest number of subflows", c.MaxSubflows, "1..255")
	case c.StaleRTOs < 1:
		return bad("timeouts before stale", c.StaleRTOs, "at least 1")
	case c.MinDataRTO <= 0 || c.MaxDataRTO < c.MinDataRTO:
		return bad("data-level RTO", c.MinDataRTO, "positive and at most its maximum")
	case c.CloseTimeout <= 0:
		return bad("close timeout", c.CloseTimeout, "positive")
	case c.AddAddrTimeout <= 0 || c.AddAddrTries < 1:
		return bad("ADD_ADDR transmissions", c.AddAddrTries, "at least 1, with a positive timeout")
	case c.ReceiveBuffer < 256 || c.ReceiveBufferMax < c.ReceiveBuffer || c.ReceiveBufferMax > 1<<30:
		return bad("receive buffer", c.ReceiveBufferMax, "256 octets .. 1 GiB and at least the initial size")
	case c.SendBuffer < 256 || c.SendBufferMax < c.SendBuffer:
		return bad("send buffer", c.SendBufferMax, "at least 256 octets and the initial size")
	}
	if err := c.Policy.check(); err != nil {
		return err
	}
	if err := c.Data.check(); err != nil {
		return err
	}
	if _, err := sched.New(c.Scheduler); err != nil {
		return err
	}
	_, err := pm.New(c.PathManager, c.Paths)
	return err
}
