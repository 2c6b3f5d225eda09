package figure

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"mpsim/results/record"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// drawAll writes all figures of a result and returns the files by name.
func drawAll(t *testing.T, res *record.Result, opt Options, names ...string) map[string][]byte {
	t.Helper()
	drawn, err := Write(res, opt, names...)
	if err != nil {
		t.Fatal(err)
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

// The golden files show a synthetic handover. Run with -update after a change of style, look at
// every PNG, and commit what a paper could print.
func TestGolden(t *testing.T) {
	files := drawAll(t, handover(t), Options{})
	if len(files) != 4*len(Kinds()) {
		t.Fatalf("%d files, want 4 for each of %d figures", len(files), len(Kinds()))
	}
	var hashes strings.Builder
	for _, k := range Kinds() {
		for _, ext := range []string{".svg", ".pdf", ".png", ".csv"} {
			sum := sha256.Sum256(files[k.Name+ext])
			fmt.Fprintf(&hashes, "%s  %s\n", hex.EncodeToString(sum[:]), k.Name+ext)
		}
		golden := filepath.Join("testdata", k.Name+".png")
		if *update {
			if err := os.WriteFile(golden, files[k.Name+".png"], 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if err := sameImage(files[k.Name+".png"], want); err != nil {
			t.Errorf("%s.png is not the golden image: %v", k.Name, err)
		}
		if !bytes.HasPrefix(files[k.Name+".pdf"], []byte("%PDF-")) {
			t.Errorf("%s.pdf is no PDF", k.Name)
		}
	}
	golden := filepath.Join("testdata", "SHA256SUMS")
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

// sameImage compares two PNG images: size, and each channel of each pixel to 2 parts of 255.
func sameImage(got, want []byte) error {
	a, err := png.Decode(bytes.NewReader(got))
	if err != nil {
		return err
	}
	b, err := png.Decode(bytes.NewReader(want))
	if err != nil {
		return err
	}
	if a.Bounds() != b.Bounds() {
		return fmt.Errorf("size %v, want %v", a.Bounds(), b.Bounds())
	}
	differ := 0
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r1, g1, b1, _ := a.At(x, y).RGBA()
			r2, g2, b2, _ := b.At(x, y).RGBA()
			for _, d := range []int{int(r1>>8) - int(r2>>8), int(g1>>8) - int(g2>>8), int(b1>>8) - int(b2>>8)} {
				if d < -2 || d > 2 {
					differ++
					break
				}
			}
		}
	}
	if differ > 0 {
		return fmt.Errorf("%d pixels differ", differ)
	}
	return nil
}

// The golden files hold on a processor that fuses multiplications with additions.
func TestGoldenOnARM(t *testing.T) {
	qemu, err := exec.LookPath("qemu-aarch64")
	if err != nil || testing.Short() || runtime.GOARCH == "arm64" {
		t.Skip("needs qemu-aarch64 (Debian package qemu-user) and some 20 s")
	}
	binary := filepath.Join(t.TempDir(), "figure.test")
	build := exec.Command("go", "test", "-c", "-o", binary, ".")
	build.Env = append(os.Environ(), "GOARCH=arm64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command(qemu, binary, "-test.run=^TestGolden(Study)?$").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestSameBytes(t *testing.T) {
	res := handover(t)
	first := drawAll(t, res, Options{Style: Wide()})
	for procs := 1; procs <= 2; procs++ {
		before := runtime.GOMAXPROCS(procs)
		again := drawAll(t, res, Options{Style: Wide()})
		runtime.GOMAXPROCS(before)
		for name := range first {
			if !bytes.Equal(first[name], again[name]) {
				t.Errorf("%s differs with %d processors", name, procs)
			}
		}
	}
}

// A reader of the PDF must not find the day it was made or the machine.
func TestNoWallClock(t *testing.T) {
	for name, data := range drawAll(t, handover(t), Options{}, "window") {
		if strings.HasSuffix(name, ".pdf") && !bytes.Contains(data, []byte("(D:20000101000000")) {
			t.Errorf("%s does not hold the fixed date", name)
		}
	}
}
