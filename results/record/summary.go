package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"mpsim/sim/trace"
)

// EncodeSummary renders a summary as JSON, one record a line so that two summaries can be compared
// line by line. The keys keep the order in which they were added.
func EncodeSummary(s *trace.Summary) []byte {
	var b bytes.Buffer
	b.WriteString("{\n  \"run\": ")
	appendRecord(&b, &s.Run)
	for i := range s.Groups {
		g := &s.Groups[i]
		b.WriteString(",\n  ")
		appendString(&b, g.Name)
		b.WriteString(": [")
		for j := range g.Records {
			if j > 0 {
				b.WriteByte(',')
			}
			b.WriteString("\n    ")
			appendRecord(&b, &g.Records[j])
		}
		if len(g.Records) > 0 {
			b.WriteString("\n  ")
		}
		b.WriteByte(']')
	}
	b.WriteString("\n}\n")
	return b.Bytes()
}

// encodeRecord renders one record as a JSON object with one value a line.
func encodeRecord(r *trace.Record) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range r.Fields() {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n  ")
		appendField(&b, f)
	}
	b.WriteString("\n}\n")
	return b.Bytes()
}

func appendRecord(b *bytes.Buffer, r *trace.Record) {
	b.WriteByte('{')
	for i, f := range r.Fields() {
		if i > 0 {
			b.WriteString(", ")
		}
		appendField(b, f)
	}
	b.WriteByte('}')
}

func appendField(b *bytes.Buffer, f trace.Field) {
	appendString(b, f.Key)
	b.WriteString(": ")
	switch f.Kind {
	case trace.IntValue:
		b.WriteString(strconv.FormatInt(f.Int, 10))
	case trace.StringValue:
		appendString(b, f.Text)
	case trace.BoolValue:
		b.WriteString(strconv.FormatBool(f.Int != 0))
	case trace.DecimalValue:
		b.WriteString(f.Text)
	case trace.NullValue:
		b.WriteString("null")
	}
}

func appendString(b *bytes.Buffer, s string) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(fmt.Sprintf("record: string %q does not encode: %v", s, err))
	}
	b.Truncate(b.Len() - 1) // Encode ends with a newline
}

// DecodeSummary reads what EncodeSummary wrote, keeping the order of keys and groups.
func DecodeSummary(data []byte) (*trace.Summary, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	s := &trace.Summary{}
	if err := expect(d, json.Delim('{')); err != nil {
		return nil, err
	}
	for d.More() {
		name, err := key(d)
		if err != nil {
			return nil, err
		}
		if name == "run" {
			if err := decodeRecord(d, &s.Run); err != nil {
				return nil, err
			}
			continue
		}
		if err := decodeGroup(d, s, name); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := expect(d, json.Delim('}')); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("something follows the summary")
	}
	return s, nil
}

func decodeGroup(d *json.Decoder, s *trace.Summary, name string) error {
	if s.Group(name) != nil {
		return fmt.Errorf("the group appears twice")
	}
	if !trace.ValidName(name) {
		return fmt.Errorf("not a group's name")
	}
	s.Groups = append(s.Groups, trace.Group{Name: name})
	if err := expect(d, json.Delim('[')); err != nil {
		return err
	}
	for d.More() {
		if err := decodeRecord(d, s.Add(name)); err != nil {
			return err
		}
	}
	return expect(d, json.Delim(']'))
}

func decodeRecord(d *json.Decoder, r *trace.Record) error {
	if err := expect(d, json.Delim('{')); err != nil {
		return err
	}
	for d.More() {
		k, err := key(d)
		if err != nil {
			return err
		}
		if _, twice := r.Get(k); twice || !trace.ValidName(k) {
			return fmt.Errorf("key %q is malformed or appears twice", k)
		}
		t, err := d.Token()
		if err != nil {
			return err
		}
		switch v := t.(type) {
		case json.Number:
			if err := addNumber(r, k, v.String()); err != nil {
				return err
			}
		case string:
			r.Text(k, v)
		case bool:
			r.Bool(k, v)
		case nil:
			r.Null(k)
		default:
			return fmt.Errorf("key %q: records are flat, found %v", k, v)
		}
	}
	return expect(d, json.Delim('}'))
}

func addNumber(r *trace.Record, k, digits string) error {
	if strings.ContainsAny(digits, ".eE") {
		r.Decimal(k, digits)
		return nil
	}
	v, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return fmt.Errorf("key %q: %s does not fit 64 bits", k, digits)
	}
	r.Int(k, v)
	return nil
}

func key(d *json.Decoder) (string, error) {
	t, err := d.Token()
	if err != nil {
		return "", err
	}
	return t.(string), nil // inside an object, the decoder lets only strings be keys
}

func expect(d *json.Decoder, want json.Delim) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if t != want {
		return fmt.Errorf("expected %v, found %v", want, t)
	}
	return nil
}
