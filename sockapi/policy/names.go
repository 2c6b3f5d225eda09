package policy

import (
	"fmt"
	"strconv"
	"strings"

	"mpsim/sim/unit"
)

// Names lists the policies that New knows, in alphabetical order.
func Names() []string { return []string{"aggregate", "handover", "interactive", "primary"} }

// New returns a policy with its defaults by its name, for one socket. The error lists the names.
func New(name string) (Policy, error) {
	switch name {
	case "aggregate":
		return Aggregate{}, nil
	case "handover":
		return Handover{}, nil
	case "interactive":
		return &Interactive{}, nil
	case "primary":
		return Primary{}, nil
	}
	return nil, fmt.Errorf("policy %q: no such policy (have %s)", name, strings.Join(Names(), ", "))
}

// values of the enumerations of Intents, in their order from 1.
func intentValues(key string) []string {
	switch key {
	case "category":
		return []string{"query", "bulk", "control", "keepalives", "stream"}
	case "burstiness":
		return []string{"random", "regular", "none", "bulk"}
	case "timeliness":
		return []string{"streaming", "interactive", "transfer", "background"}
	case "resilience":
		return []string{"sensitive", "tolerant", "resilient"}
	}
	return nil
}

// Set sets an intent by name: category, burstiness, timeliness and resilience to one of their words,
// filesize and bitrate to octets (a second), duration to seconds, as the C interface has them. The error
// says what is possible.
func (x *Intents) Set(key, value string) error {
	if words := intentValues(key); words != nil {
		for i, w := range words {
			if w == value {
				x.set(key, uint8(i+1))
				return nil
			}
		}
		return fmt.Errorf("intent %s is %q: must be one of %s", key, value, strings.Join(words, ", "))
	}
	n, err := strconv.ParseInt(value, 10, 64)
	switch {
	case key != "filesize" && key != "bitrate" && key != "duration":
		return fmt.Errorf("intent %q: no such intent (have category, filesize, duration, bitrate, burstiness, "+
			"timeliness, resilience)", key)
	case err != nil || n <= 0 || key == "duration" && n > maxSeconds:
		return fmt.Errorf("intent %s is %q: must be a positive whole number", key, value)
	case key == "filesize":
		x.FileSize = n
	case key == "bitrate":
		x.Bitrate = n
	default:
		x.Duration = unit.Duration(n) * unit.Second
	}
	return nil
}

// maxSeconds bounds a duration that was told: a century.
const maxSeconds = 100 * 366 * 86400

func (x *Intents) set(key string, v uint8) {
	switch key {
	case "category":
		x.Category = Category(v)
	case "burstiness":
		x.Burstiness = Burstiness(v)
	case "timeliness":
		x.Timeliness = Timeliness(v)
	default:
		x.Resilience = Resilience(v)
	}
}
