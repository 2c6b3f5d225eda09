package audit

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"mpsim/sim"
)

// FuzzAudit: any octets as packets never panic, whatever the options, and the numbers of the summary agree with
// the findings. The input is a list of packets: two octets of length, of which the upper three bits say where the
// packet is seen; then the packet.
func FuzzAudit(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte, flags byte) {
		a := New(Options{Complete: flags&1 != 0, LocalOnly: flags&2 != 0, NoContent: flags&4 != 0,
			Behind: Behind(flags >> 3), HoldOctets: 4096, PerCheck: 1000})
		for at := sim.Time(0); len(b) > 2; at += 1000 {
			n := int(binary.BigEndian.Uint16(b))
			dir := Direction(n >> 13 % 3)
			n = min(n&0x1fff, len(b)-2)
			_ = a.Octets(at, dir, b[2:2+n])
			b = b[2+n:]
		}
		a.Finish()
		checkSums(t, a)
	})
}

// checkSums holds the summary to the findings.
func checkSums(t *testing.T, a *Auditor) {
	var have, want [3]int
	for _, x := range a.Findings() {
		have[x.Severity]++
		_ = x.String()
	}
	for _, c := range a.Connections() {
		want[Violation] += c.Violations
		want[Warning] += c.Warnings
		want[Note] += c.Notes
	}
	if have != want && len(a.Findings()) < 1000 {
		t.Fatalf("findings %v, summaries %v", have, want)
	}
}

// FuzzBreak: a good trace with a few octets changed, cut, repeated or reordered never panics the auditor. The
// input is a list of changes: packet, offset, octet.
func FuzzBreak(f *testing.F) {
	f.Fuzz(func(t *testing.T, changes []byte, flags byte) {
		s := good(t, int(flags&1), flags&2 != 0)
		var packets [][]byte
		for _, x := range s.steps {
			b, err := x.seg.Append(nil, s.contents)
			if err != nil {
				t.Fatal(err)
			}
			packets = append(packets, b)
		}
		for ; len(changes) >= 3; changes = changes[3:] {
			i, offset := int(changes[0])%len(packets), int(changes[1])
			p := packets[i]
			switch {
			case offset < len(p):
				p[offset] ^= changes[2]
			case changes[2]&1 == 0:
				packets = append(packets, p)
			default:
				j := int(changes[2]>>1) % len(packets)
				packets[i], packets[j] = packets[j], packets[i]
			}
		}
		a := New(Options{Complete: flags&4 != 0, LocalOnly: flags&8 != 0, PerCheck: 1000, HoldOctets: 1 << 20})
		for i, p := range packets {
			_ = a.Octets(sim.Time(i)*1e6, Direction(flags>>4%3), p)
		}
		a.Finish()
		checkSums(t, a)
	})
}

// TestSeeds writes or holds the seed corpus: good traces and each broken one.
func TestSeeds(t *testing.T) {
	seed := func(target, name, text string) {
		path := filepath.Join("testdata", "fuzz", target, name)
		if os.Getenv("UPDATE_SEEDS") != "" {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if have, err := os.ReadFile(path); err != nil || string(have) != text {
			t.Errorf("seed %s is not up to date (%v); run UPDATE_SEEDS=1 go test -run TestSeeds", path, err)
		}
	}
	for i := range 4 {
		s := good(t, i&1, i&2 != 0)
		var b []byte
		for _, x := range s.steps {
			p, err := x.seg.Append(nil, s.contents)
			if err != nil {
				t.Fatal(err)
			}
			dir := Outbound
			if !x.fromA {
				dir = Inbound
			}
			b = append(binary.BigEndian.AppendUint16(b, uint16(len(p))|uint16(dir)<<13), p...)
		}
		seed("FuzzAudit", fmt.Sprintf("good-%d", i), fmt.Sprintf("go test fuzz v1\n[]byte(%q)\nbyte(%q)\n", b, rune(i)))
		changes := []byte{1, 60, 1, byte(7 + i), 255, 0, 9, 40, 30}
		seed("FuzzBreak", fmt.Sprintf("break-%d", i), fmt.Sprintf("go test fuzz v1\n[]byte(%q)\nbyte(%q)\n", changes, rune(i)))
	}
}
