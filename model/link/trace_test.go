package link

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpsim/sim"
	"mpsim/sim/unit"
)

func parse(t checker, text string) *Trace {
	t.Helper()
	tr, err := ParseTrace("t", strings.NewReader(text))
	noError(t, err)
	return tr
}

func TestParseTraceErrors(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", "lte.down:1: empty trace"},
		{"1\nx\n", `lte.down:2: "x" is not a number`},
		{"1\n1.5\n", `lte.down:2: "1.5" is not a number`},
		{"1\n\n2\n", "lte.down:2: empty line"},
		{"1\n-2\n", `lte.down:2: negative time "-2"`},
		{"1\n5\n4\n", "lte.down:3: time goes backwards, from 5 ms to 4 ms"},
		{"0\n0\n", "lte.down:2: the last time, which is the trace's period, is 0 ms"},
		{"99999999999999999999999\n", "lte.down:1: time 99999999999999999999999 ms is too large"},
		{"9999999999999\n", "lte.down:1: time 9999999999999 ms is too large"},
		{"1\n" + strings.Repeat("1", 1<<17), "lte.down:2: "},
	}
	for _, tt := range tests {
		if _, err := ParseTrace("lte.down", strings.NewReader(tt.text)); err == nil ||
			!strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%.20q: error %v, want %q", tt.text, err, tt.want)
		}
	}
	if tr := parse(t, "0\r\n 7 \r\n7"); tr.Period() != 7*unit.Millisecond || tr.Name() != "t" {
		t.Errorf("period %v", tr.Period())
	}
}

func FuzzParseTrace(f *testing.F) {
	for _, s := range []string{"0\n0\n1\n", "1\n5\n4\n", "", "-1", "x", "12\n\n", "4294967296\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		tr, err := ParseTrace("t", strings.NewReader(string(text)))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "t:") {
				t.Errorf("error without its place: %v", err)
			}
			return
		}
		period := sim.Time(tr.Period())
		if got := tr.Capacity(0, period+1) - tr.Capacity(0, 1); period <= 0 || got <= 0 {
			t.Errorf("period %d, %d octets in it", period, got)
		}
	})
}

func TestTraceDelivery(t *testing.T) {
	b := newBench(t, Config{Delay: 10 * unit.Millisecond, Trace: parse(t, "5\n5\n8\n20\n")})
	b.sendAt(0, 1500, 700, 800, 40, 1500)   // 5; both in the second 5; 8; the rest of 8 and 20
	b.sendAt(20*ms1+1, 4000)                // next cycle, period 20 ms: 25, 25, 28
	b.sendAt(28*ms1, 500, 1)                // 500 octets of 28 are left, then 40
	b.sendAt(200*ms1, 40)                   // long idle, at an opportunity: the end of a cycle
	b.sendAt(sim.Time(unit.Minute)+1, 1500) // by search
	b.run(sim.Time(2 * unit.Minute))
	b.wantArrivals(t, 15*ms1, 15*ms1, 15*ms1, 18*ms1, 30*ms1, 38*ms1, 38*ms1, 50*ms1, 210*ms1,
		sim.Time(unit.Minute)+15*ms1)
	b.wantConserved(t, 10)
}

// slowTrace walks the opportunities one by one.
func slowTrace(tr *Trace, until sim.Time) []sim.Time {
	var at []sim.Time
	for cycle := sim.Time(0); ; cycle += sim.Time(tr.Period()) {
		for _, v := range tr.at {
			if cycle+ms(v) > until {
				return at
			}
			at = append(at, cycle+ms(v))
		}
	}
}

