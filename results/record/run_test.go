package record

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpsim/sim/trace"
)

func TestSameRunSameBytes(t *testing.T) {
	a, b := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "deeper", "b")
	write(t, a, Options{CSV: true}, 300_000)
	write(t, b, Options{CSV: true}, 300_000)
	x, y := tree(t, a), tree(t, b)
	delete(x, timingFile)
	delete(y, timingFile)
	for name := range x {
		if x[name] != y[name] {
			t.Errorf("%s differs between two equal runs", name)
		}
	}
	// The manifest's hash stands for all files: it must not depend on the processor or the library's
	// moods either. Commit a new one only with a change of format.
	const golden = "8a9d298a65ea003ec142f75927494724eef6e459e3bc342e517f7d045f997767"
	if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(x[manifestFile]))); sum != golden {
		t.Errorf("the manifest's hash is %s, want %s", sum, golden)
	}
	if len(x) != len(y) || len(x) != 2+2*6+1 {
		t.Errorf("%d and %d files, want %d", len(x), len(y), 2+2*6+1)
	}
}

// The golden hash must hold without the vector instructions for which the Parquet library has
// code of its own.
func TestSameBytesOnARM(t *testing.T) {
	qemu, err := exec.LookPath("qemu-aarch64")
	if err != nil || testing.Short() || runtime.GOARCH == "arm64" {
		t.Skip("needs qemu-aarch64 (Debian package qemu-user) and some 20 s")
	}
	binary := filepath.Join(t.TempDir(), "record.test")
	build := exec.Command("go", "test", "-c", "-o", binary, ".")
	build.Env = append(os.Environ(), "GOARCH=arm64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command(qemu, binary, "-test.run=^TestSameRunSameBytes$").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestReadBack(t *testing.T) {
	for _, rows := range []int{0, 1, trace.ChunkRows, RowGroupRows, RowGroupRows + trace.ChunkRows + 5} {
		dir := filepath.Join(t.TempDir(), "r")
		write(t, dir, Options{}, rows)
		r, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(EncodeSummary(sample())), string(EncodeSummary(r.Summary))); diff != "" {
			t.Errorf("summary: %s", diff)
		}
		if m := r.Manifest; m.Seed != 7 || m.EffectiveScenario != "a: <1>\n" || m.Warnings == nil {
			t.Errorf("manifest: %+v", m)
		}
		names := []string{"mixed", "subflow", "connection", "link", "arrival", "event"}
		if !slices.Equal(r.Tables(), names) {
			t.Errorf("tables %v, want %v", r.Tables(), names)
		}
		got, err := r.Table("mixed")
		if err != nil {
			t.Fatal(err)
		}
		want := mixed()
		fill(want, rows)
		var g, w strings.Builder
		if err := errors.Join(WriteCSV(&g, got), WriteCSV(&w, want)); err != nil {
			t.Fatal(err)
		}
		if g.String() != w.String() {
			t.Errorf("%d rows: the table read back differs", rows)
		}
		if diff := cmp.Diff(want.Columns(), got.Columns()); diff != "" {
			t.Errorf("columns: %s", diff)
		}
	}
}

func TestStreamedCSVIsTheExport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "r")
	write(t, dir, Options{CSV: true}, 9000)
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := r.WriteCSV(&out, "mixed"); err != nil {
		t.Fatal(err)
	}
	if tree(t, dir)["series/mixed.csv"] != out.String() {
		t.Error("the CSV written during the run is not the exported one")
	}
	head, _, _ := strings.Cut(out.String(), "\n")
	if head != "time_ns,zebra_bytes,apple_ns,word,maybe_word,truth,real" {
		t.Errorf("header %q", head)
	}
}

// limited fails as a full disk does once its budget of octets is spent; sync fails if it is set.
type limited struct {
	rawFile
	left *int
	sync bool
}

func (l *limited) Write(p []byte) (int, error) {
	if len(p) > *l.left {
		n, _ := l.rawFile.Write(p[:*l.left])
		*l.left = 0
		return n, &os.PathError{Op: "write", Path: "hidden", Err: syscall.ENOSPC}
	}
	*l.left -= len(p)
	return l.rawFile.Write(p)
}

func (l *limited) Sync() error {
	if l.sync {
		return syscall.EIO
	}
	return l.rawFile.Sync()
}

func TestFullDisk(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "1")
	write(t, dir, Options{CSV: true}, 10)
	before := tree(t, parent)
	size := 0
	for _, f := range before {
		size += len(f)
	}
	inject := func(left int, sync bool) func(*Run) {
		return func(r *Run) {
			r.create = func(path string) (rawFile, error) {
				f, err := createFile(path)
				return &limited{f, &left, sync}, err
			}
		}
	}
	for left := 0; left < size; left += 97 {
		err := writeErr(dir, Options{CSV: true}, 10, inject(left, false))
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("%d octets free: error %v", left, err)
		}
		msg := err.Error()
		if !strings.HasPrefix(msg, "cannot write "+dir) ||
			!strings.HasSuffix(msg, ": no space left on device; free space or choose another directory with -o") {
			t.Fatalf("message %q", msg)
		}
		if diff := cmp.Diff(before, tree(t, parent)); diff != "" {
			t.Fatalf("%d octets free: the earlier result changed or something was left: %s", left, diff)
		}
	}
	if err := writeErr(dir, Options{}, 10, inject(1<<30, true)); !errors.Is(err, syscall.EIO) {
		t.Errorf("failing sync: error %v", err)
	}
	if diff := cmp.Diff(before, tree(t, parent)); diff != "" {
		t.Errorf("failing sync: %s", diff)
	}
}

