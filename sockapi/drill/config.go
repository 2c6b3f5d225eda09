package drill

import (
	"fmt"
	"net/netip"
	"strconv"

	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi/drill/pkt"
)

// Config is what the options of the command line and of a script's first lines set.
type Config struct {
	Profile   string        // "linux" (default) or "rfc": of both stacks
	IPVersion string        // "ipv4" (default), "ipv6", "ipv4-mapped-ipv6"
	Tolerance unit.Duration // of packets' and calls' times; default 4 ms
	Strict    bool          // no more than Tolerance, however long the wait; no form but the script's
	Seed      uint64        // of the world; default 1
	Trace     func(line string)
	MTU       int      // octets; default 1500, over IPv6 1520
	Defines   []string // NAME=VALUE: words of the script that stand for others

	local, remote      wire.Addr
	bindPort, connPort uint16
	tsTick             unit.Duration
	checkEcho          bool
	permille           int64 // further tolerance, of the time since the event before
}

const (
	defaultTolerance = 4000 * unit.Microsecond
	defaultPermille  = 125
	defaultPort      = 8080
)

// defaults fills in what was not given; addresses are those of packetdrill's documentation.
func (c *Config) defaults() {
	if c.Profile == "" {
		c.Profile = "linux"
	}
	if c.IPVersion == "" {
		c.IPVersion = "ipv4"
	}
	if c.Tolerance == 0 {
		c.Tolerance = defaultTolerance
	}
	if c.Seed == 0 {
		c.Seed = 1
	}
	c.bindPort, c.connPort = defaultPort, defaultPort
	c.permille = defaultPermille
}

// addresses gives both ends their addresses once all options are known.
func (c *Config) addresses() {
	local, remote, mtu := "192.168.0.2", "192.0.2.1", 1500
	if c.IPVersion == "ipv6" {
		local, remote = "fd3d:fa7b:d17d::2", "2001:db8::1"
	}
	if !c.local.IsValid() {
		c.local = wire.AddrFrom(netip.MustParseAddr(local))
	}
	if !c.remote.IsValid() {
		c.remote = wire.AddrFrom(netip.MustParseAddr(remote))
	}
	if !c.local.Is4() {
		mtu += 20 // a segment holds as much as over IPv4
	}
	if c.MTU == 0 {
		c.MTU = mtu
	}
}

// set applies one option. Unknown ones are an error.
func (c *Config) set(o pkt.Option) error {
	number := func(low, high int64) (int64, error) {
		v, err := strconv.ParseInt(o.Value, 0, 64)
		if err != nil || v < low || v > high {
			return 0, fmt.Errorf("--%s=%s: must be a number %d..%d", o.Name, o.Value, low, high)
		}
		return v, nil
	}
	var v int64
	var err error
	switch o.Name {
	case "tolerance_usecs":
		if v, err = number(1, 1e9); err == nil {
			c.Tolerance = unit.Duration(v) * unit.Microsecond
		}
	case "tolerance_percent":
		var f float64
		if f, err = strconv.ParseFloat(o.Value, 64); err != nil || !(f >= 0 && f <= 100) {
			return fmt.Errorf("--%s=%s: must be a number 0..100", o.Name, o.Value)
		}
		c.permille = int64(f * 10)
	case "tcp_ts_tick_usecs":
		v, err = number(0, 1e6)
		c.tsTick = unit.Duration(v) * unit.Microsecond
	case "check_ts_ecr":
		c.checkEcho = true
	case "mtu":
		v, err = number(68, 65535)
		c.MTU = int(v)
	case "mss":
		_, err = number(1, 65535) // of the device's segmentation, which is not there
	case "bind_port":
		v, err = number(1, 65535)
		c.bindPort = uint16(v)
	case "connect_port":
		v, err = number(1, 65535)
		c.connPort = uint16(v)
	case "local_ip", "remote_ip":
		var a netip.Addr
		if a, err = netip.ParseAddr(o.Value); err != nil {
			return fmt.Errorf("--%s=%s: no IP address", o.Name, o.Value)
		}
		if o.Name == "local_ip" {
			c.local = wire.AddrFrom(a)
		} else {
			c.remote = wire.AddrFrom(a)
		}
	case "ip_version":
		switch o.Value {
		case "ipv4", "ipv6", "ipv4-mapped-ipv6":
			c.IPVersion = o.Value
		default:
			return fmt.Errorf("--ip_version=%s: ipv4, ipv6 or ipv4-mapped-ipv6", o.Value)
		}
	case "profile":
		if err = (tcp.Config{Profile: o.Value}).Validate(); err == nil {
			err = mptcp.Config{Profile: o.Value}.Validate()
		}
		c.Profile = o.Value
	case "gateway_ip", "netmask_ip", "speed", "non_fatal", "init_scripts", "strict_segments", "send_omit_free",
		"tcp_ts_ecr_scaled", "dry_run", "verbose", "debug", "verify_option_order":
		// Of devices, of the tool's own output, or always so here.
	default:
		return fmt.Errorf("--%s is no option that this runner knows", o.Name)
	}
	return err
}

// at turns script nanoseconds into virtual time.
func at(ns int64) sim.Time { return sim.Time(ns) }
