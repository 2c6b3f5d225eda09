package figure

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"mpsim/results/record"
	"mpsim/sim/trace"
)

// synthetic writes a sweep of made-up numbers: flows over 1 to 8 subflows with two controllers, three seeds.
func synthetic(t *testing.T) *record.SweepResult {
	t.Helper()
	dir := t.TempDir()
	sw := record.Sweep{Scenario: "test/study", Version: "test", Axes: []record.SweepAxis{
		{Name: "subflows", Label: "Subflows of a connection", Cases: []string{"1", "2", "4", "8"}},
		{Name: "controller", Cases: []string{"LIA", "uncoupled"}},
		{Name: "fixed", Cases: []string{"only"}},
	}}
	var table strings.Builder
	table.WriteString("point,seed,digest,bulk.goodput_ratio,bulk.fct_mean_ns,layers.core.loss_ratio," +
		"layers.edge.loss_ratio\n")
	random := uint64(1)
	draw := func(n uint64) int64 { // xorshift
		random ^= random << 13
		random ^= random >> 7
		random ^= random << 17
		return int64(random % n)
	}
	for i := range 4 {
		for j := range 2 {
			point := fmt.Sprintf("subflows=%d,controller=%d", 1<<i, j)
			for seed := range uint64(3) {
				digest := fmt.Sprintf("%032x", len(sw.Runs))
				sw.Runs = append(sw.Runs,
					record.SweepRun{Point: point, Seed: seed, Cases: []int{i, j, 0}, Digest: digest})
				share := 480 + 150*int64(i) - 10*int64(j)
				fmt.Fprintf(&table, "\"%s\",%d,%s,0.%03d,%d,0.00%03d,0.00%03d\n", point, seed, digest, share+draw(40),
					40_000_000+10_000_000*int64(i)+draw(9_000_000), (1+4*j)*(i+1)*20+int(draw(20)),
					(1+j)*(i+1)*10+int(draw(10)))
				run, err := record.Create(record.Dir(dir, "", point, seed), record.Options{})
				if err != nil {
					t.Fatal(err)
				}
				sum := trace.NewSummary()
				for f := range 60 {
					r := sum.Add("flows")
					r.Text("traffic", []string{"bulk", "short"}[f%2])
					r.Int("goodput_bps", min(1_000_000_000, 9_000_000*(share/10)+draw(1+400_000_000/uint64(i+1))))
					r.Int("fct_ns", 5_000_000+draw(50_000_000)*(1+draw(10)/8*10))
				}
				m := record.Manifest{Scenario: "test/study", Point: point, Seed: seed, Digest: digest}
				if err := run.Commit(m, sum, nil); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := record.WriteSweep(dir, sw, []byte(table.String())); err != nil {
		t.Fatal(err)
	}
	res, err := record.OpenSweep(dir)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// studied are the figures of the golden files.
func studied() []SweepFigure {
	goodput := []Metric{{"", "bulk.goodput_ratio"}}
	return []SweepFigure{
		{Kind: "line", Name: "line", X: "subflows", Metrics: goodput, Label: "Throughput"},
		{Kind: "line", Name: "line-log", X: "subflows", Log: true, Title: "Loss of packets by layer",
			Label:   "Packets lost",
			Metrics: []Metric{{"core", "layers.core.loss_ratio"}, {"edge", "layers.edge.loss_ratio"}}},
		{Kind: "bars", Name: "bars", X: "controller", Label: "Completion time",
			Metrics: []Metric{{"", "bulk.fct_mean_ns"}}},
		{Kind: "cdf", Name: "cdf", Records: "flows", Field: "fct_ns", Log: true, XLabel: "Completion time",
			Where: []Condition{{"traffic", "short"}}},
		{Kind: "ranked", Name: "ranked", Records: "flows", Field: "goodput_bps", Of: 1e9,
			Label: "Throughput of the optimum",
			Where: []Condition{{"traffic", "bulk"}}},
		{Kind: "scatter", Name: "scatter", XMetric: "bulk.goodput_ratio",
			Metrics: []Metric{{"", "bulk.fct_mean_ns"}}},
		{Kind: "heat", Name: "heat", X: "subflows", Y: "controller", Metrics: goodput},
	}
}

func drawStudy(t *testing.T, st Style) map[string][]byte {
	t.Helper()
	drawn, err := WriteSweep(synthetic(t), st, studied())
	if err != nil || len(drawn.Skipped) > 0 {
		t.Fatal(err, drawn.Skipped)
	}
	files := map[string][]byte{}
	for _, f := range drawn.Files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(f)] = data
	}
	return files
}

// The golden files of the figures of sweeps, as those of runs.
func TestGoldenStudy(t *testing.T) {
	files := drawStudy(t, Style{})
	var hashes strings.Builder
	for _, f := range studied() {
		for _, ext := range []string{".svg", ".pdf", ".png", ".csv"} {
			sum := sha256.Sum256(files[f.Name+ext])
			fmt.Fprintf(&hashes, "%s  %s\n", hex.EncodeToString(sum[:]), f.Name+ext)
		}
		golden := filepath.Join("testdata", "study", f.Name+".png")
		if *update {
			if err := os.WriteFile(golden, files[f.Name+".png"], 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if err := sameImage(files[f.Name+".png"], want); err != nil {
			t.Errorf("%s.png is not the golden image: %v", f.Name, err)
		}
	}
	golden := filepath.Join("testdata", "study", "SHA256SUMS")
	if *update {
		if err := os.WriteFile(golden, []byte(hashes.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if hashes.String() != string(want) {
		t.Errorf("hashes are\n%swant\n%s", hashes.String(), want)
	}
}

func TestStudySameBytes(t *testing.T) {
	first := drawStudy(t, Wide())
	before := runtime.GOMAXPROCS(1)
	again := drawStudy(t, Wide())
	runtime.GOMAXPROCS(before)
	if len(first) != 4*len(studied()) {
		t.Errorf("%d files, want 4 for each of %d figures", len(first), len(studied()))
	}
	for name := range first {
		if !bytes.Equal(first[name], again[name]) {
			t.Errorf("%s differs", name)
		}
	}
}

// What the figures are computed from: the CSV beside them.
func TestStudyNumbers(t *testing.T) {
	res := synthetic(t)
	res.Columns = append(res.Columns, "v")
	for i := range res.Rows {
		// 1, 2, 3 over the seeds of each point, nothing at the last point.
		cell := fmt.Sprint(1 + i%3)
		if i >= len(res.Rows)-3 {
			cell = ""
		}
		res.Rows[i] = append(res.Rows[i], cell)
	}
	ch, err := drawLine(newSweep(res, SweepFigure{Name: "x", X: "subflows", Metrics: []Metric{{"", "v"}}}))
	if err != nil {
		t.Fatal(err)
	}
	// 2 +- 4.3027 * 1 / sqrt(3)
	for _, want := range []string{"subflows,curve,metric,mean,ci95_low,ci95_high,n\n", "1,LIA,v,2,-0.484137",
		"8,LIA,v,2,"} {
		if !strings.Contains(string(ch.csv), want) {
			t.Errorf("no %q in\n%s", want, ch.csv)
		}
	}
	if strings.Contains(string(ch.csv), "8,uncoupled") {
		t.Errorf("a point without values is there:\n%s", ch.csv)
	}
	for _, bad := range []SweepFigure{
		{Kind: "line", X: "nothing", Metrics: []Metric{{"", "v"}}},
		{Kind: "line", X: "subflows", Metrics: []Metric{{"", "nothing"}}},
		{Kind: "ranked", Records: "nothing", Field: "v"},
		{Kind: "cdf", Records: "flows", Field: "nothing"},
		{Kind: "pie"},
	} {
		if _, err := WriteSweep(res, Style{}, []SweepFigure{bad}); err == nil {
			t.Errorf("%+v was drawn", bad)
		}
	}
	drawn, err := WriteSweep(res, Style{}, []SweepFigure{{Kind: "ranked", Name: "r", Records: "flows",
		Field: "fct_ns", Where: []Condition{{"traffic", "no such"}}}})
	var empty *EmptyError
	if err != nil || len(drawn.Skipped) != 1 || !errors.As(drawn.Skipped[0], &empty) {
		t.Errorf("a figure without values: %v, %v", drawn, err)
	}
}

func TestRanks(t *testing.T) {
	p := pooled{runs: [][]float64{{1, 2, 3, 4}, {3, 4, 5, 6}}}
	mean, low, high := p.ranks(4)
	if fmt.Sprint(mean, low, high) != "[2 3 4 5] [1 2 3 4] [3 4 5 6]" {
		t.Errorf("got %v %v %v", mean, low, high)
	}
	whole := pooled{all: []float64{1, 2, 2, 5}}
	xs, ys := whole.stairs()
	if fmt.Sprint(xs, ys) != "[1 1 2 2 2 2 5 5] [0 0.25 0.25 0.5 0.5 0.75 0.75 1]" {
		t.Errorf("got %v %v", xs, ys)
	}
}

// Records that never get a value keep the curve below one.
func TestNever(t *testing.T) {
	p := pooled{all: []float64{1, 2}, never: 2}
	if _, ys := p.stairs(); ys[len(ys)-1] != 0.5 {
		t.Errorf("shares %v, want one half in the end", ys)
	}
}

func TestPlaces(t *testing.T) {
	if _, at := places("", []string{"1", "2", "8"}, false); fmt.Sprint(at) != "[1 2 8]" {
		t.Errorf("numbers stand at %v", at)
	}
	if _, at := places("", []string{"0.5%", "10%"}, false); fmt.Sprint(at) != "[0.5 10]" {
		t.Errorf("per cents stand at %v", at)
	}
	if _, at := places("", []string{"5ms", "1s"}, false); fmt.Sprint(at) != "[0 1]" {
		t.Errorf("values of different units stand at %v", at)
	}
	if s, at := places("", []string{"TCP", "8"}, false); fmt.Sprint(at) != "[0 1]" || !s.noGrid {
		t.Errorf("names stand at %v", at)
	}
	if s, at := places("", []string{"0", "8"}, true); s.log || fmt.Sprint(at) != "[0 1]" {
		t.Errorf("zero has no place on a logarithmic axis, got %v", at)
	}
}
