package scenarios

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

var update = flag.Bool("update", false, "write the traces and the schema instead of comparing them")

// drive makes one direction of a synthetic LTE drive of 60 s in mahimahi's format. Every half second the
// rate takes a step of a bounded random walk around mean; from gapAt on the cell is out of reach for gap ms.
// All in integers: bits and milliseconds.
func drive(seed uint64, mean, least, most, gapAt, gap int) []byte {
	const length, step, opportunity = 60_000, 500, 1500 * 8
	random := rand.New(rand.NewPCG(seed, 0))
	var b bytes.Buffer
	rate, credit := mean, 0 // bits a second, thousandths of a bit
	for ms := 1; ms <= length; ms++ {
		if ms%step == 0 {
			// A quarter of the way back to the mean, then at most half the mean up or down.
			rate += (mean-rate)/4 + random.IntN(mean) - mean/2
			rate = min(max(rate, least), most)
		}
		if ms > gapAt && ms <= gapAt+gap {
			continue
		}
		credit += rate
		for ; credit >= 1000*opportunity; credit -= 1000 * opportunity {
			b.WriteString(strconv.Itoa(ms) + "\n")
		}
	}
	b.WriteString(strconv.Itoa(length) + "\n") // the period
	return b.Bytes()
}

// TestTracesAreGenerated keeps the traces and their generator together.
func TestTracesAreGenerated(t *testing.T) {
	for name, want := range map[string][]byte{
		"lte-drive.down": drive(1, 5_200_000, 300_000, 15_000_000, 41_300, 1_100),
		"lte-drive.up":   drive(2, 2_000_000, 100_000, 6_000_000, 41_300, 1_100),
	} {
		if *update {
			if err := os.WriteFile("traces/"+name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile("traces/" + name)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("traces/%s is not what its generator makes (go test -update writes it): %v", name, err)
		}
		lines := bytes.Count(want, []byte("\n"))
		t.Logf("%s: %d opportunities, %.2f Mbit/s, %d octets", name, lines, float64(lines)*0.012/60, len(want))
	}
}