// TestTraceAgainstReference compares departures with a queue served at each opportunity in turn, and
// Capacity with a count.
func TestTraceAgainstReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfN(rapid.IntRange(0, 60), 1, 12).Draw(t, "trace")
		slices.Sort(times)
		times = append(times, times[len(times)-1]+rapid.IntRange(1, 9).Draw(t, "last"))
		text := strings.Trim(strings.ReplaceAll(fmt.Sprint(times), " ", "\n"), "[]")
		tr := parse(t, text)
		b := newBench(t, Config{Trace: tr})
		type packet struct {
			at   sim.Time
			size int
		}
		var packets []packet
		now := sim.Time(0)
		for range rapid.IntRange(1, 30).Draw(t, "packets") {
			now += ms1 * sim.Time(rapid.SampledFrom([]int{0, 0, 1, 3, 20, 300}).Draw(t, "gap"))
			p := packet{now, rapid.IntRange(1, 4000).Draw(t, "size")}
			packets = append(packets, p)
			b.run(now)
			b.send(now, p.size)
		}
		const end = 100_000 * ms1
		b.run(end)
		var want []sim.Time
		opportunities := slowTrace(tr, end)
		for _, o := range opportunities {
			left := opportunityOctets
			for left > 0 && len(packets) > 0 && packets[0].at <= o {
				used := min(left, packets[0].size)
				left -= used
				if packets[0].size -= used; packets[0].size == 0 {
					want = append(want, o)
					packets = packets[1:]
				}
			}
		}
		b.wantArrivals(t, want...)
		from := ms1 * sim.Time(rapid.IntRange(0, 200).Draw(t, "from"))
		to := from + ms1*sim.Time(rapid.IntRange(1, 200).Draw(t, "to"))
		count := 0
		for _, o := range opportunities {
			if o >= from && o < to {
				count++
			}
		}
		if got := tr.Capacity(from, to); got != unit.Bytes(count*opportunityOctets) {
			t.Fatalf("capacity in [%d, %d): %d octets, want %d opportunities", from, to, got, count)
		}
	})
}

func TestTraceMeanRate(t *testing.T) {
	tr := parse(t, "1\n2\n3\n4\n") // one packet a millisecond
	if got := tr.MeanRate(1, sim.Time(unit.Second)+1); got != 12*mbps1 {
		t.Errorf("%d bit/s", got)
	}
}

// While it is down a trace's opportunities pass unused.
func TestTraceDown(t *testing.T) {
	b := newBench(t, Config{Trace: parse(t, "10\n")})
	b.sendAt(0, 1500, 1500)
	noError(t, b.Schedule(b.link, []Change{{At: 15 * ms1, Down: ptr(true)}, {At: 16 * ms1, Down: ptr(false)}}))
	b.sendAt(17*ms1, 1500)
	b.run(100 * ms1)
	b.wantArrivals(t, 10*ms1, 20*ms1)
	b.wantConserved(t, 3)
	// An opportunity that was used before the link went down is not there again at the same instant.
	b = newBench(t, Config{Trace: parse(t, "10\n")})
	b.sendAt(0, 1500)
	noError(t, b.Schedule(b.link, []Change{{At: 10 * ms1, Down: ptr(true)}, {At: 10 * ms1, Down: ptr(false)}}))
	b.sendAt(10*ms1, 1500)
	b.run(100 * ms1)
	b.wantArrivals(t, 10*ms1, 20*ms1)
}

// TestRecordedTraces saturates a link with each trace in the folder that MPSIM_TRACES names, or in
// shared/traces beside the checkout: it must carry every octet.
func TestRecordedTraces(t *testing.T) {
	dir := os.Getenv("MPSIM_TRACES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "traces")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no recorded traces here (%v): set MPSIM_TRACES to their folder", err)
	}
	for _, direction := range []string{"*.down", "*.up"} {
		names, err := filepath.Glob(filepath.Join(dir, direction))
		noError(t, err)
		for _, name := range names {
			text, err := os.ReadFile(name)
			noError(t, err)
			tr, err := ParseTrace(filepath.Base(name), strings.NewReader(string(text)))
			noError(t, err)
			b := newBench(t, Config{Trace: tr, Queue: Queue{Packets: 200}})
			end := 2*sim.Time(tr.Period()) + sim.Time(unit.Second)
			for now := sim.Time(0); now < end; now += ms1 {
				b.run(now)
				for b.Queued(b.link).Packets < 100 {
					b.send(now, 1500)
				}
			}
			b.run(end - 1)
			carried := b.Counters(b.link).Delivered.Octets
			if want := int64(tr.Capacity(0, end)); carried != want {
				t.Errorf("%s: %d octets carried, capacity %d", filepath.Base(name), carried, want)
			}
			t.Logf("%s: %.0f s, %.3f Mbit/s", filepath.Base(name), float64(tr.Period())/1e9,
				float64(tr.MeanRate(0, sim.Time(tr.Period())))/1e6)
		}
	}
}
