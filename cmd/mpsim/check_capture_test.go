package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"mpsim/model/audit"
	"mpsim/model/wire"
	"mpsim/scenarios"
)

// TestCheckCaptureOfScenarios: the captures of all shipped scenarios hold to the rules.
func TestCheckCaptureOfScenarios(t *testing.T) {
	for _, s := range scenarios.List() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			dir := runScenario(t, s.Name, "--capture", "--figures=false", "--series=false")
			captures, err := filepath.Glob(filepath.Join(dir, "capture", "*.pcapng"))
			if err != nil || len(captures) == 0 {
				t.Fatalf("no capture in %s (%v)", dir, err)
			}
			flags := []string{"check-capture", "--strict"}
			if strings.HasPrefix(s.Name, "attack/") || s.Name == "middlebox/payload-rewriter" {
				flags = append(flags, "--local") // what arrives breaks rules, what hosts send must not
			}
			out := runMpsim(t, append(flags, captures...)...)
			if got := strings.Count(out, " 0 violations, 0 warnings"); got != len(captures) {
				t.Errorf("%s", out)
			}
		})
	}
}

// smallCapture runs a small scenario and returns the client's capture.
func smallCapture(t testing.TB) []byte {
	text, err := os.ReadFile(filepath.Join("testdata", "script", "check_capture.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	_, scenario, _ := strings.Cut(string(text), "-- two.yaml --\n")
	dir := t.TempDir()
	file := filepath.Join(dir, "two.yaml")
	if err := os.WriteFile(file, []byte(strings.Replace(scenario, "500 kB", "200 kB", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if status := mainWith(&out, &errs, []string{"run", file, "-o", dir, "--capture", "--figures=false",
		"--series=false"}); status != 0 {
		t.Fatalf("status %d: %s", status, errs.String())
	}
	b, err := os.ReadFile(filepath.Join(dir, "two", "base", "1", "capture", "client.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// rewrite turns a capture into a pcap file of another link type, changing its packets on the way; nil drops one.
func rewrite(t testing.TB, capture []byte, link layers.LinkType, change func(n int, ip []byte, inbound bool) []byte) []byte {
	var out bytes.Buffer
	w := pcapgo.NewWriterNanos(&out)
	if err := w.WriteFileHeader(1<<16, link); err != nil {
		t.Fatal(err)
	}
	n := 0
	_, err := readCapture(bytes.NewReader(capture), func(c captured) error {
		n++
		ip := change(n, bytes.Clone(c.ip), c.dir == audit.Inbound)
		if ip == nil {
			return nil
		}
		frame := frameOf(link, ip, c.dir)
		return w.WritePacket(gopacket.CaptureInfo{Timestamp: time.Unix(0, c.at), CaptureLength: len(frame),
			Length: len(frame)}, frame)
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// frameOf puts an IPv4 packet in a frame of the link type.
func frameOf(link layers.LinkType, ip []byte, dir audit.Direction) []byte {
	packetType := byte(0)
	if dir == audit.Outbound {
		packetType = 4
	}
	switch link {
	case layers.LinkTypeEthernet: // with a VLAN tag
		return append(append(make([]byte, 12), 0x81, 0x00, 0x00, 0x07, 0x08, 0x00), ip...)
	case layers.LinkTypeLinuxSLL:
		h := make([]byte, 16)
		h[1], h[14] = packetType, 0x08
		return append(h, ip...)
	case layers.LinkTypeLinuxSLL2:
		h := make([]byte, 20)
		h[0], h[10] = 0x08, packetType
		return append(h, ip...)
	case layers.LinkTypeNull:
		return append([]byte{2, 0, 0, 0}, ip...)
	case layers.LinkTypePPP:
		return append([]byte{0xff, 0x03, 0x00, 0x21}, ip...)
	}
	return ip
}

// check runs check-capture on a file's octets.
func check(t testing.TB, capture []byte, flags ...string) (status int, out string) {
	file := filepath.Join(t.TempDir(), "trace")
	if err := os.WriteFile(file, capture, 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	status = mainWith(&stdout, &stderr, append([]string{"check-capture", file}, flags...))
	return status, stdout.String() + stderr.String()
}

// TestCheckCaptureLinkTypes: the same packets are read from each link type.
func TestCheckCaptureLinkTypes(t *testing.T) {
	capture := smallCapture(t)
	same := func(_ int, ip []byte, _ bool) []byte { return ip }
	for _, link := range []layers.LinkType{layers.LinkTypeRaw, layers.LinkTypeEthernet, layers.LinkTypeLinuxSLL,
		layers.LinkTypeLinuxSLL2, layers.LinkTypeNull, layers.LinkTypePPP} {
		status, out := check(t, rewrite(t, capture, link, same))
		if status != 0 || !strings.Contains(out, "2 subflows, 1 + 200001 data-acknowledged") ||
			!strings.Contains(out, "0 violations, 0 warnings, 0 notes") {
			t.Errorf("link type %v: status %d\n%s", link, status, out)
		}
	}
	status, out := check(t, rewrite(t, capture, layers.LinkTypeFDDI, same))
	if status != exitBadInput || !strings.Contains(out, "link type 10") {
		t.Errorf("link type FDDI: status %d\n%s", status, out)
	}
}

// TestCheckCaptureFindsBreaks: a capture with one thing broken gives status 1 and names it; one that misses packets
// does not.
func TestCheckCaptureFindsBreaks(t *testing.T) {
	capture := smallCapture(t)
	decode := func(ip []byte) (s wire.Segment, payload []byte) {
		payload, err := s.Decode(ip, 1)
		if err != nil {
			t.Fatal(err)
		}
		return s, payload
	}
	// again encodes a changed segment.
	again := func(s wire.Segment, payload []byte) []byte {
		c := wire.NewContents()
		if s.Payload.Len > 0 {
			s.Payload.Stream = c.New()
			c.AppendBytes(s.Payload.Stream, 0, payload)
		}
		b, err := s.Append(nil, c)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, change := range map[string]func(s *wire.Segment, payload []byte) bool{
		"dss-checksum": func(s *wire.Segment, payload []byte) bool {
			if s.Opts&wire.OptDSS == 0 || len(payload) < 500 {
				return false
			}
			payload[100] ^= 1
			return true
		},
		"join-hmac": func(s *wire.Segment, _ []byte) bool {
			s.Join.HMAC[3] ^= 1
			return s.Opts&wire.OptJoin != 0 && s.Join.Form == wire.JoinACK
		},
		"data-ack-beyond": func(s *wire.Segment, _ []byte) bool {
			s.DSS.DataAck++
			return s.Opts&wire.OptDSS != 0 && s.DSS.Flags&wire.DSSAck != 0
		},
		"capable-key": func(s *wire.Segment, _ []byte) bool {
			s.Capable.ReceiverKey++
			return s.Opts&wire.OptCapable != 0 && s.Capable.Form == wire.CapableKeys
		},
	} {
		done := false
		broken := rewrite(t, capture, layers.LinkTypeRaw, func(_ int, ip []byte, _ bool) []byte {
			s, payload := decode(ip)
			if done {
				return ip
			}
			payload = bytes.Clone(payload)
			if changed := s; change(&changed, payload) {
				done = true
				return again(changed, payload)
			}
			return ip
		})
		status, out := check(t, broken)
		if status != exitFailed || !strings.Contains(out, "["+name+",") {
			t.Errorf("%s: status %d\n%s", name, status, out)
		}
	}
	gaps := rewrite(t, capture, layers.LinkTypeRaw, func(n int, ip []byte, inbound bool) []byte {
		if s, _ := decode(ip); inbound && s.Payload.Len > 0 && n%5 == 0 {
			return nil
		}
		return ip
	})
	if status, out := check(t, gaps); status != 0 || !strings.Contains(out, "[trace-gaps,") {
		t.Errorf("a capture with gaps: status %d\n%s", status, out)
	}
	var path wire.Addr // the client's on the first subflow
	onePath := rewrite(t, capture, layers.LinkTypeRaw, func(_ int, ip []byte, _ bool) []byte {
		s, _ := decode(ip)
		if !path.IsValid() {
			path = s.Src
		}
		if s.Src != path && s.Dst != path {
			return nil
		}
		return ip
	})
	if status, out := check(t, onePath); status != 0 || !strings.Contains(out, "[paths-missing,") {
		t.Errorf("a capture of one path: status %d\n%s", status, out)
	}
}

// FuzzCaptureFile: any file is read to its end or refused, and audited, without a panic.
func FuzzCaptureFile(f *testing.F) {
	capture := smallCapture(f)
	f.Add(capture[:6000])
	for _, link := range []layers.LinkType{layers.LinkTypeEthernet, layers.LinkTypeLinuxSLL, layers.LinkTypeLinuxSLL2,
		layers.LinkTypeNull, layers.LinkTypePPP} {
		f.Add(rewrite(f, capture, link, func(n int, ip []byte, _ bool) []byte { return ip })[:5000])
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		a := audit.New(audit.Options{HoldOctets: 1 << 16})
		seen := newSightings()
		n := 0
		_, err := readCapture(bytes.NewReader(file), func(c captured) error {
			if n++; n > 1000 {
				return io.EOF
			}
			seen.packet(c)
			_ = a.Octets(relative(c.at, 0), c.dir, c.ip)
			return nil
		})
		_ = err
		_ = seen.group()
		a.Finish()
	})
}
