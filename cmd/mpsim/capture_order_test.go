package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// TestCheckCaptureMixedTimes: a capture in which each interface's packets stand in blocks, as dumpcap writes
// them, is judged in the order of time.
func TestCheckCaptureMixedTimes(t *testing.T) {
	type packet struct {
		at    int64
		iface int
		ip    []byte
	}
	var blocks [][]packet
	const block = 50e6 // ns
	n := int64(0)
	_, err := readCapture(bytes.NewReader(smallCapture(t)), func(c captured) error {
		for int(c.at/block) >= len(blocks) {
			blocks = append(blocks, nil)
		}
		b := &blocks[int(c.at/block)]
		n++ // no two packets at one time, so that the order is known
		*b = append(*b, packet{c.at + n, c.iface, bytes.Clone(c.ip)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	raw := pcapgo.NgInterface{LinkType: layers.LinkTypeRaw, TimestampResolution: 9}
	w, err := pcapgo.NewNgWriterInterface(&out, raw, pcapgo.NgWriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.AddInterface(raw); err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		for _, iface := range []int{1, 0} {
			for _, p := range b {
				if p.iface != iface {
					continue
				}
				err := w.WritePacket(gopacket.CaptureInfo{Timestamp: time.Unix(0, p.at), CaptureLength: len(p.ip),
					Length: len(p.ip), InterfaceIndex: iface}, p.ip)
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	status, text := check(t, out.Bytes())
	if status != 0 || !strings.Contains(text, "2 subflows, 1 + 200001 data-acknowledged") ||
		!strings.Contains(text, " 0 violations, 0 warnings, 0 notes") {
		t.Errorf("status %d: %s", status, text)
	}
}
