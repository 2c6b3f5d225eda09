package build

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"mpsim/model/link"
	"mpsim/scenarios"
	"mpsim/scenarios/spec"
)

// openTrace reads a file of delivery opportunities; what is wrong in it is told with its line.
func (w *World) openTrace(path string, t *spec.Trace) (*link.Trace, error) {
	name, data := t.File, []byte(nil)
	if t.Shipped != "" {
		text, err := scenarios.Trace(t.Shipped)
		if err != nil {
			return nil, w.problem(path, err)
		}
		data = text
	} else {
		text, err := os.ReadFile(t.Path)
		if err != nil {
			var p *os.PathError
			if errors.As(err, &p) {
				err = p.Err
			}
			return nil, w.problem(path, fmt.Errorf("cannot read the trace %s: %w", t.Path, err))
		}
		name, data = t.Path, text
	}
	parsed, err := link.ParseTrace(name, bytes.NewReader(data))
	if err != nil {
		return nil, w.problem(path, err)
	}
	sum := sha256.Sum256(data)
	w.inputs = append(w.inputs, Input{Name: t.File, SizeBytes: int64(len(data)), SHA256: hex.EncodeToString(sum[:])})
	return parsed, nil
}
