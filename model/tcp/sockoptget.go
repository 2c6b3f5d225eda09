package tcp

import "mpsim/sim/unit"

// What the settings of an endpoint are, for those who ask for options of one subflow.

// Keepalive returns whether keepalive is on, its idle time and interval, and the probes that may stay
// unanswered.
func (e *Endpoint) Keepalive() (on bool, idle, interval unit.Duration, probes int) {
	return e.keepOn, e.keep.idle, e.keep.interval, int(e.keep.probes)
}

// UserTimeout returns the user timeout, 0: none.
func (e *Endpoint) UserTimeout() unit.Duration { return e.userLimit }

// TTL returns the TTL or hop limit of outgoing packets.
func (e *Endpoint) TTL() uint8 { return e.ttl }

// QuickACK tells that SetQuickACK has every ACK sent at once.
func (e *Endpoint) QuickACK() bool { return e.rcv.quickAll }
