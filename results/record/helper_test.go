package record

import (
	"os"
	"path/filepath"
	"testing"

	"mpsim/sim/trace"
)

// mixed returns a table with one column of each kind and n rows, the chunk going to no sink yet.
func mixed() *trace.Table {
	return trace.NewTable("mixed", "one column of each kind",
		trace.Column{Name: "time_ns", Kind: trace.Time, Doc: "instant"},
		trace.Column{Name: "zebra_bytes", Doc: "a number; sorts after the next"},
		trace.Column{Name: "apple_ns", Optional: true, Doc: "a number or nothing"},
		trace.Column{Name: "word", Kind: trace.Dict},
		trace.Column{Name: "maybe_word", Kind: trace.Dict, Optional: true},
		trace.Column{Name: "truth", Kind: trace.Bool},
		trace.Column{Name: "real", Kind: trace.Float, Optional: true},
	)
}

// fill appends n rows that depend on nothing but n.
func fill(t *trace.Table, n int) {
	words := []string{"phone.wifi", "phone.lte", "", `a "quoted", word`, "über"}
	x := uint64(1)
	for i := range n {
		x = x*6364136223846793005 + 1442695040888963407
		apple, maybe := int64(x>>40), t.Intern(4, words[x>>33%5])
		real := trace.Real(float64(int64(x)) / 3e9)
		if x>>22%5 == 0 {
			real = trace.None
		}
		if x>>20%3 == 0 {
			apple = trace.None
		}
		if x>>21%4 == 0 {
			maybe = trace.None
		}
		t.Append(int64(i)*1_000_003, int64(x)>>1, apple, t.Intern(3, words[x>>50%5]), maybe, int64(x>>60&1), real)
	}
}

func sample() *trace.Summary {
	s := trace.NewSummary()
	s.Run.Int("simulated_ns", 20_000_000_000)
	r := s.Add(trace.GroupConnections)
	r.Int("connection", 1)
	r.Text("host", "phone <&> \"x\"")
	r.Int("goodput_bps", 7_900_000)
	r.Bool("fallback", false)
	r.Ratio("loss_ratio", 1, 3)
	r.Null("srtt_ns")
	s.Add(trace.GroupConnections).Int("connection", 2)
	s.Add(trace.GroupLinks).Text("link", "wifi.down")
	return s
}

// write makes a whole result at dir.
func write(t *testing.T, dir string, opt Options, rows int) {
	t.Helper()
	if err := writeErr(dir, opt, rows, nil); err != nil {
		t.Fatal(err)
	}
}

func writeErr(dir string, opt Options, rows int, inject func(*Run)) error {
	r, err := Create(dir, opt)
	if err != nil {
		return err
	}
	defer r.Abort()
	if inject != nil {
		inject(r)
	}
	table := mixed()
	if err := r.Table(table); err != nil {
		return err
	}
	if err := r.Series(trace.NewSeries()); err != nil {
		return err
	}
	c, err := r.Capture("phone")
	if err != nil {
		return err
	}
	wifi, lte := c.Interface("wifi"), c.Interface("lte")
	fill(table, rows)
	for i := range 10 {
		c.Packet(int64(i)*1_500_000_001, []int{wifi, lte}[i%2], i%3 == 0, packet[:])
	}
	var timing trace.Record
	timing.Int("wall_ns", int64(len(dir)))
	return r.Commit(Manifest{Scenario: "test/mixed", Point: "base", Seed: 7, Version: "test",
		Digest: "00112233445566778899aabbccddeeff", EffectiveScenario: "a: <1>\n"}, sample(), &timing)
}

// packet is an IPv4 UDP datagram from 10.0.0.1:9 to 10.0.0.2:9 with the payload "hi" and no UDP
// checksum.
var packet = [30]byte{0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0x66, 0xcd, 10, 0, 0, 1, 10, 0, 0, 2,
	0, 9, 0, 9, 0, 10, 0, 0, 'h', 'i'}

// tree returns the contents of every file below dir by relative path.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
