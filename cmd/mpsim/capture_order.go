package main

import (
	"bytes"
	"io"
	"slices"
)

// timeline watches whether packets come in the order of their times. A capture of several interfaces is written
// in the order in which their buffers were read, so that a packet may stand behind later ones of another
// interface.
type timeline struct {
	last  int64
	mixed bool
}

func (t *timeline) packet(c captured) {
	t.mixed = t.mixed || c.at < t.last
	t.last = max(t.last, c.at)
}

// numbered is a packet with its number in the file.
type numbered struct {
	captured
	number int
	order  int64 // ns: the latest time of its interface so far
}

// readInOrder calls each for every packet in the order of time, with its number in the file. Packets of one
// interface keep the order of the file, whatever a clock that was set did to their times.
func (t *timeline) readInOrder(r io.Reader, each func(number int, c captured) error) error {
	number := 0
	if !t.mixed {
		_, err := readCapture(r, func(c captured) error {
			number++
			return each(number, c)
		})
		return err
	}
	var all []numbered
	latest := map[int]int64{}
	_, err := readCapture(r, func(c captured) error {
		number++
		if before, ok := latest[c.iface]; !ok || before < c.at {
			latest[c.iface] = c.at
		}
		if c.ip != nil {
			c.ip = bytes.Clone(c.ip)
		}
		all = append(all, numbered{captured: c, number: number, order: latest[c.iface]})
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(all, func(a, b numbered) int {
		switch {
		case a.order < b.order:
			return -1
		case a.order > b.order:
			return 1
		}
		return 0
	})
	for _, p := range all {
		if err := each(p.number, p.captured); err != nil {
			return err
		}
	}
	return nil
}
