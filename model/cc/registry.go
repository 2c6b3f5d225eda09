package cc

import (
	"fmt"
	"strings"
)

// New returns a fresh controller of that name (see Names), for one subflow, or an error
// that lists the names.
func New(name string) (Controller, error) {
	switch name {
	case "balia":
		return &balia{}, nil
	case "coupled":
		return &coupled{}, nil
	case "cubic":
		return NewCubic(CubicConfig{}), nil
	case "dctcp":
		return newDCTCP(), nil
	case "ewtcp":
		return &ewtcp{}, nil
	case "lia":
		return &lia{}, nil
	case "newreno":
		return &newReno{}, nil
	case "olia":
		return &olia{}, nil
	}
	have := strings.Join(Names(), ", ")
	return nil, fmt.Errorf("congestion control %q: no such controller (have %s)", name, have)
}

// Names lists the controllers in alphabetical order.
func Names() []string {
	return []string{"balia", "coupled", "cubic", "dctcp", "ewtcp", "lia", "newreno", "olia"}
}
