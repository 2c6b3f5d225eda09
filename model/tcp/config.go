package tcp

import (
	"fmt"

	"mpsim/model/cc"
	"mpsim/sim/unit"
)

// Switch is a setting that a profile decides unless it is given.
type Switch uint8

// Values of a Switch.
const (
	ByProfile Switch = iota
	On
	Off
)

// Config holds one host's TCP parameters; zero fields take the profile's value (see profile.go for the
// values and where they come from).
type Config struct {
	Profile    string // "linux" (default) or "rfc"
	Congestion string // name of a controller of package cc

	MTU  int   // octets of the largest IP packet, 68..65535; bounds the MSS
	TTL  uint8 // of outgoing packets
	DSCP uint8 // 0..63

	InitialWindow int // segments (RFC 6928), 1..1000

	InitialRTO unit.Duration // before the first sample (RFC 6298 section 2.1)
	MinRTO     unit.Duration // lower bound (RFC 6298 section 2.4), see VarianceFloor
	MaxRTO     unit.Duration // cap of the back-off (RFC 6298 section 2.5, at least 60 s)
	// VarianceFloor applies MinRTO to the variance term, RTO = SRTT + max(MinRTO, 4 RTTVAR), as Linux
	// does, instead of to the sum.
	VarianceFloor Switch

	SYNRetries    int           // SYN retransmissions, LinearSYNs apart, before a connect fails
	SYNACKRetries int           // SYN/ACK retransmissions before the half-open endpoint goes
	LinearSYNs    int           // first SYN retransmissions without back-off
	Retries       int           // retransmissions of one segment before the connection fails (R2)
	UserTimeout   unit.Duration // age of unacknowledged data that fails it (RFC 5482); 0: Retries alone

	DelayedACK  unit.Duration // longest delay of an ACK (RFC 9293 3.8.6.3: below 0.5 s)
	ACKEvery    int           // full segments that provoke an ACK at once; 1 turns delayed ACKs off
	QuickACKs   int           // ACKs not delayed at the start and after idle or reordering
	ACKInterval unit.Duration // least distance of ACKs that answer unacceptable segments without data

	Timestamps    Switch        // RFC 7323 section 3
	WindowScaling Switch        // RFC 7323 section 2
	SACK          Switch        // RFC 2018; DSACK (RFC 2883), RACK-TLP (RFC 8985) need it
	RACK          Switch        // RFC 8985; off: three duplicate ACKs (RFC 6675)
	TLP           Switch        // RFC 8985 section 7; needs RACK
	ECN           Switch        // RFC 3168: offered, and accepted when offered
	ECNPassive    Switch        // accepted when offered, also without ECN
	Pacing        Switch        // spread segments over the round trip
	SmallQueues   unit.Duration // up to 1 s: new data waits while the interface has more to send; 0: no limit
	IdleRestart   Switch        // restart window after idle (RFC 5681 section 4.1)
	Nagle         Switch        // RFC 9293 section 3.7.4
	Minshall      Switch        // Nagle's rule looks at small segments in flight only
	FastOpen      FastOpenFlags // RFC 7413
	Keepalive     Switch        // RFC 9293 section 3.8.4; endpoints can change it
	TimestampTick unit.Duration // of TSval (RFC 7323 section 5.4: 1 ms .. 1 s)

	KeepaliveIdle     unit.Duration
	KeepaliveInterval unit.Duration
	KeepaliveProbes   int

	TimeWait unit.Duration // 2 MSL
	FinWait2 unit.Duration // of an endpoint whose application has gone

	// Buffers, payload octets of one plain stream. Automatic tuning starts at Initial and ends at Max; a
	// stream whose Initial equals Max has a fixed buffer.
	ReceiveBuffer, ReceiveBufferMax int64
	SendBuffer, SendBufferMax       int64
}

// params are the resolved parameters of a stack: what the code reads.
type params struct {
	Config
	variance, timestamps, scaling, sack, rack, ecn, pacing, idleRestart, nagle, minshall, keepalive bool
	windowShift                                                                                     uint8
	tos                                                                                             uint8

	ecnPassive  bool
	tlp         bool
	smallQueues bool
	linux       bool // habits of Linux that no field stands for
	unpredicted bool // tests: no header prediction
}

// Validate reports the first field that is out of range, or nil.
func (c Config) Validate() error {
	_, err := c.resolve()
	return err
}

// Resolved returns c with every zero field replaced by its profile's value.
func (c Config) Resolved() (Config, error) {
	p, err := c.resolve()
	return p.Config, err
}

func (c Config) resolve() (params, error) {
	if c.Profile == "" {
		c.Profile = "linux"
	}
	base, ok := profile(c.Profile)
	if !ok {
		return params{}, fmt.Errorf("tcp: no profile %q: use one of %v", c.Profile, Profiles())
	}
	c.fill(&base)
	if err := c.check(); err != nil {
		return params{}, err
	}
	p := params{Config: c,
		variance: c.VarianceFloor == On, timestamps: c.Timestamps == On, scaling: c.WindowScaling == On,
		sack: c.SACK == On, rack: c.RACK == On && c.SACK == On, ecn: c.ECN == On, pacing: c.Pacing == On,
		idleRestart: c.IdleRestart == On, nagle: c.Nagle == On, minshall: c.Minshall == On,
		keepalive: c.Keepalive == On, tos: c.DSCP << 2, linux: c.Profile == "linux",
		tlp:        c.TLP == On && c.RACK == On && c.SACK == On,
		ecnPassive: c.ECN == On || c.ECNPassive == On,

		smallQueues: c.SmallQueues > 0 && c.Pacing != On,
	}
	p.windowShift = scaleFor(c.ReceiveBufferMax)
	return p, nil
}