// A long run must learn early that the disk is full.
func TestErrShowsDuringRun(t *testing.T) {
	r, err := Create(filepath.Join(t.TempDir(), "1"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Abort()
	left := 5000
	r.create = func(path string) (rawFile, error) {
		f, err := createFile(path)
		return &limited{f, &left, false}, err
	}
	table := mixed()
	if err := r.Table(table); err != nil {
		t.Fatal(err)
	}
	fill(table, 3*RowGroupRows)
	if !errors.Is(r.Err(), syscall.ENOSPC) {
		t.Errorf("Err() = %v in the middle of the run", r.Err())
	}
}

func TestFileInTheWay(t *testing.T) {
	parent := t.TempDir()
	plain := filepath.Join(parent, "plain")
	if err := os.WriteFile(plain, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{filepath.Join(plain, "base", "1"), filepath.Join(plain, "1"), plain} {
		_, err := Create(dir, Options{})
		var write *WriteError
		if !errors.As(err, &write) {
			t.Fatalf("%s: error %v", dir, err)
		}
		want := "cannot write " + dir + ": not a directory; free space or choose another directory with -o"
		if err.Error() != want {
			t.Errorf("message %q, want %q", err, want)
		}
	}
}

func TestForeignDirectoryIsKept(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.tex"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir, Options{}); err == nil || !strings.Contains(err.Error(), "no result of a run") {
		t.Errorf("a directory of other files: error %v", err)
	}
	if err := writeErr(filepath.Join(dir, "empty"), Options{}, 1, nil); err != nil {
		t.Errorf("an absent directory: %v", err)
	}
}

func TestReplaceOnlyWhenComplete(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "1")
	write(t, dir, Options{}, 10)
	first := tree(t, parent)
	r, err := Create(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.Abort()
	r.Abort()
	if diff := cmp.Diff(first, tree(t, parent)); diff != "" {
		t.Errorf("an aborted run left a trace: %s", diff)
	}
	write(t, dir, Options{}, 11)
	if entries, _ := os.ReadDir(parent); len(entries) != 1 {
		t.Errorf("hidden directories were left: %v", entries)
	}
	if tree(t, parent)["1/series/mixed.parquet"] == first["1/series/mixed.parquet"] {
		t.Error("the earlier result was not replaced")
	}
}

func TestDamageIsNoticed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "r")
	write(t, dir, Options{}, 100)
	path := filepath.Join(dir, "series", "mixed.parquet")
	data, _ := os.ReadFile(path)
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Table("mixed"); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("a flipped bit: error %v", err)
	}
	if _, err := r.Table("absent"); err == nil || !strings.Contains(err.Error(), "did not record") {
		t.Errorf("an absent table: error %v", err)
	}
	if _, err := Open(filepath.Dir(dir)); err == nil || !strings.Contains(err.Error(), "not a run's directory") {
		t.Errorf("a directory without a manifest: error %v", err)
	}
}

func TestTsharkReadsCapture(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Fatal("tshark is not installed: `make deps` installs it")
	}
	dir := filepath.Join(t.TempDir(), "r")
	write(t, dir, Options{}, 1)
	out, err := exec.Command(tshark, "-r", filepath.Join(dir, "capture", "phone.pcapng"), "-T", "fields",
		"-e", "frame.time_relative", "-e", "frame.interface_name", "-e", "frame.packet_flags_direction",
		"-e", "ip.src", "-e", "udp.dstport", "-E", "separator= ").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != 10 {
		t.Fatalf("%d packets, want 10:\n%s", len(lines), out)
	}
	for i, want := range []string{
		"0.000000000 wifi 0x00000001 10.0.0.1 9", "1.500000001 lte 0x00000002 10.0.0.1 9",
	} {
		if lines[i] != want {
			t.Errorf("packet %d is %q, want %q", i, lines[i], want)
		}
	}
}

func TestCaptureNames(t *testing.T) {
	r, err := Create(filepath.Join(t.TempDir(), "1"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Abort()
	for in, want := range map[string]string{
		"phone": "phone", "../x": "_._x", "a/b c": "a_b_c", "": "_", "é": "__",
	} {
		if got := fileName(in); got != want {
			t.Errorf("fileName(%q) = %q, want %q", in, got, want)
		}
	}
	if _, err := r.Capture("a/b"); err != nil {
		t.Error(err)
	}
	if _, err := r.Capture("a_b"); err == nil {
		t.Error("two captures with one file name")
	}
}

func TestDir(t *testing.T) {
	if got := Dir("out", "handover/full", "", 3); got != filepath.Join("out", "handover", "full", "base", "3") {
		t.Error(got)
	}
}

func BenchmarkMillionRows(b *testing.B) {
	for range b.N {
		r, err := Create(filepath.Join(b.TempDir(), "1"), Options{})
		if err != nil {
			b.Fatal(err)
		}
		s := trace.NewSubflows()
		if err := r.Table(s.Table); err != nil {
			b.Fatal(err)
		}
		for i := range int64(1_000_000) {
			s.Add(trace.SubflowRow{TimeNs: i * 10_000_019, Connection: 1, Host: "server", Subflow: 1 + i%2,
				Label: []string{"phone.wifi", "phone.lte"}[i%2], CwndBytes: 14000 + i%977*1400,
				SsthreshBytes: trace.None, SrttNs: 20_000_000 + i*i%9999, RttvarNs: i * 7919 % 100_000,
				RtoNs: 200_000_000, InFlightBytes: i % 1000 * 1400, DeliveredBytes: i * 1400, State: "ESTABLISHED"})
		}
		if err := r.Commit(Manifest{}, trace.NewSummary(), nil); err != nil {
			b.Fatal(err)
		}
		info, _ := os.Stat(filepath.Join(r.Dir(), "series", "subflow.parquet"))
		b.ReportMetric(float64(info.Size())/1e6, "MB")
	}
}