func pick[T comparable](field *T, base T) {
	var zero T
	if *field == zero {
		*field = base
	}
}

// fill replaces the zero fields.
func (c *Config) fill(b *Config) {
	pick(&c.Congestion, b.Congestion)
	pick(&c.MTU, b.MTU)
	pick(&c.TTL, b.TTL)
	pick(&c.InitialWindow, b.InitialWindow)
	pick(&c.InitialRTO, b.InitialRTO)
	pick(&c.MinRTO, b.MinRTO)
	pick(&c.MaxRTO, b.MaxRTO)
	pick(&c.VarianceFloor, b.VarianceFloor)
	pick(&c.SYNRetries, b.SYNRetries)
	pick(&c.SYNACKRetries, b.SYNACKRetries)
	pick(&c.LinearSYNs, b.LinearSYNs)
	pick(&c.Retries, b.Retries)
	pick(&c.UserTimeout, b.UserTimeout)
	pick(&c.DelayedACK, b.DelayedACK)
	pick(&c.ACKEvery, b.ACKEvery)
	pick(&c.QuickACKs, b.QuickACKs)
	pick(&c.ACKInterval, b.ACKInterval)
	pick(&c.Timestamps, b.Timestamps)
	pick(&c.WindowScaling, b.WindowScaling)
	pick(&c.SACK, b.SACK)
	pick(&c.RACK, b.RACK)
	pick(&c.TLP, b.TLP)
	pick(&c.ECN, b.ECN)
	pick(&c.ECNPassive, b.ECNPassive)
	pick(&c.Pacing, b.Pacing)
	pick(&c.IdleRestart, b.IdleRestart)
	pick(&c.Nagle, b.Nagle)
	pick(&c.Minshall, b.Minshall)
	pick(&c.Keepalive, b.Keepalive)
	pick(&c.FastOpen, b.FastOpen)
	pick(&c.TimestampTick, b.TimestampTick)
	pick(&c.KeepaliveIdle, b.KeepaliveIdle)
	pick(&c.KeepaliveInterval, b.KeepaliveInterval)
	pick(&c.KeepaliveProbes, b.KeepaliveProbes)
	pick(&c.TimeWait, b.TimeWait)
	pick(&c.FinWait2, b.FinWait2)
	c.fillBuffers(b)
}

// fillBuffers lets a given limit lower the profile's initial size, and a given initial size raise
// the profile's limit.
func (c *Config) fillBuffers(b *Config) {
	pair := func(initial, limit *int64, baseInitial, baseLimit int64) {
		if *limit == 0 {
			*limit = max(baseLimit, *initial)
		}
		if *initial == 0 {
			*initial = min(baseInitial, *limit)
		}
	}
	pair(&c.ReceiveBuffer, &c.ReceiveBufferMax, b.ReceiveBuffer, b.ReceiveBufferMax)
	pair(&c.SendBuffer, &c.SendBufferMax, b.SendBuffer, b.SendBufferMax)
}

func (c *Config) check() error {
	bad := func(field string, value any, want string) error {
		return fmt.Errorf("tcp: %s is %v: must be %s", field, value, want)
	}
	switch {
	case c.MTU < 68 || c.MTU > 65535:
		return bad("MTU", c.MTU, "68..65535 octets")
	case c.DSCP > 63:
		return bad("DSCP", c.DSCP, "0..63")
	case c.InitialWindow < 1 || c.InitialWindow > 1000:
		return bad("initial window", c.InitialWindow, "1..1000 segments")
	case c.InitialRTO < 0 || c.MinRTO < 0 || c.MaxRTO < c.MinRTO || c.MaxRTO < c.InitialRTO:
		return bad("maximum RTO", c.MaxRTO, "at least the minimum and the initial RTO")
	case c.DelayedACK < 0 || c.DelayedACK > 500*unit.Millisecond:
		return bad("delayed ACK", c.DelayedACK, "at most 500 ms (RFC 9293 section 3.8.6.3)")
	case c.ACKEvery < 1 || c.ACKEvery > 1000:
		return bad("ACK every", c.ACKEvery, "1..1000 segments")
	case c.SmallQueues < 0 || c.SmallQueues > unit.Second:
		return bad("small queues", c.SmallQueues, "0 (no limit) .. 1 s")
	case c.TimestampTick < unit.Microsecond || c.TimestampTick > unit.Second:
		return bad("timestamp tick", c.TimestampTick, "1 us .. 1 s")
	case c.ReceiveBuffer < 256 || c.ReceiveBufferMax < c.ReceiveBuffer || c.ReceiveBufferMax > 1<<30:
		return bad("receive buffer", c.ReceiveBufferMax, "256 octets .. 1 GiB and at least the initial size")
	case c.SendBuffer < 256 || c.SendBufferMax < c.SendBuffer:
		return bad("send buffer", c.SendBufferMax, "at least 256 octets and the initial size")
	case c.Retries < 0 || c.SYNRetries < 0 || c.SYNACKRetries < 0 || c.UserTimeout < 0:
		return bad("retries", c.Retries, "not negative")
	case c.WindowScaling == Off && c.ReceiveBuffer > 65535:
		c.ReceiveBuffer, c.ReceiveBufferMax = 65535, 65535 // all that can be advertised
	}
	_, err := cc.New(c.Congestion)
	return err
}
